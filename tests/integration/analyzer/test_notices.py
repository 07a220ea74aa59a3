"""Notices: what is told, to whom, how often, and what happens when the receiver does not take it."""

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import SQLModel

from obd2_analyzer.notices import MAXIMUM_ATTEMPTS, NTFY, WEBHOOK, NoticePolicy, look_for_notices
from obd2_analyzer.settings import AnalyzerSettings
from obd2_analyzer.worker import NOTICES, Worker
from obd2_common.jobs.queue import NOTICE, JobRequest, enqueue_once
from obd2_common.tables.backups import Backup
from obd2_common.tables.drives import Drive, DriveTroubleCode, Finding
from obd2_common.tables.jobs import Job
from support.analyzer_store import CAR, LEASE, START, Garage
from support.notice_receiver import NoticeReceiver, running_receiver

WEEK = timedelta(days=7)


@pytest.fixture
def receiver() -> Iterator[NoticeReceiver]:
    with running_receiver() as running:
        yield running


def policy(receiver: NoticeReceiver, *names: str, severity: str = "ALERT") -> NoticePolicy:
    return NoticePolicy(dict.fromkeys(names or (WEBHOOK,), receiver.url), severity, WEEK, WEEK)


def store(garage: Garage, *rows: SQLModel) -> None:
    garage.database.run(lambda session: session.add_all(rows))


def drive(key: str = "7", *, hours_ago: int = 1, is_held_out: bool = False) -> Drive:
    return Drive(
        source_device=CAR,
        source_epoch=1,
        drive_key=key,
        origin="pi",
        state="complete",
        ended_at=START - timedelta(hours=hours_ago),
        is_held_out=is_held_out,
    )


def finding(severity: str, *, key: str = "7", number: int = 1) -> Finding:
    return Finding(
        source_device=CAR,
        source_epoch=1,
        drive_key=key,
        finding_number=number,
        rule="coolant",
        signal="COOLANT_TEMP",
        severity=severity,
        sentence=f"The coolant reached {number} °C.",
    )


def code(name: str, *, is_new: bool) -> DriveTroubleCode:
    return DriveTroubleCode(
        source_device=CAR,
        source_epoch=1,
        drive_key="7",
        code=name,
        description="Misfire",
        status="stored",
        is_new=is_new,
    )


def backup(*, days_ago: int) -> Backup:
    name = str(uuid.uuid4())
    return Backup(
        backup_id=name,
        source_device=CAR,
        type="database",
        original_name="obd.db",
        filename=name,
        path=name,
        size_bytes=1,
        sha256="0" * 64,
        state="stored",
        verification="ok",
        received_at=START - timedelta(days=days_ago),
    )


def worker(garage: Garage, told: NoticePolicy) -> Worker:
    return Worker(
        garage.context, name="notices", lease=LEASE, max_attempts=MAXIMUM_ATTEMPTS, selections=NOTICES, notices=told
    )


def tell(garage: Garage, told: NoticePolicy) -> None:
    look_for_notices(garage.context, told)
    garage.work(worker(garage, told))


def events(receiver: NoticeReceiver) -> list[str]:
    return [json.loads(request.body)["event"] for request in receiver.received]


def test_a_drives_worst_finding_is_told_once(garage: Garage, receiver: NoticeReceiver) -> None:
    store(garage, drive(), finding("ALERT"), finding("STOP", number=2), finding("WATCH", number=3))

    tell(garage, policy(receiver))
    tell(garage, policy(receiver))

    (request,) = receiver.received
    assert json.loads(request.body) == {
        "event": "finding",
        "device": CAR,
        "level": "STOP",
        "title": "Finding: STOP",
        "message": f"{CAR}, drive 7: The coolant reached 2 °C.",
    }


def test_a_finding_that_gets_worse_is_told_again(garage: Garage, receiver: NoticeReceiver) -> None:
    store(garage, drive(), finding("ALERT"))
    tell(garage, policy(receiver))
    store(garage, finding("STOP", number=2))

    tell(garage, policy(receiver))

    assert [json.loads(request.body)["level"] for request in receiver.received] == ["ALERT", "STOP"]


def test_lesser_findings_old_drives_and_drives_on_hold_are_not_told(garage: Garage, receiver: NoticeReceiver) -> None:
    store(garage, drive(), drive("8", hours_ago=24 * 8), drive("9", is_held_out=True))
    store(garage, finding("WATCH"), finding("STOP", key="8"), finding("STOP", key="9"))

    tell(garage, policy(receiver))

    assert receiver.received == []


def test_only_codes_that_are_new_are_told(garage: Garage, receiver: NoticeReceiver) -> None:
    store(garage, drive(), code("P0301", is_new=True), code("P0420", is_new=False))

    tell(garage, policy(receiver))

    assert [json.loads(request.body)["message"] for request in receiver.received] == [f"{CAR}, drive 7: P0301 Misfire"]


def test_an_overdue_backup_is_told_once_until_the_next_one_is_overdue(garage: Garage, receiver: NoticeReceiver) -> None:
    store(garage, backup(days_ago=20), backup(days_ago=8))
    told = policy(receiver)
    garage.clock.advance(seconds=1)
    tell(garage, told)
    store(garage, backup(days_ago=0))
    tell(garage, told)
    assert events(receiver) == ["backup_overdue"]

    garage.clock.advance(days=6)
    tell(garage, told)
    assert events(receiver) == ["backup_overdue"]

    garage.clock.advance(days=2)
    tell(garage, told)
    assert sorted(events(receiver)) == ["backup_overdue", "backup_overdue", "device_silent"]


def test_a_silent_device_is_told_once(garage: Garage, receiver: NoticeReceiver) -> None:
    garage.clock.advance(days=8)
    tell(garage, policy(receiver))
    garage.clock.advance(days=30)

    tell(garage, policy(receiver))

    assert events(receiver) == ["device_silent"]


def test_ntfy_gets_text_with_title_and_priority(garage: Garage, receiver: NoticeReceiver) -> None:
    store(garage, drive(), finding("STOP"))

    tell(garage, policy(receiver, NTFY))

    (request,) = receiver.received
    assert request.path == "/secret-topic"
    assert request.body == f"{CAR}, drive 7: The coolant reached 1 °C."
    assert (request.headers["Title"], request.headers["Priority"]) == ("Finding: STOP", "5")


def test_each_receiver_is_told_once(garage: Garage, receiver: NoticeReceiver) -> None:
    store(garage, drive(), finding("STOP"))

    tell(garage, policy(receiver, WEBHOOK, NTFY))

    assert len(receiver.received) == 2


def test_a_code_with_a_line_break_makes_no_header(garage: Garage, receiver: NoticeReceiver) -> None:
    store(garage, drive(), code("P\r\nX: é", is_new=True))

    tell(garage, policy(receiver, NTFY))

    (request,) = receiver.received
    assert request.headers["Title"] == "New trouble code"
    assert "X" not in request.headers
    assert "é" in request.body


def test_the_name_and_password_in_an_address_are_sent_as_credentials(garage: Garage, receiver: NoticeReceiver) -> None:
    store(garage, drive(), finding("STOP"))
    told = NoticePolicy({NTFY: receiver.url.replace("//", "//me:word@")}, "ALERT", WEEK, WEEK)

    tell(garage, told)

    (request,) = receiver.received
    assert request.headers["Authorization"] == "Basic bWU6d29yZA=="


@pytest.mark.parametrize("status", [302, 404, 503])
def test_a_notice_that_was_not_taken_is_sent_later(garage: Garage, receiver: NoticeReceiver, status: int) -> None:
    store(garage, drive(), finding("STOP"))
    receiver.status, receiver.location = status, receiver.url.replace("secret-topic", "elsewhere")
    told = policy(receiver)
    tell(garage, told)
    (job,) = garage.all(Job)
    assert (job.state, job.last_error) == ("queued", f"the webhook receiver answered {status}")
    assert [request.path for request in receiver.received] == ["/secret-topic"]

    receiver.status = 204
    garage.clock.advance(seconds=6)
    tell(garage, told)

    (job,) = garage.all(Job)
    assert (job.state, job.attempts, len(receiver.received)) == ("done", 2, 2)


def test_no_log_and_no_job_names_the_address(garage: Garage, capsys: pytest.CaptureFixture[str]) -> None:
    with running_receiver() as gone:
        told = policy(gone)
    store(garage, drive(), finding("STOP"))

    tell(garage, told)

    (job,) = garage.all(Job)
    assert job.last_error == "the webhook receiver cannot be reached: ConnectError"
    output = capsys.readouterr()
    assert "secret-topic" not in output.out + output.err + job.model_dump_json()


def test_two_that_look_at_the_same_time_tell_once(garage: Garage, receiver: NoticeReceiver) -> None:
    store(garage, drive(), finding("STOP"))
    tell(garage, policy(receiver))
    (job,) = garage.all(Job)
    late = JobRequest(NOTICE, job.reason, START, job.dedupe_key, payload=job.payload)

    garage.database.run(lambda session: enqueue_once(session, [late, late], now=START))
    garage.work(worker(garage, policy(receiver)))

    (after,) = garage.all(Job)
    assert (after.state, after.revision, len(receiver.received)) == ("done", 1, 1)


def test_a_notice_for_a_receiver_that_is_no_longer_set_is_dropped(garage: Garage, receiver: NoticeReceiver) -> None:
    store(garage, drive(), finding("STOP"))
    look_for_notices(garage.context, policy(receiver, NTFY))

    garage.work(worker(garage, policy(receiver, WEBHOOK)))

    (job,) = garage.all(Job)
    assert (job.state, job.result, receiver.received) == ("done", {"isSent": False}, [])


def test_the_settings_name_the_receivers_and_hide_their_addresses() -> None:
    settings = AnalyzerSettings(_env_file=None, notice_ntfy_url="https://ntfy.sh/secret-topic", notice_webhook_url="")

    told = settings.notice_policy()

    assert told is not None
    assert told.receivers == {NTFY: "https://ntfy.sh/secret-topic"}
    assert "secret-topic" not in repr(settings)
    assert AnalyzerSettings(_env_file=None).notice_policy() is None


def test_an_address_that_is_not_http_is_refused() -> None:
    with pytest.raises(ValueError, match="begin with http"):
        AnalyzerSettings(_env_file=None, notice_webhook_url="file:///etc/passwd")

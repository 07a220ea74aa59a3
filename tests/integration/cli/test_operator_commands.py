"""`obd2 devices` and `obd2 quarantine`, run as an operator does."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner, Result

from obd2_analyzer.context import Context
from obd2_analyzer.thresholds import OperatorLimits
from obd2_analyzer.worker import FACTS, Worker
from obd2_api.ingest.envelope import read_envelope
from obd2_api.ingest.quiet_times import QuietTimes
from obd2_api.ingest.receive import Ingest, receive
from obd2_cli.__main__ import build_app
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.errors import ConflictError, InvalidInputError, NotFoundError
from obd2_common.settings import CommonSettings
from obd2_common.tables.jobs import Job
from support.api_rows import drive_row, store
from support.embedded_server import embedded_database
from support.ingest_setup import ONCE_ENDED, QUIET

DEVICE = "chi-eclipse-01"


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    with embedded_database(tmp_path, monkeypatch) as opened:
        yield opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(arguments[0]), arguments)


NARROW = 80
"""Columns of a terminal, and of what is no terminal."""


def push(database: Database, *rows: dict[str, object]) -> None:
    document = {"deviceId": DEVICE, "batchId": "b-7", "tables": {"realtime_data": {"rows": rows}}}
    ingest = Ingest(database, utc_now, CommonSettings().zone, QuietTimes(QUIET, ONCE_ENDED))
    receive(ingest, read_envelope(json.dumps(document).encode()))


def test_nothing_sent_is_said_plainly() -> None:
    assert run("devices").output == "No device has sent anything yet.\n"
    assert run("quarantine", "list").output == "Nothing is in quarantine.\n"


def test_a_device_shows_its_epochs_tables_and_unknown_columns(database: Database) -> None:
    push(database, {"id": 1, "value": 800.0, "timestamp": "2026-07-11T18:02:39Z", "ethanol": 0.85})
    push(database, {"id": 1, "value": 3.0, "timestamp": "2026-08-11T18:02:39Z"})

    shown = run("devices", "show", DEVICE)

    assert shown.exit_code == 0
    assert "epoch 1 (closed)" in shown.output
    assert "epoch 2 (open)" in shown.output
    assert "realtime_data row 1 came again with other content" in shown.output
    assert "realtime_data.ethanol: 1 rows, kept in extra" in shown.output


def test_a_unit_nobody_knows_is_told_over_all_drives_of_a_device(database: Database) -> None:
    push(database, {"id": 1, "value": 800.0, "timestamp": "2026-07-11T18:02:39Z"})
    unknown = {"reason": "unit_unknown", "parameter": "COOLANT_TEMP", "unit": "bananas", "row_count": 12}
    glitch = {"reason": "glitch", "parameter": "SPEED", "unit": "km/h", "row_count": 1}
    store(database, drive_row("33", left_out=[unknown, glitch]), drive_row("34", left_out=[unknown]), drive_row("35"))

    shown = run("devices", "show", DEVICE)

    assert "unknown unit bananas of COOLANT_TEMP: 24 rows of 2 drives, used for nothing" in shown.output
    assert "SPEED" not in shown.output


def test_two_devices_under_one_id_are_told(database: Database) -> None:
    for number in (1, 2, 3):
        for value in (800.0, 3.0):
            push(database, {"id": number, "value": value, "timestamp": "2026-07-11T18:02:39Z"})

    assert "two devices seem to send under this id" in run("devices", "show", DEVICE).output


def test_a_device_that_was_named_is_shown_with_its_name(database: Database) -> None:
    push(database, {"id": 1, "value": 800.0, "timestamp": "2026-07-11T18:02:39Z"})

    said, refused = run("devices", "name", DEVICE, " Eclipse GST "), run("devices", "name", DEVICE, "two\nlines")
    shown = run("devices")

    assert said.output == f"{DEVICE} is called Eclipse GST.\n"
    assert isinstance(refused.exception, InvalidInputError)
    assert shown.output.splitlines()[0] == f"Eclipse GST ({DEVICE})"


def test_an_unknown_device_is_an_error() -> None:
    result = run("devices", "show", "nobody")
    naming = run("devices", "name", "nobody", "Eclipse")

    assert isinstance(result.exception, NotFoundError)
    assert isinstance(naming.exception, NotFoundError)


def test_a_quarantined_row_is_listed_shown_tried_and_set_aside(database: Database) -> None:
    push(database, {"id": 9, "value": "hot"}, {"id": 10, "value": 1.0})

    listed, shown, tried, aside, after = (
        run("quarantine", "list"),
        run("quarantine", "show", "1"),
        run("quarantine", "replay"),
        run("quarantine", "discard", "1"),
        run("quarantine", "list"),
    )

    assert "wrong_type" in listed.output
    assert '{"id": 9, "value": "hot"}' in shown.output
    assert (tried.exit_code, tried.output) == (1, "0 rows stored, 1 still in quarantine.\n  wrong_type: 1\n")
    assert aside.output == "1 rows set aside.\n"
    assert after.output == "Nothing is in quarantine.\n"


def test_a_number_that_is_not_in_quarantine_is_an_error() -> None:
    assert isinstance(run("quarantine", "show", "5").exception, NotFoundError)
    assert isinstance(run("quarantine", "discard", "5").exception, NotFoundError)


def compute(database: Database) -> None:
    """Do every job that is due, as the analyzer does once the drive has been quiet."""
    context = Context(database, OperatorLimits(), lambda: utc_now() + timedelta(hours=1))
    worker = Worker(context, name="test", lease=timedelta(hours=2), max_attempts=1, selections=FACTS)
    while worker.work_once():
        pass


def push_drive(database: Database, drive_id: int, day: int) -> None:
    rows = [
        {
            "id": day * 1000 + second,
            "timestamp": f"2026-07-{day:02d}T12:{second // 60:02d}:{second % 60:02d}Z",
            "parameter_name": "RPM",
            "value": 900.0 + second,
            "unit": "rpm",
            "data_source": "real",
            "drive_id": drive_id,
        }
        for second in range(150)
    ]
    push(database, *rows)


def test_a_drive_is_listed_held_out_annotated_and_released(database: Database) -> None:
    push_drive(database, 1, day=1)
    push_drive(database, 2, day=2)
    compute(database)

    held_out = run("drives", "hold", "1", "--reason", "bench power")
    listed = run("drives", "list", "--held", "--limit", "1")
    run("drives", "annotate", "1", "engine was off")
    notes = run("drives", "notes", "1")
    released = run("drives", "release", "1")

    assert held_out.output == "Drive 1 is held out. 1 drive is computed again.\n"
    assert "held out: bench power" in " ".join(listed.output.split())
    assert max(map(len, listed.output.splitlines())) <= NARROW
    assert "engine was off" in notes.output
    assert (
        run("drives", "notes", "1", "--remove", notes.output.split()[0]).output == "There are no notes about drive 1.\n"
    )
    assert (
        released.output == "Drive 1 is released. No drive has to be computed again.\n" or "1 drive" in released.output
    )
    assert run("drives", "list", "--held").output == "No such drive.\n"
    assert isinstance(run("drives", "hold", "9", "--reason", "x").exception, NotFoundError)


def test_an_era_is_begun_listed_and_removed(database: Database) -> None:
    push_drive(database, 1, day=1)
    compute(database)

    begun = run("eras", "start", "MD326328", "--at", "2026-05-22", "--note", "tunable")

    assert "began 2026-05-22 00:00 UTC. 1 drive is computed again." in begun.output
    assert "MD326328" in run("eras", "list").output
    assert "is removed" in run("eras", "remove", "MD326328").output
    assert "No era was begun yet" in run("eras", "list").output
    assert isinstance(run("eras", "start", "x", "--at", "soon").exception, InvalidInputError)


def test_a_reference_drive_is_set_listed_and_cleared(database: Database) -> None:
    push_drive(database, 1, day=1)
    compute(database)

    assert "is the reference of its era" in run("reference", "set", "1").output
    assert DEVICE in run("reference", "list").output
    assert "is no reference" in run("reference", "clear", "1").output
    assert run("reference", "list").output == "No drive is a reference.\n"


def test_a_job_is_listed_shown_called_off_and_asked_for_again(database: Database) -> None:
    push_drive(database, 1, day=1)
    (job,) = database.read(lambda session: list(session.exec(select(Job))))

    listed, shown = run("jobs", "list", "--state", "queued"), run("jobs", "show", job.job_id)
    run("jobs", "cancel", job.job_id)
    after_cancel = database.read(lambda session: session.get(Job, job.job_id))
    again = run("jobs", "cancel", job.job_id)
    run("jobs", "requeue", job.job_id)
    after_requeue = database.read(lambda session: session.get(Job, job.job_id))

    assert "drive_facts, queued" in listed.output
    assert f"{DEVICE}, drive 1" in listed.output
    assert max(map(len, listed.output.splitlines())) <= NARROW
    assert f"dedupe_key       {job.dedupe_key}" in shown.output
    assert after_cancel is not None
    assert (after_cancel.state, after_cancel.last_error) == ("dead", "called off by an operator")
    assert isinstance(again.exception, ConflictError)
    assert after_requeue is not None
    assert (after_requeue.state, after_requeue.last_error, after_requeue.attempts) == ("queued", None, 0)


def test_all_jobs_that_were_given_up_can_be_asked_for_again_but_not_those_called_off(database: Database) -> None:
    push_drive(database, 1, day=1)
    push_drive(database, 2, day=2)
    first, second = database.read(lambda session: list(session.exec(select(Job).order_by(col(Job.drive_id)))))
    run("jobs", "cancel", first.job_id)
    database.run(
        lambda session: session.connection().execute(
            Job.__table__.update().where(Job.__table__.c.job_id == second.job_id).values(state="dead", last_error="x")  # type: ignore[attr-defined]
        )
    )

    done = run("jobs", "requeue", "--dead")

    assert done.output == "1 job in the queue again.\n"
    assert "There is no such job." not in run("jobs", "list", "--state", "dead").output
    assert isinstance(run("jobs", "requeue").exception, InvalidInputError)

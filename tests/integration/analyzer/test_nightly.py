"""What is due once a night: who takes it, what it does, what happens when a night was missed."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from obd2_analyzer import nightly
from obd2_analyzer.nightly import Retention, due_slot, run_due_tasks
from obd2_common.jobs import queue as jobs
from obd2_common.tables.analyses import Analysis
from obd2_common.tables.devices import SyncHistory
from obd2_common.tables.jobs import Job
from obd2_common.tables.operations import ScheduledRun
from support.analyzer_store import CAR, Garage
from support.drive_rows import drive_rows
from support.drive_seasons import season

ALL = ["refresh_facts", "prune_history", "prune_jobs", "prune_runs"]
CHICAGO = ZoneInfo("America/Chicago")


def run(garage: Garage, slot: str = "2025-07-12", instance: str = "one") -> list[str]:
    return run_due_tasks(garage.context, Retention(), slot, instance=instance)


def received(garage: Garage, number: int, days_ago: int) -> None:
    row = SyncHistory(
        receipt_id=f"receipt-{number}",
        source_device=CAR,
        source_epoch=1,
        batch_id="b",
        received_at=garage.clock() - timedelta(days=days_ago),
    )
    garage.database.run(lambda session: session.add(SyncHistory(**row.model_dump())))


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-07-11T08:29:00Z", "2026-07-10"),
        ("2026-07-11T08:30:00Z", "2026-07-11"),
        ("2026-01-11T09:29:00Z", "2026-01-10"),
        ("2026-01-11T09:30:00Z", "2026-01-11"),
    ],
)
def test_a_night_is_due_at_its_hour_in_the_cars_zone(now: str, slot: str) -> None:
    assert due_slot(datetime.fromisoformat(now), time(3, 30), CHICAGO) == slot


def test_each_task_of_a_night_is_done_once_whoever_looks(garage: Garage) -> None:
    assert run(garage) == ALL
    assert run(garage, instance="two") == []

    assert run(garage, "2025-07-13", instance="two") == ALL
    assert {(turn.task, turn.slot, turn.instance, turn.outcome) for turn in garage.all(ScheduledRun)} == {
        *((task, "2025-07-12", "one", "ok") for task in ALL),
        *((task, "2025-07-13", "two", "ok") for task in ALL),
    }


def test_a_turn_lost_with_its_process_is_taken_again(garage: Garage, monkeypatch: pytest.MonkeyPatch) -> None:
    def be_killed(*_: object) -> dict[str, object]:
        raise KeyboardInterrupt

    monkeypatch.setattr(nightly, "TASKS", {"refresh_facts": be_killed})
    with pytest.raises(KeyboardInterrupt):
        run(garage)
    monkeypatch.undo()

    assert "refresh_facts" not in run(garage)
    garage.clock.advance(hours=2)
    assert run(garage) == ["refresh_facts"]


def test_a_task_that_fails_is_recorded_tried_again_and_holds_up_no_other(
    garage: Garage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> dict[str, object]:
        raise RuntimeError("secret")

    with monkeypatch.context() as patched:
        patched.setattr(nightly, "TASKS", {**nightly.TASKS, "refresh_facts": fail})
        heard: list[tuple[str, bool]] = []
        run_due_tasks(
            garage.context,
            Retention(),
            "2025-07-12",
            instance="one",
            on_run=lambda task, *, is_success: heard.append((task, is_success)),
        )

    (failed,) = garage.all(ScheduledRun, task="refresh_facts")
    assert (failed.outcome, failed.details) == ("failed", {"error": "RuntimeError"})
    assert heard == [("refresh_facts", False), *((task, True) for task in ALL[1:])]
    assert run(garage) == []
    garage.clock.advance(minutes=31)
    assert run(garage) == ["refresh_facts"]


def test_the_newest_drives_are_computed_again_and_nothing_else_follows_when_nothing_changed(garage: Garage) -> None:
    season(garage, 3)
    before = len(garage.all(Analysis))

    run(garage)

    assert len(garage.all(Job, kind=jobs.DRIVE_FACTS, state=jobs.QUEUED)) == 3
    garage.work()
    assert len(garage.all(Analysis)) == before
    (turn,) = garage.all(ScheduledRun, task="refresh_facts")
    assert turn.details == {"drives": 3}


def test_the_history_of_requests_is_kept_for_ninety_days(garage: Garage) -> None:
    received(garage, 1, days_ago=89)
    received(garage, 2, days_ago=91)

    run(garage)

    assert [row.receipt_id for row in garage.all(SyncHistory)] == ["receipt-1"]


def test_a_long_history_is_pruned_in_parts(garage: Garage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("obd2_analyzer.repository.history_of_requests.PART_ROWS", 2)
    monkeypatch.setattr("obd2_analyzer.nightly.PART_ROWS", 2)
    for number in range(5):
        received(garage, number, days_ago=100)

    run(garage)

    assert garage.all(SyncHistory) == []
    (turn,) = garage.all(ScheduledRun, task="prune_history")
    assert turn.details == {"rows": 5}


def test_finished_requests_go_and_the_record_of_old_nights_too(garage: Garage) -> None:
    garage.receive(drive_rows(60))
    job_id = garage.ask({"deviceId": CAR, "driveKey": "7", "driveId": 7})
    garage.work()
    run(garage)
    garage.clock.advance(days=100)

    run(garage, "2025-10-20")

    assert garage.all(Job, job_id=job_id) == []
    assert {turn.slot for turn in garage.all(ScheduledRun)} == {"2025-10-20"}

"""Rows that change a drive make its computation due, in the same transaction, and the receipt says so."""

from datetime import timedelta
from typing import Any

import pytest

from obd2_api.ingest.drive_jobs import LONGEST_WAIT, LONGEST_WAIT_UNASSIGNED
from obd2_common.jobs import queue as jobs
from support.ingest_setup import ONCE_ENDED, QUIET, Server
from support.pi_rows import DEVICE, Row, example, reading, readings


def event(row_id: int, event_type: str, drive_id: int | None = None, **changes: Any) -> Row:  # noqa: ANN401
    return example("connection_log", id=row_id, event_type=event_type, drive_id=drive_id, **changes)


def waiting(server: Server) -> dict[int, tuple[str, timedelta]]:
    """Return each drive's reason and how long from now it is due."""
    return {row["drive_id"]: (row["reason"], row["due_at"] - server.clock.now) for row in server.rows("jobs")}


def test_rows_of_an_open_drive_are_computed_once_it_is_quiet(server: Server) -> None:
    receipt = server.send({"realtime_data": readings(1, 5)})

    (job,) = server.rows("jobs")
    assert not receipt.auto_analysis_triggered
    assert waiting(server) == {33: ("rows", QUIET)}
    assert (job["kind"], job["source_device"], job["source_epoch"]) == (jobs.DRIVE_FACTS, DEVICE, 1)
    assert (job["state"], job["revision"]) == ("queued", 1)


def test_every_further_batch_puts_the_computation_off(server: Server) -> None:
    server.send({"realtime_data": readings(1, 5)})
    server.clock.advance(seconds=60)

    server.send({"realtime_data": readings(6, 9)})

    assert waiting(server) == {33: ("rows", QUIET)}
    assert server.rows("jobs")[0]["revision"] == 2


def test_a_batch_of_many_drives_makes_each_of_them_due(server: Server) -> None:
    server.send({"realtime_data": [reading(row_id, drive_id=row_id) for row_id in range(1, 51)]})
    server.send({"realtime_data": [reading(row_id + 100, drive_id=row_id) for row_id in range(1, 51)]})

    found = server.rows("jobs")
    assert {(row["drive_id"], row["revision"], row["state"]) for row in found} == {
        (n, 2, "queued") for n in range(1, 51)
    }
    assert waiting(server)[50] == ("rows", QUIET)
    assert waiting(server)[1] == ("newer_drive", ONCE_ENDED)


def test_rows_sent_again_do_not_put_it_off(server: Server) -> None:
    server.send({"realtime_data": readings(1, 5)})
    server.clock.advance(seconds=60)

    receipt = server.send({"realtime_data": readings(1, 5)})

    assert waiting(server) == {33: ("rows", QUIET - timedelta(seconds=60))}
    assert server.rows("jobs")[0]["revision"] == 1
    assert not receipt.auto_analysis_triggered


def test_the_end_of_a_drive_makes_it_due_soon(server: Server) -> None:
    server.send({"realtime_data": readings(1, 5)})

    receipt = server.send({"connection_log": [event(1, "drive_end", 33)]})

    assert (receipt.drive_data_received, receipt.auto_analysis_triggered) == (True, True)
    assert waiting(server) == {33: ("drive_end", ONCE_ENDED)}


def test_the_end_may_come_before_the_rows(server: Server) -> None:
    server.send({"connection_log": [event(1, "drive_start", 33), event(2, "drive_end", 33)]})

    receipt = server.send({"realtime_data": readings(1, 5)})

    assert receipt.auto_analysis_triggered
    assert waiting(server) == {33: ("late_rows", ONCE_ENDED)}


def test_the_end_sent_again_is_received_and_triggers_nothing(server: Server) -> None:
    server.send({"connection_log": [event(1, "drive_end", 33)]})

    receipt = server.send({"connection_log": [event(1, "drive_end", 33)]})

    assert (receipt.drive_data_received, receipt.auto_analysis_triggered) == (True, False)


def test_other_events_make_nothing_due(server: Server) -> None:
    receipt = server.send({"connection_log": [event(1, "connect_success"), event(2, "drive_start", 33)]})

    assert (receipt.drive_data_received, receipt.auto_analysis_triggered) == (False, False)
    assert server.count("jobs") == 0


def test_a_newer_drive_makes_the_older_due_soon(server: Server) -> None:
    server.send({"realtime_data": readings(1, 5)})

    receipt = server.send({"realtime_data": readings(6, 9, drive_id=34)})

    assert receipt.auto_analysis_triggered
    assert waiting(server) == {33: ("newer_drive", ONCE_ENDED), 34: ("rows", QUIET)}


def test_late_rows_of_an_older_drive_make_it_due_soon_again(server: Server) -> None:
    server.send({"realtime_data": readings(100, 105, drive_id=34)})
    server.clock.advance(hours=1)

    receipt = server.send({"realtime_data": readings(1, 5, drive_id=33)})

    assert receipt.auto_analysis_triggered
    assert waiting(server)[33] == ("newer_drive", ONCE_ENDED)


def test_rows_without_a_drive_are_looked_at_once_quiet(server: Server) -> None:
    receipt = server.send({"realtime_data": readings(1, 5, drive_id=None)})

    assert not receipt.auto_analysis_triggered
    assert waiting(server) == {0: ("rows", QUIET)}


def test_an_end_without_a_drive_makes_the_rows_without_a_drive_due(server: Server) -> None:
    server.send({"connection_log": [event(1, "drive_end", timestamp="2026-07-11T17:30:00Z")]})

    receipt = server.send({"realtime_data": readings(1, 5, drive_id=None)})

    assert receipt.auto_analysis_triggered
    assert waiting(server)[0] == ("late_rows", ONCE_ENDED)


def test_a_summary_that_is_filled_in_makes_its_drive_due_again(server: Server) -> None:
    server.send({"drive_summary": [example("drive_summary", starting_battery_v=None)]})
    server.clock.advance(seconds=60)

    server.send({"drive_summary": [example("drive_summary")]})

    assert waiting(server) == {33: ("rows", QUIET)}


def test_rows_that_change_drives_make_both_due(server: Server) -> None:
    server.send({"realtime_data": [*readings(1, 5, drive_id=None), *readings(6, 9, drive_id=33)]})
    server.clock.advance(minutes=10)

    server.send({"realtime_data": [*readings(1, 5, drive_id=33), *readings(6, 9, drive_id=34)]})

    assert {drive_id for drive_id, (_, due_in) in waiting(server).items() if due_in > timedelta(0)} == {0, 33, 34}


@pytest.mark.parametrize(("drive_id", "longest"), [(None, LONGEST_WAIT_UNASSIGNED), (33, LONGEST_WAIT)])
def test_rows_that_keep_coming_put_the_computation_off_only_so_long(
    server: Server, drive_id: int | None, longest: timedelta
) -> None:
    first, step = server.clock.now, QUIET / 2

    for number in range(1, longest // step + 3):
        server.send({"realtime_data": [reading(number, drive_id=drive_id)]})
        server.clock.advance(seconds=step.total_seconds())

    (job,) = server.rows("jobs")
    assert (job["due_at"], job["revision"]) == (first + longest, longest // step + 2)


def test_a_computation_put_off_by_a_clock_that_was_ahead_is_due_as_usual_when_rows_come(server: Server) -> None:
    server.clock.advance(days=1)
    server.send({"realtime_data": readings(1, 5, drive_id=None)})
    server.clock.advance(days=-1)

    server.send({"realtime_data": readings(6, 9, drive_id=None)})

    assert waiting(server) == {0: ("rows", QUIET)}


@pytest.mark.parametrize("is_one_request", [True, False])
def test_a_newer_drive_makes_the_rows_without_a_drive_due_soon(server: Server, *, is_one_request: bool) -> None:
    unassigned, newer = readings(1, 5, drive_id=None), readings(6, 9, drive_id=34)

    for rows in [[*unassigned, *newer]] if is_one_request else [unassigned, newer]:
        server.send({"realtime_data": rows})

    assert waiting(server) == {0: ("newer_drive", ONCE_ENDED), 34: ("rows", QUIET)}


def test_a_backlog_of_many_drives_lets_others_go_first(server: Server) -> None:
    server.send({"realtime_data": [reading(row_id, drive_id=row_id) for row_id in range(1, 51)]})
    server.send({"realtime_data": readings(1, 5)}, device="other")

    priorities = {row["source_device"]: row["priority"] for row in server.rows("jobs")}
    assert priorities == {DEVICE: jobs.Priority.BACKLOG, "other": jobs.Priority.AUTOMATIC}


def test_drives_of_another_device_or_epoch_are_left_alone(server: Server) -> None:
    server.send({"realtime_data": readings(1, 5)})
    server.send({"realtime_data": readings(1, 5)}, device="other")

    server.send({"realtime_data": [reading(1, value=-1.0, drive_id=40)]})

    subjects = {
        (row["source_device"], row["source_epoch"], row["drive_id"]): row["reason"] for row in server.rows("jobs")
    }
    assert subjects == {(DEVICE, 1, 33): "rows", ("other", 1, 33): "rows", (DEVICE, 2, 40): "rows"}


def test_the_largest_drive_id_seen_is_kept_per_epoch(server: Server) -> None:
    server.send({"realtime_data": readings(1, 5, drive_id=34)})
    server.send({"drive_summary": [example("drive_summary", id=35)]})
    server.send({"realtime_data": readings(6, 9, drive_id=33)})

    assert server.rows("device_epochs")[0]["max_drive_id"] == 35


def test_a_quarantined_row_makes_nothing_due(server: Server) -> None:
    receipt = server.send({"realtime_data": [reading(1, value="bad")]})

    assert not receipt.auto_analysis_triggered
    assert server.count("jobs") == 0


def test_odd_drive_ids_are_no_obstacle(server: Server) -> None:
    rows = [reading(1, drive_id=-1), reading(2, drive_id=0), reading(3, drive_id=2**63 - 1), reading(4, drive_id=None)]

    assert server.counts("realtime_data", rows) == (4, 0, 0, 0)
    assert set(waiting(server)) == {-1, 0, 2**63 - 1}


def test_a_long_device_name_is_no_obstacle(server: Server) -> None:
    receipt = server.send({"realtime_data": readings(1, 2)}, device="\U0001f697" * 255, batch="\U0001f697" * 255)

    assert receipt.tables["realtime_data"].inserted == 2

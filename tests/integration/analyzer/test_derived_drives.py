"""Rows without a drive of their own: cranking, drives the Pi missed, and late rows that change them."""

import pytest
from sqlalchemy import update

from obd2_common.tables.drives import Drive
from support.analyzer_store import Garage
from support.drive_rows import ALL_BUT_RPM, NOON, at, drive_rows, engine_rows


@pytest.mark.parametrize("first", ["cranking", "drive"])
def test_premint_rows_are_attributed_whichever_job_runs_first(garage: Garage, first: str) -> None:
    cranking = engine_rows(22, after=0, first_id=1)
    drive = drive_rows(300, started_at=NOON + 33, first_id=1000)

    for rows in (cranking, drive) if first == "cranking" else (drive, cranking):
        garage.receive(rows)
        garage.work()

    (found,) = garage.all(Drive)
    assert (found.premint_row_count, found.premint_started_at) == (len(cranking), at(0))
    assert (found.started_at, found.row_count) == (at(33), len(drive))


def test_a_drive_the_pi_missed_is_derived_and_parked_noise_is_not(garage: Garage) -> None:
    garage.receive(engine_rows(60, after=0, first_id=41))
    garage.receive(
        drive_rows(
            3600, signals={"RPM": 0.0}, without=ALL_BUT_RPM, started_at=NOON + 9000, first_id=5000, drive_id=None
        )
    )

    garage.work()

    (found,) = garage.all(Drive)
    assert (found.drive_key, found.drive_id, found.origin, found.row_count) == ("derived-41", None, "derived", 31)


def test_a_late_earlier_row_renames_a_derived_drive_and_keeps_an_operators_hold(garage: Garage) -> None:
    rows = engine_rows(60, after=0, first_id=41)
    garage.receive(rows[10:])
    garage.work()
    garage.database.run(
        lambda session: session.connection().execute(
            update(Drive.__table__).values(is_held_out=True, hold_reason="bench")  # type: ignore[attr-defined]
        )
    )

    garage.receive(rows[:10])
    garage.work()

    (found,) = garage.all(Drive)
    assert (found.drive_key, found.is_held_out, found.hold_reason) == ("derived-41", True, "bench")


def test_two_derived_drives_that_late_rows_join_become_one(garage: Garage) -> None:
    rows = engine_rows(600, after=0, first_id=1)
    garage.receive(rows[:100] + rows[200:])
    garage.work()
    assert len(garage.all(Drive)) == 2

    garage.receive(rows[100:200])
    garage.work()

    (found,) = garage.all(Drive)
    assert (found.drive_key, found.row_count) == ("derived-1", len(rows))


def test_rows_that_get_a_drive_id_later_leave_their_derived_drive(garage: Garage) -> None:
    rows = engine_rows(600, after=0, first_id=1)
    garage.receive(rows)
    garage.work()
    assert list(garage.drives()) == ["derived-1"]

    garage.receive([(*row[:7], 12) for row in rows])
    garage.work()

    assert list(garage.drives()) == ["12"]


def test_a_logged_drive_without_ids_is_found_even_when_it_is_short(garage: Garage) -> None:
    garage.receive(engine_rows(20, after=0, first_id=1))
    garage.work()
    assert garage.drives() == {}

    garage.receive_events([(1, NOON + 5, "drive_start"), (2, NOON + 19, "drive_end")])
    garage.work()

    assert list(garage.drives()) == ["derived-1"]


def test_a_drive_the_pi_missed_is_derived_after_the_servers_clock_was_set_back(garage: Garage) -> None:
    garage.clock.advance(days=1)
    garage.receive(engine_rows(60, after=0, first_id=41))
    garage.work()
    garage.clock.advance(days=-1)
    garage.receive(engine_rows(60, after=7200, first_id=5000))

    garage.work()

    assert sorted(garage.drives()) == ["derived-41", "derived-5000"]

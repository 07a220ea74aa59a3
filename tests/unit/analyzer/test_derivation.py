"""Which rows make which drive."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obd2_analyzer.facts.derivation import DerivedDrive, EventWindow, assign_unassigned, derive_drives
from obd2_analyzer.facts.readings import Readings, readings_from_rows
from support.drive_rows import NOON, DriveRow, drive_rows

ENGINE_ONLY = {"RPM": 850.0}
QUIET = ("SPEED", "COOLANT_TEMP", "INTAKE_TEMP", "ENGINE_LOAD", "SHORT_FUEL_TRIM_1", "LONG_FUEL_TRIM_1", "MAF")
REST = (*QUIET, "TIMING_ADVANCE", "O2_B1S1", "BATTERY_V", "FUEL_SYSTEM_STATUS")


def engine(
    duration: float, *, after: float, first_id: int, drive_id: int | None = None, rpm: float = 850.0
) -> list[DriveRow]:
    return drive_rows(
        duration,
        signals={"RPM": rpm},
        without=REST,
        started_at=NOON + after,
        first_id=first_id,
        drive_id=drive_id,
    )


def ids_of(readings: Readings, drive: DerivedDrive) -> list[int]:
    return [int(source_id) for source_id in readings.source_ids[drive.rows]]


def test_rows_of_one_drive_id_are_one_drive_whatever_gaps_they_have() -> None:
    rows = engine(60, after=0, first_id=1, drive_id=7) + engine(60, after=5000, first_id=100, drive_id=7)

    (drive,) = derive_drives(readings_from_rows(rows))

    assert (drive.drive_key, drive.drive_id, drive.origin, len(drive.rows)) == ("7", 7, "pi", 62)


@pytest.mark.parametrize("silence", [1, 11, 39, 60])
def test_a_run_that_ends_within_a_minute_before_a_drive_is_its_premint(silence: int) -> None:
    cranking = engine(22, after=0, first_id=1, rpm=0.0)
    rows = cranking + engine(120, after=22 + silence, first_id=100, drive_id=21)

    (drive,) = derive_drives(readings_from_rows(rows))

    assert len(drive.premint_rows) == len(cranking)
    assert len(drive.rows) == 61


def test_a_run_that_ends_earlier_is_no_premint() -> None:
    rows = engine(22, after=0, first_id=1) + engine(120, after=22 + 61, first_id=100, drive_id=21)

    (drive,) = derive_drives(readings_from_rows(rows))

    assert len(drive.premint_rows) == 0


def test_a_missed_leg_right_before_a_drive_stays_a_drive_and_lends_its_last_minute() -> None:
    rows = engine(600, after=0, first_id=1) + engine(120, after=602, first_id=1000, drive_id=21)

    missed, drive = derive_drives(readings_from_rows(rows))

    assert missed.drive_key == "derived-1"
    assert len(missed.rows) + len(drive.premint_rows) == 301
    assert len(drive.premint_rows) == 30


def test_an_engine_running_for_thirty_seconds_without_drive_id_is_a_drive() -> None:
    (drive,) = derive_drives(readings_from_rows(engine(30, after=0, first_id=41)))

    assert (drive.drive_key, drive.drive_id, drive.origin) == ("derived-41", None, "derived")


@pytest.mark.parametrize(("duration", "rpm"), [(28, 850.0), (3600, 0.0)])
def test_a_short_or_parked_run_stays_orphan(duration: float, rpm: float) -> None:
    readings = readings_from_rows(engine(duration, after=0, first_id=1, rpm=rpm))

    unassigned = assign_unassigned(readings, {})

    assert unassigned.derived == ()
    assert len(unassigned.orphans) == len(readings)


@pytest.mark.parametrize(("gap", "drives"), [(87.8, 1), (120.0, 1), (121.0, 2)])
def test_a_run_without_drive_id_ends_at_a_silence_of_more_than_two_minutes(gap: float, drives: int) -> None:
    rows = engine(40, after=0, first_id=1) + engine(40, after=40 + gap, first_id=100)

    assert len(derive_drives(readings_from_rows(rows))) == drives


def test_a_clock_that_steps_back_ends_a_run_too() -> None:
    rows = engine(40, after=0, first_id=1) + engine(40, after=-80_000, first_id=100)

    assert len(derive_drives(readings_from_rows(rows))) == 2


def test_a_logged_drive_makes_its_whole_run_a_drive() -> None:
    rows = engine(20, after=0, first_id=1) + engine(22, after=107.8, first_id=100)

    (drive,) = derive_drives(readings_from_rows(rows), [EventWindow(NOON + 119.0, NOON + 129.6)])

    assert len(drive.rows) == len(rows)


def test_two_logged_drives_in_one_run_are_two_drives() -> None:
    readings = readings_from_rows(engine(600, after=0, first_id=1))
    windows = [EventWindow(NOON + 10, NOON + 250), EventWindow(NOON + 400, None)]

    first, second = derive_drives(readings, windows)

    assert ids_of(readings, first) == list(range(1, 172))
    assert second.drive_key == "derived-172"


def test_a_logged_drive_elsewhere_changes_nothing() -> None:
    readings = readings_from_rows(engine(20, after=0, first_id=1))

    assert derive_drives(readings, [EventWindow(NOON + 500, NOON + 900)]) == ()


def test_rows_without_a_known_time_stay_with_their_drive_and_make_none_of_their_own() -> None:
    known = engine(60, after=0, first_id=1, drive_id=7)
    timeless: list[DriveRow] = [
        (500, None, "RPM", 850.0, "rpm", "daily", "real", 7),
        (501, None, "RPM", 850.0, "rpm", "daily", "real", None),
    ]

    (drive,) = derive_drives(readings_from_rows(known + timeless))

    assert len(drive.rows) == 32


def test_drives_come_in_the_order_they_started() -> None:
    rows = (
        engine(60, after=9000, first_id=1, drive_id=8)
        + engine(60, after=0, first_id=100, drive_id=9)
        + engine(60, after=3000, first_id=200)
    )

    assert [drive.drive_key for drive in derive_drives(readings_from_rows(rows))] == ["9", "derived-200", "8"]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), again=st.integers(0, 60))
def test_shuffled_and_repeated_rows_make_the_same_drives(seed: int, again: int) -> None:
    rows = (
        engine(22, after=0, first_id=1, rpm=0.0)
        + engine(120, after=40, first_id=100, drive_id=21)
        + engine(80, after=900, first_id=300)
        + engine(300, after=2000, first_id=500, drive_id=22)
    )
    chance = random.Random(seed)  # noqa: S311 - repeatable shuffling
    arrived = rows + chance.sample(rows, again)
    chance.shuffle(arrived)

    clean, mixed = (
        [
            (drive.drive_key, ids_of(readings, drive), readings.source_ids[drive.premint_rows].tolist())
            for drive in derive_drives(readings)
        ]
        for readings in (readings_from_rows(rows), readings_from_rows(arrived))
    )

    assert mixed == clean

"""What kind of drive a drive is."""

import pytest

from obd2_analyzer.facts.quality import judge_drive, judge_real, leading_source, rows_of_source
from obd2_analyzer.facts.readings import readings_from_rows
from support.drive_rows import NOON, DriveRow, drive_rows


def test_the_window_spans_the_drives_own_rows() -> None:
    judged = judge_drive(readings_from_rows(drive_rows(600)))

    assert (judged.started_at, judged.ended_at, judged.duration_seconds) == (NOON, NOON + 600, 600)
    assert judged.row_count == 301 * 12
    assert judged.flags == ()


@pytest.mark.parametrize(
    ("counts", "is_real"),
    [
        ({"real": 1000}, True),
        ({"real": 96, "replay": 4}, True),
        ({"real": 95, "replay": 5}, None),
        ({"real": 1, "physics_sim": 999}, None),
        ({"physics_sim": 100}, False),
        ({"real": 99}, None),
        ({"physics_sim": 99}, None),
        ({None: 1000}, None),
        ({None: 40, "physics_sim": 960}, False),
        ({None: 60, "physics_sim": 940}, None),
        ({}, None),
    ],
)
def test_real_has_three_states(counts: dict[str | None, int], is_real: bool | None) -> None:  # noqa: FBT001
    assert judge_real(counts)[1] is is_real


def test_the_devices_default_speaks_for_rows_that_say_nothing() -> None:
    readings = readings_from_rows(drive_rows(600, data_source=None))

    assert judge_drive(readings).is_real is None
    assert judge_drive(readings, default_source="physics_sim").is_real is False
    assert "not_real" in judge_drive(readings, default_source="physics_sim").flags


def test_statistics_take_the_rows_of_the_leading_source_only() -> None:
    real = drive_rows(600)
    replayed = drive_rows(100, first_id=90_000, data_source="replay")
    readings = readings_from_rows(real + replayed)

    counted = rows_of_source(readings, leading_source({"real": len(real), "replay": len(replayed)}), None)

    assert len(counted) == len(real)


@pytest.mark.parametrize(("gap", "flags"), [(300, ()), (301, ("gap",))])
def test_a_silence_of_more_than_five_minutes_is_flagged(gap: float, flags: tuple[str, ...]) -> None:
    rows = drive_rows(100) + drive_rows(100, started_at=NOON + 100 + gap, first_id=10_000)

    assert judge_drive(readings_from_rows(rows)).flags == flags


def test_a_clock_that_steps_back_is_flagged() -> None:
    rows = drive_rows(100) + drive_rows(100, started_at=NOON - 82_000, first_id=10_000)

    assert "clock_anomaly" in judge_drive(readings_from_rows(rows)).flags


def test_stamps_of_whole_seconds_may_step_back_by_one() -> None:
    rows: list[DriveRow] = drive_rows(100)
    rows[50] = (rows[50][0], (rows[49][1] or 0.0) - 1.0, *rows[50][2:])

    assert judge_drive(readings_from_rows(rows)).flags == ()


def test_few_rows_and_no_engine_speed_are_flagged() -> None:
    judged = judge_drive(readings_from_rows(drive_rows(10, without=["RPM"])))

    assert judged.flags == ("sparse", "no_rpm")
    assert judged.is_real is None


def test_a_drive_without_any_known_time_has_no_window() -> None:
    timeless: list[DriveRow] = [(row[0], None, *row[2:]) for row in drive_rows(100)]

    judged = judge_drive(readings_from_rows(timeless))

    assert (judged.started_at, judged.duration_seconds) == (None, None)


def test_the_profile_is_the_most_frequent_one() -> None:
    rows = drive_rows(100, profile_id="daily") + drive_rows(50, first_id=9000, profile_id="performance")

    assert judge_drive(readings_from_rows(rows)).profile_id == "daily"


def test_invalid_rows_are_counted() -> None:
    rows: list[DriveRow] = [*drive_rows(100), (99_999, NOON + 1, "RPM", None, "rpm", "daily", "real", 7)]

    assert judge_drive(readings_from_rows(rows)).invalid_row_count == 1

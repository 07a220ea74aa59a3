"""A wrong clock spoils nothing but the rows it stamped."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_analyzer.drive_facts import DriveFacts, Surroundings, drive_facts
from obd2_analyzer.facts.clock import shared_seconds, with_one_clock
from obd2_analyzer.facts.readings import Readings, readings_from_columns, readings_from_rows
from obd2_analyzer.thresholds import load_thresholds
from support.drive_rows import NOON, DriveRow, drive_rows
from support.rule_findings import facts

HOUR, DAY = 3600.0, 86_400.0
PARAMETERS = 12


def year(number: int) -> float:
    return datetime(number, 1, 1, tzinfo=UTC).timestamp()


def stamped(rows: list[DriveRow], first: float, last: float, shift: float) -> list[DriveRow]:
    """Return the rows with those from a second to before another one shifted."""
    return [
        (row[0], (row[1] or 0) + (shift if first <= (row[1] or 0) - NOON < last else 0.0), *row[2:]) for row in rows
    ]


def window(found: DriveFacts) -> tuple[float, float, int]:
    judged = found.quality
    assert judged.started_at is not None
    assert judged.ended_at is not None
    assert judged.duration_seconds is not None
    return judged.started_at - NOON, judged.ended_at - NOON, judged.duration_seconds


def clock(found: DriveFacts) -> int:
    return sum(left.row_count for left in found.left_out if left.reason == "clock")


@pytest.mark.parametrize("moment", [0.0, year(1970) + 5, year(2000), year(2036), year(2106), 253_402_300_000.0])
@pytest.mark.parametrize("place", [0, 500, -1])
def test_one_stamp_of_another_age_is_left_out_of_the_window(moment: float, place: int) -> None:
    rows = drive_rows(600)
    rows[place] = (rows[place][0], moment, *rows[place][2:])

    found = facts(rows)

    assert window(found) == (0, 600, 600)
    assert found.quality.flags == ("clock_anomaly",)
    assert (clock(found), found.quality.row_count) == (1, len(rows))
    assert found.grade is not None


@pytest.mark.parametrize("shift", [-23 * HOUR, 23 * HOUR, -2 * HOUR, 2 * HOUR, -1800.0, 1800.0, -365 * DAY])
def test_a_clock_that_is_off_for_a_while_loses_that_while_alone(shift: float) -> None:
    found = facts(stamped(drive_rows(600), 200, 240, shift))

    assert window(found) == (0, 600, 600)
    assert found.quality.flags == ("clock_anomaly",)
    assert clock(found) == 20 * PARAMETERS


@pytest.mark.parametrize(
    ("first", "last", "shift", "expected"),
    [
        (0, 40, -23 * HOUR, (40, 600)),
        (0, 40, 23 * HOUR, (40, 600)),
        (0, 40, 1800.0, (40, 600)),
        (560, 601, -23 * HOUR, (0, 558)),
        (560, 601, 23 * HOUR, (0, 558)),
        (0, 400, -23 * HOUR, (-23 * HOUR, -23 * HOUR + 398)),
    ],
)
def test_the_larger_part_is_the_drive(first: float, last: float, shift: float, expected: tuple[float, float]) -> None:
    found = facts(stamped(drive_rows(600), first, last, shift))

    assert window(found)[:2] == expected
    assert found.quality.flags == ("clock_anomaly",)


def test_of_equal_parts_the_later_rows_are_the_drive() -> None:
    rows = drive_rows(298) + drive_rows(298, started_at=NOON + 30 * DAY, first_id=50_000)

    assert window(facts(rows))[0] == 30 * DAY


def test_values_of_rows_with_a_wrong_time_still_count_for_the_statistics() -> None:
    found = facts(stamped(drive_rows(600), 200, 240, -23 * HOUR))

    coolant = found.statistics.find("COOLANT_TEMP")
    assert coolant is not None
    assert coolant.sample_count == 301


def test_a_drive_whose_every_stamp_is_wrong_has_no_window_and_no_letter() -> None:
    found = facts(stamped(drive_rows(600), 0, 601, year(1999) - NOON))

    assert (found.quality.started_at, found.quality.duration_seconds, found.grade) == (None, None, None)
    assert "clock_anomaly" in found.quality.flags
    assert clock(found) == found.quality.row_count


def test_rows_ahead_of_their_receipt_are_wrong() -> None:
    rows = drive_rows(100)
    columns = [list(column) for column in zip(*rows, strict=True)]
    readings = readings_from_columns(columns, ahead=[number >= 600 for number in range(len(rows))])

    found = drive_facts(readings, Surroundings(), load_thresholds())

    assert window(found) == (0, 98, 98)
    assert clock(found) == PARAMETERS
    assert found.quality.flags == ("clock_anomaly",)


@pytest.mark.parametrize("seconds", [301, 1200, 3500])
def test_a_silence_of_less_than_an_hour_is_a_gap_and_no_clock(seconds: float) -> None:
    rows = drive_rows(100) + drive_rows(100, started_at=NOON + 100 + seconds, first_id=10_000)

    found = facts(rows)

    assert (found.quality.flags, clock(found)) == (("gap",), 0)


@pytest.mark.parametrize("step", [-4.0, -30.0, -100.0])
def test_a_clock_set_back_a_little_costs_no_row(step: float) -> None:
    found = facts(stamped(drive_rows(600), 300, 601, step))

    assert (found.quality.flags, clock(found)) == (("clock_anomaly",), 0)


def test_two_clocks_in_turn_leave_one() -> None:
    rows = [(row[0], (row[1] or 0) + (row[0] % 3 == 0) * 23 * HOUR, *row[2:]) for row in drive_rows(600)]

    found = facts(rows)

    assert window(found)[2] == 600
    assert clock(found) == len(rows) // 3


def _readings(times: list[float]) -> Readings:
    return readings_from_rows(
        [(number, second, "RPM", 1.0, None, None, None, 1) for number, second in enumerate(times, 1)]
    )


@given(
    jumps=st.lists(st.tuples(st.integers(0, 599), st.floats(year(1970), year(2100))), max_size=30),
    silence=st.integers(0, 3000),
)
def test_whatever_stamps_go_wrong_the_window_is_that_of_the_others(
    jumps: list[tuple[int, float]], silence: int
) -> None:
    right = [NOON + second + (silence if second >= 300 else 0) for second in range(600)]
    wrong = dict(jumps)
    times = [wrong.get(second, right[second]) for second in range(600)]

    found = with_one_clock(_readings(times))

    kept = np.isfinite(found.times)
    near = (NOON - 2 * HOUR, right[-1] + 2 * HOUR)
    if not any(near[0] <= moment <= near[1] for moment in wrong.values()):
        assert found.has_wrong_time.sum() == len(wrong)
        assert found.times[kept].tolist() == [second for place, second in enumerate(right) if place not in wrong]
    assert not (kept & found.has_wrong_time).any()
    assert with_one_clock(found).times[kept].tolist() == found.times[kept].tolist()


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (range(101), range(99, 200), 1.0),
        (range(101), range(100, 200), 0.0),
        (range(500), range(100, 200, 4), 96.0),
        (range(500), [250], 0.0),
        ([*range(100), *range(400, 500)], range(150, 350), 0.0),
        (range(0, 600, 4), range(2, 600, 4), 594.0),
        (range(0, 3000, 60), range(30, 3000, 60), 2910.0),
        ([], range(100), 0.0),
    ],
)
def test_drives_share_the_seconds_in_which_both_have_rows(first: list[int], second: list[int], expected: float) -> None:
    one, other = (np.array(list(seconds), dtype=np.float64) for seconds in (first, second))

    assert shared_seconds(one, other) == expected
    assert shared_seconds(other[::-1], one) == expected

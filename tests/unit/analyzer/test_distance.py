"""How far a drive went."""

import pytest

from obd2_analyzer.facts.distance import Distance
from support.drive_rows import NOON, drive_rows, read_every
from support.rule_findings import facts


def test_a_steady_speed_over_time_is_the_distance() -> None:
    assert facts(drive_rows(600, signals={"SPEED": 60.0})).distance == Distance(10.0, 0.0)


def test_between_two_samples_the_speed_lies_between_theirs() -> None:
    distance = facts(drive_rows(100, signals={"SPEED": lambda second: second})).distance

    assert distance is not None
    assert distance.kilometres == pytest.approx(100 * 50 / 3600, abs=1e-3)


@pytest.mark.parametrize("seconds", [2, 20, 60])
def test_a_speed_read_slowly_gives_the_same_distance(seconds: int) -> None:
    rows = read_every(seconds, drive_rows(600, signals={"SPEED": 60.0}), "SPEED")

    assert facts(rows).distance == Distance(10.0, 0.0)


def test_a_silence_is_left_out_and_said() -> None:
    rows = drive_rows(300) + drive_rows(300, started_at=NOON + 500, first_id=10_000)

    assert facts(rows).distance == Distance(10.0, 200.0)


def test_the_time_before_and_after_the_speed_was_read_is_said() -> None:
    rows = [row for row in drive_rows(600) if row[2] != "SPEED" or 100 <= (row[1] or 0) - NOON <= 400]

    assert facts(rows).distance == Distance(5.0, 300.0)


def test_a_single_impossible_speed_does_not_count() -> None:
    rows = drive_rows(600, signals={"SPEED": lambda second: 255.0 if second == 300 else 60.0})

    assert facts(rows).distance == Distance(10.0, 0.0)


def test_without_speed_there_is_no_distance() -> None:
    assert facts(drive_rows(600, without=["SPEED"])).distance is None


def test_without_times_there_is_no_distance() -> None:
    assert facts([(row[0], None, *row[2:]) for row in drive_rows(60)]).distance is None

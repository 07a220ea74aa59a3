"""Points and grades."""

import pytest

from obd2_analyzer.facts.findings import Finding, Severity
from obd2_analyzer.grade import grade_drive, why_ungraded
from obd2_analyzer.rules import RULES
from obd2_analyzer.thresholds import load_thresholds

LIMITS = load_thresholds().grade


def finding(rule: str, severity: Severity) -> Finding:
    return Finding(rule, "RPM", severity, 1.0, "rpm", 0.5, f"{rule} at 1 rpm")


WATCH, ALERT, INVESTIGATE, WARNING, STOP = Severity


@pytest.mark.parametrize(
    ("costs", "points", "grade"),
    [
        ([], 0.0, "A"),
        ([("stft", WATCH)], 0.8, "A-"),
        ([("ltft", WATCH)], 1.0, "A-"),
        ([("ltft", WATCH), ("stft", WATCH)], 1.8, "B+"),
        ([("coolant", ALERT)], 5.0, "B"),
        ([("knock_retard", ALERT)], 6.0, "B-"),
        ([("coolant", WARNING)], 12.5, "C"),
        ([("knock_retard", WARNING)], 15.0, "C"),
        ([("knock_retard", WARNING), ("ltft", WATCH)], 16.0, "D"),
        ([("battery", STOP)], 30.0, "D"),
        ([("ltft", INVESTIGATE)], 3.0, "B"),
        ([("timing", WATCH)], 1.5, "B+"),
    ],
)
def test_the_grade_follows_the_points(costs: list[tuple[str, Severity]], points: float, grade: str) -> None:
    graded = grade_drive([finding(*cost) for cost in costs], LIMITS)

    assert graded.points == pytest.approx(points)
    assert graded.grade == grade


def test_any_stop_is_a_d_even_where_the_weights_are_small() -> None:
    lenient = LIMITS.model_copy(update={"points": {**LIMITS.points, "STOP": 0.0}})

    graded = grade_drive([finding("stft", STOP)], lenient)

    assert graded.grade == "D"


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [(None, "the length of the drive is not known"), (59, "the drive is shorter than 1 min"), (60, None)],
)
def test_a_drive_too_short_or_of_unknown_length_gets_no_grade(seconds: float | None, reason: str | None) -> None:
    assert why_ungraded(seconds, (), LIMITS) == reason


def test_a_grade_needs_one_weighty_rule_that_could_judge() -> None:
    weighty = [rule.name for rule in RULES.values() if rule.is_weighty]

    nothing_judged = why_ungraded(600, weighty, LIMITS)

    assert nothing_judged is not None
    assert "coolant temperature" in nothing_judged
    assert all(why_ungraded(600, set(weighty) - {one}, LIMITS) is None for one in weighty)

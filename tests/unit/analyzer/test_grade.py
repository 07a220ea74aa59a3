"""Points, grades and recommendations."""

import pytest

from obd2_analyzer.advice.from_rules import of_parameters, recommend
from obd2_analyzer.facts.findings import Finding, Severity
from obd2_analyzer.grade import grade_drive, why_ungraded
from obd2_analyzer.rules import RULES
from obd2_analyzer.thresholds import load_thresholds

LIMITS = load_thresholds().grade


def finding(rule: str, severity: Severity, signal: str = "RPM", **details: str) -> Finding:
    return Finding(rule, signal, severity, 1.0, "rpm", 0.5, f"{rule} at 1 rpm", details=details)


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
    [(None, "the length of the drive is not known"), (59, "the drive is shorter than 60 s"), (60, None)],
)
def test_a_drive_too_short_or_of_unknown_length_gets_no_grade(seconds: float | None, reason: str | None) -> None:
    assert why_ungraded(seconds, (), LIMITS) == reason


def test_a_grade_needs_one_weighty_rule_that_could_judge() -> None:
    weighty = [rule.name for rule in RULES.values() if rule.is_weighty]

    nothing_judged = why_ungraded(600, weighty, LIMITS)

    assert nothing_judged is not None
    assert "coolant temperature" in nothing_judged
    assert all(why_ungraded(600, set(weighty) - {one}, LIMITS) is None for one in weighty)


def test_recommendations_are_ranked_by_what_matters_most() -> None:
    found = recommend([finding("stft", WATCH), finding("battery", ALERT), finding("coolant", STOP)], LIMITS)

    assert [(held.rank, held.category) for held in found] == [(1, "Cooling"), (2, "Electrical"), (3, "Fueling")]
    assert all(0 <= held.confidence <= 1 for held in found)


def test_no_more_than_five_and_one_per_rule() -> None:
    findings = [finding(rule, WATCH) for rule in sorted(RULES)] + [finding("stft", ALERT)]

    found = recommend(findings, LIMITS)

    assert [held.rank for held in found] == [1, 2, 3, 4, 5]
    assert (found[0].finding.rule, found[0].finding.severity) == ("stft", ALERT)
    assert len({held.finding.rule for held in found}) == 5


def test_a_default_baseline_lowers_the_confidence() -> None:
    guessed, known = (
        recommend([finding("knock_retard", WARNING, baseline=basis)], LIMITS)[0].confidence
        for basis in ("default", "earlier_drives")
    )

    assert guessed < known


@pytest.mark.parametrize(
    ("parameters", "rules"),
    [
        ([], ["battery", "ltft"]),
        (["voltage"], []),
        (["ltft"], ["ltft"]),
        (["BATTERY_V", "RPM"], ["battery"]),
    ],
)
def test_a_request_can_ask_for_some_parameters(parameters: list[str], rules: list[str]) -> None:
    findings = [finding("battery", ALERT, "BATTERY_V"), finding("ltft", WATCH, "LONG_FUEL_TRIM_1")]

    assert [held.rule for held in of_parameters(findings, parameters)] == rules


@pytest.mark.parametrize(
    ("areas", "rules"),
    [
        ([], ["coolant", "battery", "ltft"]),
        (["Fueling"], ["coolant", "ltft", "battery"]),
        (["astrology"], ["coolant", "battery", "ltft"]),
    ],
)
def test_focus_areas_come_first_but_hide_nothing_and_no_stop(areas: list[str], rules: list[str]) -> None:
    findings = [finding("ltft", WATCH), finding("battery", ALERT), finding("coolant", STOP)]

    assert [held.finding.rule for held in recommend(findings, LIMITS, areas)] == rules

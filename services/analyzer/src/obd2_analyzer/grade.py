"""One grade for a drive, from the points its findings cost, or why it has none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pydantic import Field, NonNegativeFloat, ValidationInfo, field_validator

from obd2_analyzer.facts.findings import Finding, Severity
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.rules import RULES
from obd2_common.durations import duration_text

SEVERITIES = frozenset(severity.name for severity in Severity)


class GradeStep(Limits):
    """One grade and the points up to which it is given."""

    grade: str = Field(min_length=1, max_length=8)
    up_to_points: NonNegativeFloat


class GradeLimits(Limits):
    """Points, weights and the grades they lead to."""

    minimum_drive_seconds: NonNegativeFloat = Field(60, description="a shorter drive gets no grade")
    steps: tuple[GradeStep, ...] = Field(
        (
            GradeStep(grade="A", up_to_points=0.0),
            GradeStep(grade="A-", up_to_points=1.0),
            GradeStep(grade="B+", up_to_points=2.5),
            GradeStep(grade="B", up_to_points=5.0),
            GradeStep(grade="B-", up_to_points=8.0),
            GradeStep(grade="C", up_to_points=15.0),
        ),
        min_length=1,
        description="grades, and the points up to which each is given",
    )
    worst: str = Field("D", min_length=1, max_length=8, description="beyond the last step, or with any STOP")
    points: dict[str, NonNegativeFloat] = Field(
        {"WATCH": 1.0, "ALERT": 2.0, "INVESTIGATE": 3.0, "WARNING": 5.0, "STOP": 15.0},
        description="what a finding costs by its severity",
    )
    weights: dict[str, NonNegativeFloat] = Field(
        {name: rule.weight for name, rule in RULES.items()}, description="times the weight of its rule"
    )

    @field_validator("points", "weights")
    @classmethod
    def names_are_complete(cls, table: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        """Refuse a table that misses a severity or rule, or names one that does not exist."""
        wanted = SEVERITIES if info.field_name == "points" else frozenset(RULES)
        if wanted != set(table):
            raise ValueError(f"must name exactly {', '.join(sorted(wanted))}")
        return table


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade and the points behind it."""

    grade: str
    points: float


def finding_points(finding: Finding, limits: GradeLimits) -> float:
    """Return what one finding costs: its severity's points by its rule's weight."""
    return limits.points[finding.severity.name] * limits.weights[finding.rule]


def why_ungraded(duration_seconds: float | None, not_judged: Collection[str], limits: GradeLimits) -> str | None:
    """Tell in plain words why a drive gets no grade; None when it gets one.

    Args:
        duration_seconds: how long the drive was, None when nobody knows.
        not_judged: names of the rules that could not judge it.
        limits: how short a drive may be.
    """
    if duration_seconds is None:
        return "the length of the drive is not known"
    if duration_seconds < limits.minimum_drive_seconds:
        return f"the drive is shorter than {duration_text(limits.minimum_drive_seconds)}"
    weighty = [rule for rule in RULES.values() if rule.is_weighty]
    if all(rule.name in not_judged for rule in weighty):
        return f"none of these could be judged: {', '.join(rule.title.lower() for rule in weighty)}"
    return None


def grade_drive(findings: Sequence[Finding], limits: GradeLimits) -> Grade:
    """Grade a drive by its findings."""
    points = round(sum(finding_points(finding, limits) for finding in findings), 6)
    if any(finding.severity is Severity.STOP for finding in findings):
        return Grade(limits.worst, points)
    reached = [
        step.grade for step in sorted(limits.steps, key=lambda step: step.up_to_points) if points <= step.up_to_points
    ]
    return Grade(reached[0] if reached else limits.worst, points)

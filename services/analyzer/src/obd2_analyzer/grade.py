"""One grade for a drive, from the points its findings cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from obd2_analyzer.facts.findings import Finding, Severity
from obd2_analyzer.thresholds import GradeLimits


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade and the points behind it."""

    grade: str
    points: float


def finding_points(finding: Finding, limits: GradeLimits) -> float:
    """Return what one finding costs: its severity's points by its rule's weight."""
    return limits.points[finding.severity.name] * limits.weights[finding.rule]


def grade_drive(findings: Sequence[Finding], duration_seconds: float | None, limits: GradeLimits) -> Grade | None:
    """Grade a drive by its findings; None for one too short or without known length."""
    if duration_seconds is None or duration_seconds < limits.minimum_drive_seconds:
        return None
    points = round(sum(finding_points(finding, limits) for finding in findings), 6)
    if any(finding.severity is Severity.STOP for finding in findings):
        return Grade(limits.worst, points)
    reached = [
        step.grade for step in sorted(limits.steps, key=lambda step: step.up_to_points) if points <= step.up_to_points
    ]
    return Grade(reached[0] if reached else limits.worst, points)

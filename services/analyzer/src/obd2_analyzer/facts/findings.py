"""What a rule found: a finding, and how severe findings are."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum

from obd2_analyzer.facts.episodes import Episode
from obd2_analyzer.facts.readings import datetime_of


class Severity(IntEnum):
    """How much a finding matters, least first."""

    WATCH = 1
    ALERT = 2
    INVESTIGATE = 3
    WARNING = 4
    STOP = 5


TIERS = (Severity.ALERT, Severity.WARNING, Severity.STOP)
"""The severities of a limit that is exceeded more and more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's finding in one drive: the number that did it, the limit it broke, and when."""

    rule: str
    signal: str
    severity: Severity
    value: float
    unit: str
    threshold: float
    sentence: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: float | None = None
    details: Mapping[str, float | int | str] = field(default_factory=dict)


def during(finding: Finding, episode: Episode) -> Finding:
    """Return the finding with the time it took."""
    return replace(
        finding,
        started_at=datetime_of(episode.started_at),
        ended_at=datetime_of(episode.ended_at),
        duration_seconds=episode.duration_seconds,
    )


def tier_down(severity: Severity) -> Severity | None:
    """Return the tier below, None below ALERT."""
    place = TIERS.index(severity)
    return TIERS[place - 1] if place else None


def worst(findings: list[Finding]) -> Finding | None:
    """Return the most severe finding, of equals the longest, then the earliest."""
    return max(
        findings,
        key=lambda found: (
            found.severity,
            found.duration_seconds or 0.0,
            -(found.started_at.timestamp() if found.started_at else 0.0),
        ),
        default=None,
    )


def number(value: float, decimals: int = 1) -> str:
    """Write a number for a sentence: rounded, without a trailing zero, never minus zero."""
    rounded = round(value, decimals) + 0.0
    return f"{rounded:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{rounded:.0f}"

"""What a rule finds in a drive made up for it."""

from collections.abc import Mapping, Sequence

from obd2_analyzer.drive_facts import DriveFacts, Surroundings, drive_facts
from obd2_analyzer.facts.findings import Finding, Severity
from obd2_analyzer.facts.history import History, PastDrive, PastStatistic
from obd2_analyzer.facts.readings import readings_from_rows
from obd2_analyzer.thresholds import load_thresholds
from support.drive_rows import DriveRow, Signal, between, drive_rows

THRESHOLDS = load_thresholds()
LOADED: dict[str, Signal] = {"ENGINE_LOAD": between(200, 220, 75.0, 35.0), "RPM": 4200.0}


def facts(rows: Sequence[DriveRow], *, history: History | None = None, ambient: float | None = None) -> DriveFacts:
    """Return the facts of a drive with these rows, by the thresholds as shipped."""
    around = Surroundings(history=history or History(), ambient_celsius=ambient)
    return drive_facts(readings_from_rows(rows), around, THRESHOLDS)


def found_in(
    rule: str,
    signals: Mapping[str, Signal],
    *,
    duration: float = 900.0,
    history: History | None = None,
    ambient: float | None = None,
    without: Sequence[str] = (),
) -> Finding | None:
    """Return what one rule finds in a drive with these signals."""
    rows = drive_rows(duration, signals=signals, without=without)
    findings = [finding for finding in facts(rows, history=history, ambient=ambient).findings if finding.rule == rule]
    return findings[0] if findings else None


def severity_of(finding: Finding | None) -> Severity | None:
    """Return a finding's severity, and none of none."""
    return None if finding is None else finding.severity


def past_drives(
    key: tuple[str, str], means: Sequence[float], sigma: float = 1.0, count: int = 500
) -> tuple[PastDrive, ...]:
    """Return earlier drives, one for each mean of a parameter in a scope."""
    return tuple(
        PastDrive(str(place), float(place), {key: PastStatistic(mean, sigma, count)})
        for place, mean in enumerate(means)
    )

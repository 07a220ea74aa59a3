"""A long-term fuel trim away from the reference drive, from the latest drives, or simply lean."""

from obd2_analyzer.facts.findings import Finding, Severity, number, worst
from obd2_analyzer.facts.history import baseline
from obd2_analyzer.facts.parameters import LONG_FUEL_TRIM_1
from obd2_analyzer.facts.signals import SCOPE_CLOSED_LOOP
from obd2_analyzer.facts.statistics import Statistic
from obd2_analyzer.rules.drive import DriveCase


def judge_ltft(case: DriveCase) -> Finding | None:
    """Judge the mean long-term trim in closed loop with a warm engine; too few samples give no judgement."""
    own = case.statistics.find(LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP)
    if own is None or own.sample_count < case.thresholds.ltft.minimum_samples:
        return None
    candidates = [_against_reference(own, case), _against_latest(own, case), _lean(own, case)]
    return worst([found for found in candidates if found is not None])


def _lean(own: Statistic, case: DriveCase) -> Finding | None:
    limit = case.thresholds.ltft.lean_percent
    if own.mean < limit:
        return None
    return _finding(own, Severity.WATCH, limit, f"at or above {number(limit)} %", "limit")


def _against_reference(own: Statistic, case: DriveCase) -> Finding | None:
    limits, reference = case.thresholds.ltft, case.history.reference
    held = None if reference is None else reference.statistics.get((LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP))
    if reference is None or held is None or held.sample_count < limits.minimum_samples:
        return None
    sigma = max(held.sigma, limits.sigma_floor_percent)
    distance = abs(own.mean - held.mean) / sigma
    if distance <= limits.watch_sigma:
        return None
    is_far = distance > limits.investigate_sigma
    allowed = (limits.investigate_sigma if is_far else limits.watch_sigma) * sigma
    threshold = held.mean + (allowed if own.mean > held.mean else -allowed)
    against = f"{_away(distance, held.mean)} of reference drive {reference.drive_key}"
    return _finding(own, Severity.INVESTIGATE if is_far else Severity.WATCH, threshold, against, "reference")


def _against_latest(own: Statistic, case: DriveCase) -> Finding | None:
    limits = case.thresholds.ltft
    past = case.history.past(
        LONG_FUEL_TRIM_1,
        SCOPE_CLOSED_LOOP,
        minimum_samples=limits.minimum_samples,
        newest=limits.rolling_drives,
    )
    known = baseline([held.mean for held in past])
    if known is None or known.drive_count < limits.rolling_drives:
        return None
    sigma = max(known.sigma, limits.sigma_floor_percent)
    distance = abs(own.mean - known.mean) / sigma
    if distance <= limits.watch_sigma:
        return None
    allowed = limits.watch_sigma * sigma
    threshold = known.mean + (allowed if own.mean > known.mean else -allowed)
    against = f"{_away(distance, known.mean)} of the last {known.drive_count} drives"
    return _finding(own, Severity.WATCH, threshold, against, "latest_drives")


def _away(distance_sigma: float, usual: float) -> str:
    return f"{number(distance_sigma)} standard deviations from the {number(usual, 2)} %"


def _finding(own: Statistic, severity: Severity, threshold: float, against: str, basis: str) -> Finding:
    direction = "lean: look for air leaks and fuel delivery" if own.mean >= threshold else "rich"
    sentence = (
        f"LONG_FUEL_TRIM_1 averaged {number(own.mean, 2)} % in closed loop with a warm engine, {against}; "
        f"the mixture has become {direction}."
    )
    return Finding(
        "ltft",
        LONG_FUEL_TRIM_1,
        severity,
        own.mean,
        "%",
        threshold,
        sentence,
        details={"sample_count": own.sample_count, "basis": basis},
    )

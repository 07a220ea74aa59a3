"""A warm idle less steady than the car's own."""

from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.facts.parameters import RPM
from obd2_analyzer.facts.signals import SCOPE_WARM_IDLE
from obd2_analyzer.rules.drive import DriveCase


def judge_idle(case: DriveCase) -> Finding | None:
    """Compare the spread of the warm idle speed with that of enough earlier drives."""
    limits = case.thresholds.idle
    own = case.statistics.find(RPM, SCOPE_WARM_IDLE)
    if own is None or own.sample_count < limits.minimum_samples:
        return None
    past = case.history.past(RPM, SCOPE_WARM_IDLE, minimum_samples=limits.minimum_samples)
    if len(past) < case.thresholds.history.minimum_drives:
        return None
    usual = max(sum(held.sigma for held in past) / len(past), limits.sigma_floor_rpm)
    threshold = limits.sigma_ratio * usual
    if own.sigma <= threshold:
        return None
    sentence = (
        f"RPM at warm idle spread by {number(own.sigma)} rpm around {number(own.mean, 0)} rpm, more than "
        f"{number(limits.sigma_ratio)} times the {number(usual)} rpm of {len(past)} earlier drives; "
        "look for a vacuum leak or a misfire."
    )
    return Finding(
        "idle",
        RPM,
        Severity.WATCH,
        own.sigma,
        "rpm",
        threshold,
        sentence,
        details={"sample_count": own.sample_count, "baseline_drives": len(past)},
    )

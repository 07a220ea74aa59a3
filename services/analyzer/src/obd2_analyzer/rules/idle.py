"""A warm idle less steady than the car's own."""

from statistics import median

from pydantic import Field, PositiveFloat, PositiveInt

from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, RPM, SPEED
from obd2_analyzer.facts.signals import SCOPE_WARM_IDLE, DriveSignals, warm_idle
from obd2_analyzer.facts.statistics import is_enough
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import too_few_drives, too_few_of, unread
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Scopes, Verdict
from obd2_analyzer.rules.shared_checks import AIR_LEAKS, IGNITION, THROTTLE


class IdleLimits(Limits):
    """Unsteadiness of the warm idle."""

    sigma_ratio: PositiveFloat = Field(2.0, description="this many times the usual spread is worth watching")
    sigma_floor_rpm: PositiveFloat = Field(10.0, description="a baseline steadier than this is taken as this")
    minimum_samples: PositiveInt = Field(30, description="readings a drive needs to be judged")


def judge_idle(case: DriveCase, limits: IdleLimits) -> Verdict:
    """Compare the spread of the warm idle speed with that of enough earlier drives."""
    absent = unread(case, RPM, SPEED, COOLANT_TEMP)
    if absent is not None:
        return absent
    own = case.statistics.find(RPM, SCOPE_WARM_IDLE)
    if own is None or not is_enough(own, limits.minimum_samples):
        return NotJudged(too_few_of("readings at warm idle", own, limits.minimum_samples))
    past = case.history.usual(RPM, SCOPE_WARM_IDLE, minimum_samples=limits.minimum_samples, drives=case.baseline_drives)
    if len(past) < case.minimum_drives:
        return too_few_drives(case, len(past))
    usual = max(median(earlier.sigma for earlier in past), limits.sigma_floor_rpm)
    threshold = limits.sigma_ratio * usual
    if own.sigma <= threshold:
        return ()
    sentence = (
        f"Engine speed at warm idle spread by {number(own.sigma)} rpm around {number(own.mean, 0)} rpm, more than "
        f"{number(limits.sigma_ratio)} times the {number(usual)} rpm of {len(past)} healthy earlier drives."
    )
    finding = Finding(
        "idle",
        RPM,
        Severity.WATCH,
        own.sigma,
        "rpm",
        threshold,
        sentence,
        details={"sample_count": own.sample_count, "baseline_drives": len(past)},
    )
    return (finding,)


def _scopes(signals: DriveSignals, _limits: IdleLimits) -> Scopes:
    return {(RPM, SCOPE_WARM_IDLE): warm_idle(signals)}


IDLE = Rule(
    name="idle",
    title="Warm idle",
    about="A warm idle that wanders more than twice as much as in the car's earlier drives: WATCH.",
    category=Category.MECHANICAL,
    focus=frozenset({"mechanical", "idle", "baseline"}),
    parameters=(RPM, SPEED, COOLANT_TEMP),
    weight=0.8,
    limits=IdleLimits(),
    judge=judge_idle,
    checks=(
        AIR_LEAKS,
        THROTTLE,
        IGNITION,
    ),
    scopes=_scopes,
)

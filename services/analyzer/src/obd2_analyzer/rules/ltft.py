"""A long-term fuel trim away from the reference drive, from the latest drives, or simply lean."""

from pydantic import Field, PositiveFloat, PositiveInt

from obd2_analyzer.facts.findings import Finding, Severity, number, worst
from obd2_analyzer.facts.history import baseline
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, FUEL_SYSTEM_STATUS, LONG_FUEL_TRIM_1, SPEED
from obd2_analyzer.facts.signals import SCOPE_CLOSED_LOOP, DriveSignals, is_standstill, trims_that_count
from obd2_analyzer.facts.statistics import Statistic, is_enough
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import too_few
from obd2_analyzer.rules.rule import Category, Rule, Scopes, Verdict, single


class LtftLimits(Limits):
    """Long-term trim against the reference drive and the latest drives."""

    lean_percent: float = Field(2.0, description="a mean from here on is lean and worth watching")
    watch_sigma: PositiveFloat = Field(2.0, description="so many standard deviations away is worth watching")
    investigate_sigma: PositiveFloat = Field(3.0, description="so many away from the reference drive is looked into")
    sigma_floor_percent: PositiveFloat = Field(
        0.78125, description="the least standard deviation: one step of the sensor"
    )
    rolling_drives: PositiveInt = Field(5, description="latest drives that are compared with")
    minimum_samples: PositiveInt = Field(200, description="readings a drive needs to be judged")
    idle_lock_percent: float = Field(
        -6.25, description="a value the engine computer may hold at standstill; it says nothing"
    )


def judge_ltft(case: DriveCase, limits: LtftLimits) -> Verdict:
    """Judge the mean long-term trim in closed loop with a warm engine; too few samples give no judgement."""
    own = case.statistics.find(LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP)
    if own is None or not is_enough(own, limits.minimum_samples):
        return too_few(case, LONG_FUEL_TRIM_1, own, limits.minimum_samples)
    candidates = [_against_reference(own, case, limits), _against_latest(own, case, limits), _lean(own, limits)]
    return single(worst([found for found in candidates if found is not None]))


def _lean(own: Statistic, limits: LtftLimits) -> Finding | None:
    limit = limits.lean_percent
    if own.mean < limit:
        return None
    return _finding(own, Severity.WATCH, limit, f"at or above {number(limit)} %", "limit")


def _against_reference(own: Statistic, case: DriveCase, limits: LtftLimits) -> Finding | None:
    reference = case.history.reference
    chosen = None if reference is None else reference.statistics.get((LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP))
    if reference is None or chosen is None or not is_enough(chosen, limits.minimum_samples):
        return None
    sigma = max(chosen.sigma, limits.sigma_floor_percent)
    distance = abs(own.mean - chosen.mean) / sigma
    if distance <= limits.watch_sigma:
        return None
    is_far = distance > limits.investigate_sigma
    allowed = (limits.investigate_sigma if is_far else limits.watch_sigma) * sigma
    threshold = chosen.mean + (allowed if own.mean > chosen.mean else -allowed)
    against = f"{_away(distance, chosen.mean)} of reference drive {reference.drive_key}"
    return _finding(own, Severity.INVESTIGATE if is_far else Severity.WATCH, threshold, against, "reference")


def _against_latest(own: Statistic, case: DriveCase, limits: LtftLimits) -> Finding | None:
    past = case.history.past(
        LONG_FUEL_TRIM_1,
        SCOPE_CLOSED_LOOP,
        minimum_samples=limits.minimum_samples,
        newest=limits.rolling_drives,
    )
    known = baseline([earlier.mean for earlier in past])
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


def _scopes(signals: DriveSignals, limits: LtftLimits) -> Scopes:
    trim = trims_that_count(signals, LONG_FUEL_TRIM_1)
    is_locked = (trim.values == limits.idle_lock_percent) & is_standstill(signals, trim)
    return {(LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP): trim.take(~is_locked)}


LTFT = Rule(
    name="ltft",
    title="Long-term fuel trim",
    about=(
        "What the engine computer has learnt to add or take away, as the mean of a drive in closed loop with a warm "
        "engine: WATCH from +2 % on (lean), and more than two standard deviations away from the reference drive or the "
        "latest drives; INVESTIGATE more than three away from the reference drive."
    ),
    category=Category.FUELING,
    focus=frozenset({"fueling", "fuel", "baseline"}),
    parameters=(LONG_FUEL_TRIM_1, FUEL_SYSTEM_STATUS, COOLANT_TEMP, SPEED),
    weight=1.0,
    is_weighty=True,
    limits=LtftLimits(),
    judge=judge_ltft,
    checks=(
        Check(
            "ltft.leaks", "With the engine off and cold, look for cracked or loose hoses between air filter and engine."
        ),
        Check("ltft.smoke_test", "Have the intake tested for leaks with smoke."),
        Check("ltft.fuel_pressure", "Have fuel pressure and fuel filter tested; do not open fuel lines yourself."),
        Check("ltft.air_mass", "Have the air mass sensor inspected and cleaned with a cleaner made for it."),
    ),
    scopes=_scopes,
)

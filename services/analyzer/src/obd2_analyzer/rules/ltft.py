"""A long-term fuel trim away from the reference drive, from the latest drives, or simply lean."""

from dataclasses import dataclass

from pydantic import Field, PositiveFloat, PositiveInt

from obd2_analyzer.facts.findings import Finding, Severity, number, worst
from obd2_analyzer.facts.history import baseline
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, FUEL_SYSTEM_STATUS, LONG_FUEL_TRIM_1, SPEED
from obd2_analyzer.facts.signals import (
    SCOPE_CLOSED_LOOP,
    DriveSignals,
    is_standstill,
    knows_closed_loop,
    trims_that_count,
)
from obd2_analyzer.facts.statistics import Statistic, is_enough
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import counted_when, too_few
from obd2_analyzer.rules.rule import Category, Rule, Scopes, Verdict, single
from obd2_analyzer.rules.shared_checks import AIR_LEAKS, AIR_MASS_SENSOR, FUEL_PRESSURE


class LtftLimits(Limits):
    """Long-term trim against the reference drive and the latest drives."""

    lean_percent: float = Field(2.0, description="a mean from here on is lean and worth watching")
    lean_of_unknown_loop_percent: float = Field(
        5.0, description="the same if the car does not report closed loop, so that open loop is included"
    )
    watch_sigma: PositiveFloat = Field(2.0, description="this many standard deviations away is worth watching")
    investigate_sigma: PositiveFloat = Field(3.0, description="this many from the reference drive is to be looked into")
    sigma_floor_percent: PositiveFloat = Field(
        0.78125, description="a smaller standard deviation is taken as this: one step of the sensor"
    )
    rolling_drives: PositiveInt = Field(5, description="latest drives that are compared with")
    minimum_samples: PositiveInt = Field(200, description="readings a drive needs to be judged")
    idle_lock_percent: float = Field(
        -6.25, description="a value the engine computer may keep at standstill; it is ignored"
    )


@dataclass(frozen=True, slots=True)
class _Exceeded:
    """What a mean lies beyond: the limit in percent, how severe that is, and both in words."""

    severity: Severity
    threshold: float
    against: str
    basis: str


def judge_ltft(case: DriveCase, limits: LtftLimits) -> Verdict:
    """Judge the mean long-term trim in closed loop with a warm engine; too few samples give no judgement."""
    own = case.statistics.find(LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP)
    if own is None or not is_enough(own, limits.minimum_samples):
        return too_few(case, LONG_FUEL_TRIM_1, own, limits.minimum_samples)
    candidates = (_reference(own, case, limits), _latest(own, case, limits), _lean(own, case, limits))
    return single(worst([_finding(own, case, exceeded) for exceeded in candidates if exceeded is not None]))


def _lean(own: Statistic, case: DriveCase, limits: LtftLimits) -> _Exceeded | None:
    limit = limits.lean_percent if knows_closed_loop(case.signals) else limits.lean_of_unknown_loop_percent
    return _Exceeded(Severity.WATCH, limit, f"at or above {number(limit)} %", "limit") if own.mean >= limit else None


def _reference(own: Statistic, case: DriveCase, limits: LtftLimits) -> _Exceeded | None:
    reference = case.history.reference
    chosen = None if reference is None else reference.statistics.get((LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP))
    if reference is None or chosen is None or not is_enough(chosen, limits.minimum_samples):
        return None
    sigma = max(chosen.sigma, limits.sigma_floor_percent)
    distance = abs(own.mean - chosen.mean) / sigma
    watch = _watch_sigma(case, limits)
    if distance <= watch:
        return None
    is_far = distance > limits.investigate_sigma
    severity = Severity.INVESTIGATE if is_far else Severity.WATCH
    threshold = _edge(own.mean, chosen.mean, (limits.investigate_sigma if is_far else watch) * sigma)
    against = f"{_away(distance, chosen.mean)} of reference drive {reference.drive_key}"
    return _Exceeded(severity, threshold, against, "reference")


def _latest(own: Statistic, case: DriveCase, limits: LtftLimits) -> _Exceeded | None:
    past = case.history.past(
        LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP, minimum_samples=limits.minimum_samples, newest=limits.rolling_drives
    )
    known = baseline([earlier.mean for earlier in past])
    if known is None or known.drive_count < limits.rolling_drives:
        return None
    sigma = max(known.sigma, limits.sigma_floor_percent)
    distance = abs(own.mean - known.mean) / sigma
    watch = _watch_sigma(case, limits)
    if distance <= watch:
        return None
    against = f"{_away(distance, known.mean)} of the last {known.drive_count} drives"
    return _Exceeded(Severity.WATCH, _edge(own.mean, known.mean, watch * sigma), against, "latest_drives")


def _watch_sigma(case: DriveCase, limits: LtftLimits) -> float:
    """Return from where on a distance is worth watching; with open loop among the samples a mean wanders more."""
    return limits.watch_sigma if knows_closed_loop(case.signals) else limits.investigate_sigma


def _edge(mean: float, usual: float, allowed: float) -> float:
    return usual + (allowed if mean > usual else -allowed)


def _away(distance_sigma: float, usual: float) -> str:
    return f"{number(distance_sigma)} standard deviations from the {number(usual, 2)} %"


def _finding(own: Statistic, case: DriveCase, exceeded: _Exceeded) -> Finding:
    direction = "lean" if own.mean >= exceeded.threshold else "rich"
    sentence = (
        f"Long-term fuel trim averaged {number(own.mean, 2)} % {counted_when(case)}, {exceeded.against}; "
        f"the mixture has become {direction}."
    )
    return Finding(
        "ltft",
        LONG_FUEL_TRIM_1,
        exceeded.severity,
        own.mean,
        "%",
        exceeded.threshold,
        sentence,
        details={"sample_count": own.sample_count, "basis": exceeded.basis},
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
        "latest drives; INVESTIGATE more than three away from the reference drive. Where the car does not tell whether "
        "the loop is closed, all of a warm engine counts and lean begins at +5 %."
    ),
    category=Category.FUELING,
    focus=frozenset({"fueling", "fuel", "baseline"}),
    parameters=(LONG_FUEL_TRIM_1, FUEL_SYSTEM_STATUS, COOLANT_TEMP, SPEED),
    weight=1.0,
    is_weighty=True,
    limits=LtftLimits(),
    judge=judge_ltft,
    checks=(
        AIR_LEAKS,
        Check("ltft.smoke_test", "Have the intake tested for leaks with smoke."),
        FUEL_PRESSURE,
        AIR_MASS_SENSOR,
    ),
    scopes=_scopes,
)

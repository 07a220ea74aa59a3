"""A signal that has moved slowly, over many drives, away from where the car began."""

from dataclasses import dataclass
from datetime import date
from statistics import median

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.facts.history import robust_baseline
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import BATTERY_V, COOLANT_TEMP, LONG_FUEL_TRIM_1, RPM, SPEED
from obd2_analyzer.facts.readings import datetime_of
from obd2_analyzer.facts.signals import SCOPE_CLOSED_LOOP, SCOPE_WARM_IDLE, DriveSignals, is_warm, value_nearest
from obd2_analyzer.facts.statistics import is_enough
from obd2_analyzer.facts.trends import pearson
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Scopes, Verdict
from obd2_common.plain_names import plain_name

SCOPE_RUNNING = "engine_running"
SCOPE_WARM_DRIVING = "warm_driving"
RUNNING_RPM = 500.0

Course = list[tuple[float, float]]
"""(start in seconds since 1970, mean) of every drive with a signal, oldest first."""


class DriftLimits(Limits):
    """How far a signal may move from where the car began."""

    minimum_drives: PositiveInt = Field(10, description="drives with the signal before it is judged")
    latest_drives: PositiveInt = Field(3, description="drives whose median says where the signal is now")
    minimum_samples: PositiveInt = Field(30, description="readings a drive needs to count")
    sigma: PositiveFloat = Field(3.0, description="the least change, in standard deviations of the first drives")
    correlation: PositiveFloat = Field(0.7, description="and this steadily, as Pearson's r over the drives")
    long_term_trim_percent: PositiveFloat = Field(3.0, description="the least change of the long-term fuel trim")
    system_volts: PositiveFloat = Field(0.4, description="system voltage with the engine running")
    coolant_celsius: PositiveFloat = Field(5.0, description="coolant temperature of a warm car on the road")
    idle_rpm: PositiveFloat = Field(100.0, description="engine speed at warm idle")


@dataclass(frozen=True, slots=True)
class _Watched:
    """A signal in the scope in which it should stay where it is, and how far it may move."""

    parameter: str
    scope: str
    unit: str
    when: str
    allowed: float


def judge_drift(case: DriveCase, limits: DriftLimits) -> Verdict:
    """Compare the latest drives with the first healthy ones of the era, signal by signal."""
    watched = (
        _Watched(LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP, "%", "with a warm engine", limits.long_term_trim_percent),
        _Watched(BATTERY_V, SCOPE_RUNNING, "V", "with the engine running", limits.system_volts),
        _Watched(COOLANT_TEMP, SCOPE_WARM_DRIVING, "°C", "on the road with a warm engine", limits.coolant_celsius),
        _Watched(RPM, SCOPE_WARM_IDLE, "rpm", "at warm idle", limits.idle_rpm),
    )
    courses = [(signal, course) for signal in watched if (course := _course(case, signal, limits)) is not None]
    if not courses:
        return NotJudged(f"no signal that should stay where it is was read in {limits.minimum_drives} drives yet")
    found = [_finding(case, signal, course, limits) for signal, course in courses]
    return tuple(finding for finding in found if finding is not None)


def _course(case: DriveCase, signal: _Watched, limits: DriftLimits) -> Course | None:
    """Return where a signal went over the drives, this one last; None while there are too few."""
    key = signal.parameter, signal.scope
    own = case.statistics.find(*key)
    if own is None or case.started_at is None or not is_enough(own, limits.minimum_samples):
        return None
    drives = {drive.drive_key: drive for drive in (*case.history.first, *case.history.drives)}
    past = sorted(
        (drive.started_at, known.mean)
        for drive in drives.values()
        if (known := drive.statistics.get(key)) is not None and is_enough(known, limits.minimum_samples)
    )
    course = [*past, (case.started_at, own.mean)]
    return course if len(course) >= limits.minimum_drives else None


def _finding(case: DriveCase, signal: _Watched, course: Course, limits: DriftLimits) -> Finding | None:
    means = [mean for _, mean in course]
    usual = robust_baseline(means[: min(case.baseline_drives, len(means) // 2)])
    steadiness = pearson(np.arange(len(means), dtype=np.float64), np.array(means))
    if usual is None or steadiness is None:
        return None
    now = median(means[-limits.latest_drives :])
    moved, allowed = now - usual.mean, max(signal.allowed, limits.sigma * usual.sigma)
    if abs(moved) < allowed or abs(steadiness) < limits.correlation or steadiness * moved < 0:
        return None
    begun, ended = _day(course[0][0]), _day(course[-1][0])
    sentence = (
        f"{plain_name(signal.parameter).capitalize()} {signal.when} has {'risen' if moved > 0 else 'fallen'} from "
        f"{number(usual.mean, 2)} {signal.unit} ({begun}) to {number(now, 2)} {signal.unit} ({ended}) over "
        f"{len(means)} drives; a slow change like this has a cause worth finding."
    )
    return Finding(
        "drift",
        signal.parameter,
        Severity.WATCH,
        now,
        signal.unit,
        usual.mean + (allowed if moved > 0 else -allowed),
        sentence,
        details={
            "first_value": usual.mean,
            "first_day": begun.isoformat(),
            "last_value": now,
            "last_day": ended.isoformat(),
            "drives": len(means),
        },
    )


def _day(seconds: float) -> date:
    return datetime_of(seconds).date()


def _scopes(signals: DriveSignals, _limits: DriftLimits) -> Scopes:
    volts, coolant = signals.of(BATTERY_V), signals.of(COOLANT_TEMP)
    reach = signals.sampling.neighbour_seconds
    is_running = value_nearest(signals.of(RPM), volts, reach) >= RUNNING_RPM
    is_driving = is_warm(signals, coolant) & (value_nearest(signals.of(SPEED), coolant, reach) > 0)
    return {
        (BATTERY_V, SCOPE_RUNNING): volts.take(is_running),
        (COOLANT_TEMP, SCOPE_WARM_DRIVING): coolant.take(is_driving),
    }


DRIFT = Rule(
    name="drift",
    title="Slow change over many drives",
    about=(
        "Long-term fuel trim, charging voltage, coolant temperature on the road or warm idle speed that has moved "
        "steadily away from where the first healthy drives of the era had it: WATCH, with first and last value and "
        "their days. A fault that grows slowly does not become the car's normal that way."
    ),
    category=Category.BASELINE,
    focus=frozenset({"baseline", "trend", "drift"}),
    parameters=(LONG_FUEL_TRIM_1, BATTERY_V, COOLANT_TEMP, RPM, SPEED),
    weight=1.0,
    limits=DriftLimits(),
    judge=judge_drift,
    checks=(
        Check("drift.work", "Think of work done on the car since then; begin a new era when it explains the change."),
        Check("drift.inspection", "Have the system behind the signal looked at on the next visit to a workshop."),
    ),
    scopes=_scopes,
)

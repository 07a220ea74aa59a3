"""What a car's own first healthy drives teach: limits a little wider where it lives close by, and what is usual."""

from dataclasses import dataclass

from obd2_analyzer.facts.history import Baseline, History, robust_baseline
from obd2_analyzer.facts.limits import HistoryLimits
from obd2_analyzer.facts.parameters import BATTERY_V, COOLANT_TEMP, LONG_FUEL_TRIM_1, RPM, SHORT_FUEL_TRIM_1
from obd2_analyzer.facts.signals import SCOPE_CLOSED_LOOP, SCOPE_WARM_IDLE
from obd2_analyzer.rules.drift import SCOPE_RUNNING, SCOPE_WARM_DRIVING
from obd2_analyzer.thresholds import Thresholds, thresholds_with

SPREADS = 3.0
"""So many robust standard deviations around the median a healthy drive may lie."""
WIDENED_AT_MOST = 1.5
"""A limit is widened to at most so many times itself: a fault there from the first drive on stays a fault."""


@dataclass(frozen=True, slots=True)
class Learnable:
    """A limit no harm comes from when it is wider: a WATCH, in no rule about heat, voltage or knock."""

    rule: str
    limit: str
    parameter: str
    is_either_way: bool = False


LEARNABLE = (
    Learnable("ltft", "lean_percent", LONG_FUEL_TRIM_1),
    Learnable("ltft", "lean_of_unknown_loop_percent", LONG_FUEL_TRIM_1),
    Learnable("stft", "centred_percent", SHORT_FUEL_TRIM_1, is_either_way=True),
)
LEARNING_RULES = frozenset(each.rule for each in LEARNABLE)

USUAL_SIGNALS = (
    (COOLANT_TEMP, SCOPE_WARM_DRIVING, "on the road with a warm engine", "°C"),
    (BATTERY_V, SCOPE_RUNNING, "with the engine running", "V"),
    (LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP, "with a warm engine", "%"),
    (SHORT_FUEL_TRIM_1, SCOPE_CLOSED_LOOP, "with a warm engine", "%"),
    (RPM, SCOPE_WARM_IDLE, "at warm idle", "rpm"),
)
"""Signals of which a car's usual range is told: parameter, scope, when in words, unit."""


@dataclass(frozen=True, slots=True)
class LearnedLimit:
    """A limit as the car's own drives widen it."""

    rule: str
    limit: str
    value: float
    drive_count: int


@dataclass(frozen=True, slots=True)
class UsualRange:
    """Where the mean of a healthy drive of this car lies."""

    parameter: str
    when: str
    unit: str
    low: float
    high: float
    drive_count: int


def learned_limits(thresholds: Thresholds, history: History) -> tuple[LearnedLimit, ...]:
    """Return the limits that the first healthy drives of an era widen.

    A drive counts for a limit when the rule found nothing in it, so that what is found from the first drive on is never
    learned away. Nothing is narrowed.
    """
    found = []
    for each in LEARNABLE:
        limits = thresholds.rules[each.rule]
        shipped = getattr(limits, each.limit)
        key = each.parameter, SCOPE_CLOSED_LOOP
        usual = _usual(history, key, thresholds.history, minimum_samples=limits.minimum_samples, fine_by=each.rule)
        if usual is None:
            continue
        middle = abs(usual.mean) if each.is_either_way else usual.mean
        reached = round(min(middle + SPREADS * usual.sigma, WIDENED_AT_MOST * shipped), 2)
        if reached > shipped:
            found.append(LearnedLimit(each.rule, each.limit, reached, usual.drive_count))
    return tuple(found)


def with_learned(thresholds: Thresholds, learned: tuple[LearnedLimit, ...]) -> Thresholds:
    """Return limits with learned ones in their place."""
    if not learned:
        return thresholds
    return thresholds_with(thresholds.model_dump(), *({each.rule: {each.limit: each.value}} for each in learned))


def learned_origins(learned: tuple[LearnedLimit, ...]) -> dict[str, str]:
    """Return where learned limits come from, in words, by their whole names."""
    return {f"{each.rule}.{each.limit}": f"learned from {each.drive_count} drives" for each in learned}


def usual_ranges(thresholds: Thresholds, history: History) -> list[UsualRange]:
    """Return the usual range of every signal that enough healthy drives of an era have."""
    samples = thresholds.rules["drift"].minimum_samples
    found = []
    for parameter, scope, when, unit in USUAL_SIGNALS:
        usual = _usual(history, (parameter, scope), thresholds.history, minimum_samples=samples)
        if usual is not None:
            reach = SPREADS * usual.sigma
            found.append(UsualRange(parameter, when, unit, usual.mean - reach, usual.mean + reach, usual.drive_count))
    return found


def _usual(
    history: History, key: tuple[str, str], limits: HistoryLimits, *, minimum_samples: int, fine_by: str = ""
) -> Baseline | None:
    past = history.usual(*key, minimum_samples=minimum_samples, drives=limits.baseline_drives, fine_by=fine_by)
    usual = robust_baseline([each.mean for each in past])
    return usual if usual is not None and usual.drive_count >= limits.minimum_drives else None

"""A catalyst that no longer stores oxygen: the sensor behind it swings like the one before it."""

from dataclasses import dataclass

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, FUEL_SYSTEM_STATUS, O2_B1S1, O2_B1S2
from obd2_analyzer.facts.readings import Booleans, Floats, Series
from obd2_analyzer.facts.signals import is_closed_loop, is_warm, knows_closed_loop
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import counted_when, never_closed_loop, unread
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Verdict
from obd2_analyzer.rules.shared_checks import CATALYST_TEST, EXHAUST

LEAN_TO_RICH_VOLTS = 0.45


class CatalystLimits(Limits):
    """The swing of the rear oxygen sensor beside that of the front one."""

    window_seconds: PositiveFloat = Field(60.0, description="the sensors are compared in stretches of this length")
    minimum_windows: PositiveInt = Field(5, description="stretches a drive needs to be judged")
    minimum_samples: PositiveInt = Field(10, description="readings of either sensor a stretch needs")
    front_swing_volts: PositiveFloat = Field(
        0.3, description="stretches in which the front sensor swings less are left out"
    )
    swing_share: PositiveFloat = Field(0.7, description="the rear sensor swings like the front one from this share on")
    switching_share: PositiveFloat = Field(0.5, description="and changes between lean and rich this often beside it")
    window_share: PositiveFloat = Field(0.8, description="in at least this share of the stretches")


@dataclass(frozen=True, slots=True)
class _Window:
    """How both sensors behaved in one stretch: swing in volts, share of readings at which lean and rich changed."""

    front_swing: float
    rear_swing: float
    front_switching: float
    rear_switching: float


def judge_catalyst(case: DriveCase, limits: CatalystLimits) -> Verdict:
    """Compare both sensors stretch by stretch in closed loop with a warm engine."""
    absent = unread(case, O2_B1S2, O2_B1S1, COOLANT_TEMP)
    if absent is not None:
        return absent
    front, rear = case.signals.of(O2_B1S1), case.signals.of(O2_B1S2)
    counted = _counted(case, front), _counted(case, rear)
    if not counted[1].any():
        return never_closed_loop(case, O2_B1S2)
    windows = [
        window
        for window in _windows(front.take(counted[0]), rear.take(counted[1]), case.signals.started_at, limits)
        if window.front_swing >= limits.front_swing_volts
    ]
    if len(windows) < limits.minimum_windows:
        return NotJudged(
            f"the front oxygen sensor swung in {len(windows)} stretches of {number(limits.window_seconds)} s only; "
            f"{limits.minimum_windows} are needed"
        )
    alike = [window for window in windows if _is_alike(window, limits)]
    if len(alike) < limits.window_share * len(windows):
        return ()
    share = float(np.median([window.rear_swing / window.front_swing for window in windows]))
    sentence = (
        f"The oxygen sensor behind the catalyst swung like the one before it in {len(alike)} of {len(windows)} minutes "
        f"{counted_when(case)}, with {number(100 * share, 0)} % of its swing; the catalyst hardly works."
    )
    finding = Finding(
        "catalyst",
        O2_B1S2,
        Severity.ALERT if knows_closed_loop(case.signals) else Severity.WATCH,
        100 * share,
        "%",
        100 * limits.swing_share,
        sentence,
        details={"windows": len(windows), "windows_alike": len(alike)},
    )
    return (finding,)


def _counted(case: DriveCase, sensor: Series) -> Booleans:
    return is_closed_loop(case.signals, sensor) & is_warm(case.signals, sensor)


def _windows(front: Series, rear: Series, started_at: float, limits: CatalystLimits) -> list[_Window]:
    first, second = (np.floor((sensor.times - started_at) / limits.window_seconds) for sensor in (front, rear))
    found = []
    for window in np.intersect1d(first, second):
        before, behind = front.values[first == window], rear.values[second == window]
        if min(len(before), len(behind)) >= limits.minimum_samples:
            found.append(_Window(_swing(before), _swing(behind), _switching(before), _switching(behind)))
    return found


def _swing(volts: Floats) -> float:
    low, high = np.percentile(volts, (5, 95))
    return float(high - low)


def _switching(volts: Floats) -> float:
    is_rich = volts > LEAN_TO_RICH_VOLTS
    return float((is_rich[1:] != is_rich[:-1]).mean())


def _is_alike(window: _Window, limits: CatalystLimits) -> bool:
    swings = window.rear_swing >= limits.swing_share * window.front_swing
    return swings and window.rear_switching >= limits.switching_share * window.front_switching > 0


CATALYST = Rule(
    name="catalyst",
    title="Catalyst",
    about=(
        "A rear oxygen sensor that swings like the front one, in closed loop with a warm engine: ALERT. A working "
        "catalyst stores oxygen, so that the sensor behind it hardly moves. Where the car does not tell whether the "
        "loop is closed: WATCH."
    ),
    category=Category.DIAGNOSTIC,
    focus=frozenset({"diagnostic", "sensors", "catalyst", "emissions", "exhaust"}),
    parameters=(O2_B1S2, O2_B1S1, FUEL_SYSTEM_STATUS, COOLANT_TEMP),
    weight=0.8,
    limits=CatalystLimits(),
    judge=judge_catalyst,
    checks=(
        EXHAUST,
        CATALYST_TEST,
    ),
)

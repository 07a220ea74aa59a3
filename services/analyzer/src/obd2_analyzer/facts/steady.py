"""Samples taken while the engine pulled steadily: no gear change, no foot that moves, no clutch that slips."""

from dataclasses import dataclass

import numpy as np

from obd2_analyzer.facts.parameters import COOLANT_TEMP, ENGINE_LOAD, RPM, THROTTLE_POS
from obd2_analyzer.facts.readings import Booleans, Floats, Series
from obd2_analyzer.facts.signals import DriveSignals, band_name, is_warm, value_nearest

WINDOW_SECONDS = 2.0
"""So far before and after a sample nothing may change."""

THROTTLE_SPAN_PERCENT = 10.0
LOAD_SPAN_PERCENT = 20.0
"""How far throttle, or load where no throttle is read, may move within the window."""

REV_DROP_SHARE = 0.1
"""Engine speed that falls by more from one reading to the next is a gear change."""


@dataclass(frozen=True, slots=True)
class LoadRange:
    """From a load in percent to below another, at an engine speed that pulls cleanly."""

    from_percent: float
    below_percent: float
    minimum_rpm: float


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """What a signal read around each sample of another, NaN where that is not known."""

    lowest: Floats
    highest: Floats
    largest_drop: Floats


def steady_bands(signals: DriveSignals, target: Series, loads: LoadRange) -> list[str | None]:
    """Name the engine speed and load band of each sample taken while the engine pulled steadily, None elsewhere.

    Load and engine speed lie in range from the reading before the window to the one after it. A warm engine is asked
    for where the coolant temperature is read.
    """
    load, rpm = _around(signals, ENGINE_LOAD, target), _around(signals, RPM, target)
    in_range = (load.lowest >= loads.from_percent) & (load.highest < loads.below_percent)
    counted = in_range & (rpm.lowest >= loads.minimum_rpm) & (rpm.largest_drop <= REV_DROP_SHARE * rpm.highest)
    counted &= _is_foot_still(signals, target, load)
    if len(signals.of(COOLANT_TEMP)):
        counted &= is_warm(signals, target)
    reach = signals.sampling.neighbour_seconds
    speeds = value_nearest(signals.of(RPM), target, reach)
    shares = value_nearest(signals.of(ENGINE_LOAD), target, reach)
    counted &= np.isfinite(speeds) & np.isfinite(shares)
    return [
        band_name(speed, share, signals.sampling) if is_counted else None
        for speed, share, is_counted in zip(speeds.tolist(), shares.tolist(), counted.tolist(), strict=True)
    ]


def _is_foot_still(signals: DriveSignals, target: Series, load: _Around) -> Booleans:
    throttle = _around(signals, THROTTLE_POS, target)
    span = throttle.highest - throttle.lowest
    still: Booleans = np.where(
        np.isfinite(span), span <= THROTTLE_SPAN_PERCENT, load.highest - load.lowest <= LOAD_SPAN_PERCENT
    )
    return still


def _around(signals: DriveSignals, parameter: str, target: Series) -> _Around:
    """Return the extremes of a signal from its last reading before each sample's window to its first behind it."""
    signal, reach = signals.of(parameter), signals.sampling.neighbour_seconds
    unknown = np.full(len(target), np.nan)
    if not len(signal) or not len(target):
        return _Around(unknown, unknown, unknown)
    times = np.maximum.accumulate(signal.times)
    first = np.searchsorted(times, target.times - WINDOW_SECONDS, side="right") - 1
    last = np.searchsorted(times, target.times + WINDOW_SECONDS, side="left")
    is_known = (first >= 0) & (last < len(signal))
    first, last = np.clip(first, 0, len(signal) - 1), np.clip(last, 0, len(signal) - 1)
    is_known &= (target.times - times[first] <= reach) & (times[last] - target.times <= reach)
    lowest, highest = signal.values[first], signal.values[first]
    largest_drop = np.zeros(len(target))
    previous = signal.values[first]
    for step in range(1, int((last - first).max()) + 1):
        value = signal.values[np.minimum(first + step, last)]
        lowest, highest = np.minimum(lowest, value), np.maximum(highest, value)
        largest_drop = np.maximum(largest_drop, previous - value)
        previous = value
    return _Around(*(np.where(is_known, found, np.nan) for found in (lowest, highest, largest_drop)))

"""Which readings of a drive can be used: those with a unit we know and a value the car can have.

The others stay as rows. They are left out of everything computed and counted by what is wrong with them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from obd2_analyzer.facts.episodes import find_episodes
from obd2_analyzer.facts.parameters import RPM, SPEED
from obd2_analyzer.facts.physics import OUTSIDE_AIR, Physics, physics_of
from obd2_analyzer.facts.readings import Booleans, Floats, Readings, Series
from obd2_analyzer.facts.series import series_by_parameter, unknown_units

UNIT_UNKNOWN = "unit_unknown"
OUT_OF_RANGE = "out_of_range"
AT_RAIL = "at_rail"
GLITCH = "glitch"
CLOCK = "clock"
ENGINE_OFF = "engine_off_while_driving"

WHOLE_SECONDS_SLACK = 0.5
"""How much longer than their stamps say two samples may be apart, where stamps have whole seconds."""

SAMPLES_AROUND = 3
"""A glitch and a sample on either side of it."""

DRIVING_KMH = 10.0
ENGINE_OFF_SECONDS = 60.0
ENGINE_OFF_HOLE_SECONDS = 15.0
HYBRID_RESTARTS = 2
"""An engine that starts so often while the car moves belongs to a hybrid."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows of a drive that stay but are used for nothing: why, of which parameter (None: of any), and how many."""

    reason: str
    parameter: str | None
    unit: str | None
    row_count: int


@dataclass(frozen=True, slots=True, eq=False)
class Usable:
    """A drive's series without what cannot be used.

    ``at_rail`` holds every sample, as read, of the parameters that were at the end of their scale at least once.
    """

    series: Mapping[str, Series]
    left_out: tuple[LeftOut, ...]
    at_rail: Mapping[str, Series]


def usable_series(readings: Readings) -> Usable:
    """Split one drive's rows by parameter, without values whose unit nobody knows and those a car cannot have."""
    left_out = [LeftOut(UNIT_UNKNOWN, name, text, count) for (name, text), count in unknown_units(readings).items()]
    found: dict[str, Series] = {}
    at_rail: dict[str, Series] = {}
    for name, series in series_by_parameter(readings).items():
        faults = _implausible(series.times, series.values, physics_of(name, series.unit))
        if AT_RAIL in faults:
            at_rail[name] = series
        kept = _without(series, faults, left_out)
        if len(kept):
            found[name] = kept
    if RPM in found and SPEED in found:
        off = _engine_off_while_driving(found[RPM], found[SPEED])
        found[RPM] = _without(found[RPM], {ENGINE_OFF: off} if off.any() else {}, left_out)
        if not len(found[RPM]):
            del found[RPM]
    return Usable(found, tuple(left_out), at_rail)


def wrong_times(readings: Readings) -> tuple[LeftOut, ...]:
    """Count the rows of whose time nothing is used; there is one entry at most."""
    count = int(readings.has_wrong_time.sum())
    return (LeftOut(CLOCK, None, None, count),) if count else ()


def plausible_ambient(celsius: float | None) -> float | None:
    """Return the temperature of the air outside as the Pi noted it, None where no air is that warm or cold."""
    if celsius is None:
        return None
    value = np.array([celsius])
    return None if _implausible(np.array([np.nan]), value, OUTSIDE_AIR) else celsius


def _without(series: Series, faults: Mapping[str, Booleans], left_out: list[LeftOut]) -> Series:
    if not faults:
        return series
    kept = np.ones(len(series), dtype=bool)
    for reason, samples in faults.items():
        left_out.append(LeftOut(reason, series.parameter, series.unit, int(samples.sum())))
        kept &= ~samples
    return series.take(kept)


def _implausible(times: Floats, values: Floats, physics: Physics) -> dict[str, Booleans]:
    """Mark what a signal cannot have shown, by reason; each sample counts for the first that holds."""
    lowest, highest = float(values.min()), float(values.max())
    faults: dict[str, Booleans] = {}
    is_fit = np.ones(len(values), dtype=bool)
    for rail in physics.rails:
        if lowest - _tolerance(rail) <= rail <= highest + _tolerance(rail):
            is_fit &= ~at_end(values, rail)
    if not is_fit.all():
        faults[AT_RAIL] = ~is_fit
    if lowest < physics.minimum or highest > physics.maximum:
        outside = is_fit & ((values < physics.minimum) | (values > physics.maximum))
        faults[OUT_OF_RANGE] = outside
        is_fit &= ~outside
    glitches = np.zeros(len(values), dtype=bool)
    glitches[is_fit] = _glitches(times[is_fit], values[is_fit], physics)
    faults[GLITCH] = glitches
    return {reason: samples for reason, samples in faults.items() if samples.any()}


def at_end(values: Floats, rail: float) -> Booleans:
    """Mark the values at one end of a signal's scale."""
    at: Booleans = np.abs(values - rail) <= _tolerance(rail)
    return at


def _tolerance(rail: float) -> float:
    """Return how far rounding may carry a value from the end of its scale."""
    return max(0.05, 1e-4 * abs(rail))


def _glitches(times: Floats, values: Floats, physics: Physics) -> Booleans:
    """Mark single samples that leave and return faster than the signal can.

    The samples on either side could follow one another, the one between them could not have been reached or left.
    """
    found = np.zeros(len(values), dtype=bool)
    rise, fall = physics.rise_per_second, physics.fall_per_second
    if rise is None or fall is None or len(values) < SAMPLES_AROUND:
        return found
    change = np.diff(values)
    if np.abs(change).max() <= physics.jump:
        return found
    whole = np.array_equal(times, np.floor(times), equal_nan=True)
    slack = WHOLE_SECONDS_SLACK if whole else 0.0

    def possible(change: Floats, seconds: Floats) -> Booleans:
        rate = np.where(change > 0, rise, fall)
        # Where time runs backwards or is unknown nothing can be said.
        allowed = np.where(seconds >= 0, physics.jump + rate * (np.maximum(seconds, 0.0) + slack), np.inf)
        can_be: Booleans = np.abs(change) <= allowed
        return can_be

    steps = np.diff(times)
    is_possible = possible(change, steps)
    around = possible(values[2:] - values[:-2], steps[1:] + steps[:-1])
    returns = change[1:] * change[:-1] < 0
    found[1:-1] = returns & around & ~(is_possible[1:] & is_possible[:-1])
    # The first and the last sample have one neighbour only, which has to fit the next one.
    found[0] = not is_possible[0] and is_possible[1] and not found[1]
    found[-1] = not is_possible[-1] and is_possible[-2] and not found[-2]
    return found


def _engine_off_while_driving(rpm: Series, speed: Series) -> Booleans:
    """Mark an engine speed of 0 while the car drove for long, unless it is a hybrid, or never ran in the drive."""
    stands = rpm.values == 0
    nothing = np.zeros(len(rpm), dtype=bool)
    if not stands.any():
        return nothing
    before = np.searchsorted(speed.source_ids, rpm.source_ids) - 1
    nearest = np.maximum(before, 0)
    is_driving = (before >= 0) & (speed.values[nearest] > DRIVING_KMH)
    is_driving &= np.abs(rpm.times - speed.times[nearest]) <= ENGINE_OFF_HOLE_SECONDS
    off = stands & is_driving
    restarts = int((off[:-1] & ~stands[1:] & is_driving[1:]).sum())
    if restarts >= HYBRID_RESTARTS or stands.all():
        return nothing
    for part in find_episodes(rpm.times, off, ENGINE_OFF_HOLE_SECONDS):
        if part.duration_seconds >= ENGINE_OFF_SECONDS:
            nothing[part.samples] = True
    return nothing

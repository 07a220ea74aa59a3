"""The signals of one drive side by side: what another signal read when a sample was taken, and which samples count."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from obd2_analyzer.facts.limits import Sampling
from obd2_analyzer.facts.parameters import (
    CLOSED_LOOP,
    COOLANT_TEMP,
    FUEL_SYSTEM_STATUS,
    FUEL_TRIMS,
    RPM,
    SPEED,
)
from obd2_analyzer.facts.readings import Booleans, Floats, Readings, Series
from obd2_analyzer.facts.statistics import SCOPE_ALL
from obd2_analyzer.facts.usable import LeftOut, usable_series
from obd2_common.plain_names import UNIT_OF

SCOPE_CLOSED_LOOP = "closed_loop_warm"
SCOPE_WARM_IDLE = "warm_idle"

INTERVALS_REACHED = 1.5
LONGEST_REACH_SECONDS = 120.0
"""How far a sample may speak for others: past its signal's own interval by half, and never farther than this."""


@dataclass(frozen=True, slots=True, eq=False)
class DriveSignals:
    """All series of one drive, without what cannot be used.

    ``started_at`` is its first known time in seconds, NaN when none is known; ``at_rail`` and ``left_out`` as in
    `Usable`.
    """

    series: Mapping[str, Series]
    timed: Mapping[str, Series]
    started_at: float
    sampling: Sampling
    at_rail: Mapping[str, Series] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()

    def of(self, parameter: str) -> Series:
        """Return the samples of a parameter whose time is known; an empty series when there are none."""
        timed = self.timed.get(parameter)
        if timed is not None:
            return timed
        nothing = np.array([], dtype=np.float64)
        return Series(parameter, UNIT_OF.get(parameter, ""), np.array([], dtype=np.int64), nothing, nothing)


def drive_signals(readings: Readings, sampling: Sampling) -> DriveSignals:
    """Split one drive's rows into its signals, without what cannot be used."""
    checked = usable_series(readings)
    timed = {name: series.take(np.isfinite(series.times)) for name, series in checked.series.items()}
    window = readings.window
    started_at = float("nan") if window is None else window[0]
    return DriveSignals(checked.series, timed, started_at, sampling, checked.at_rail, checked.left_out)


def without_parameters(signals: DriveSignals, lacks: frozenset[str]) -> DriveSignals:
    """Return signals without those of parameters the car does not have."""
    if not lacks:
        return signals
    parts = (
        {name: each for name, each in part.items() if name not in lacks}
        for part in (signals.series, signals.timed, signals.at_rail)
    )
    series, timed, at_rail = parts
    return replace(signals, series=series, timed=timed, at_rail=at_rail)


def no_signals() -> DriveSignals:
    """Return the signals of a drive without rows."""
    return DriveSignals({}, {}, float("nan"), Sampling())


def value_before(signal: Series, target: Series, maximum_age_seconds: float) -> Floats:
    """Return, per sample of the target, the signal's last value before it, NaN when too old or absent.

    Here and below a signal that is read more slowly than the limit allows speaks for its own interval.
    """
    return _picked(signal, target, np.searchsorted(signal.source_ids, target.source_ids) - 1, maximum_age_seconds)


def value_after(signal: Series, target: Series, maximum_age_seconds: float) -> Floats:
    """Return, per sample of the target, the signal's next value after it, NaN when too far or absent."""
    return _picked(signal, target, np.searchsorted(signal.source_ids, target.source_ids), maximum_age_seconds)


def value_nearest(signal: Series, target: Series, maximum_distance_seconds: float) -> Floats:
    """Return, per sample of the target, the signal's value nearest in time, the earlier of equals, NaN when too far."""
    later = np.searchsorted(signal.source_ids, target.source_ids)
    before = _distances(signal, target, later - 1)
    after = _distances(signal, target, later)
    return _picked(signal, target, np.where(after < before, later, later - 1), maximum_distance_seconds)


def is_warm(signals: DriveSignals, target: Series) -> Booleans:
    """Mark the samples taken with a warm engine."""
    coolant = value_before(signals.of(COOLANT_TEMP), target, signals.sampling.coolant_hold_seconds)
    warm: Booleans = coolant >= signals.sampling.warm_coolant_celsius
    return warm


def is_closed_loop(signals: DriveSignals, target: Series) -> Booleans:
    """Mark the samples taken in closed loop: the status before says so, and the one after does not deny it.

    Where the car tells no status, every sample may be one; `knows_closed_loop` says whether it does.
    """
    status = signals.of(FUEL_SYSTEM_STATUS)
    if not knows_closed_loop(signals):
        return np.full(len(target), fill_value=True)
    before = value_before(status, target, signals.sampling.status_hold_seconds)
    after = value_after(status, target, signals.sampling.status_hold_seconds)
    closed: Booleans = (before == CLOSED_LOOP) & ((after == CLOSED_LOOP) | np.isnan(after))
    return closed


def knows_closed_loop(signals: DriveSignals) -> bool:
    """Tell whether the fuel system status was read."""
    return len(signals.of(FUEL_SYSTEM_STATUS)) > 0


def is_standstill(signals: DriveSignals, target: Series) -> Booleans:
    """Mark the samples taken while the car is known to stand."""
    standing: Booleans = value_nearest(signals.of(SPEED), target, signals.sampling.neighbour_seconds) == 0
    return standing


def statistic_scopes(signals: DriveSignals) -> dict[tuple[str, str], Series]:
    """Return the samples behind the statistics every drive has, by (parameter, scope).

    Each parameter has the scope of all its samples, fuel trims one of the samples that count for judging them.
    """
    scopes = {(name, SCOPE_ALL): series for name, series in signals.series.items()}
    for name in FUEL_TRIMS & signals.timed.keys():
        scopes[name, SCOPE_CLOSED_LOOP] = trims_that_count(signals, name)
    return scopes


def trims_that_count(signals: DriveSignals, parameter: str) -> Series:
    """Return the samples of a fuel trim taken in closed loop with a warm engine."""
    trim = signals.of(parameter)
    return trim.take(is_closed_loop(signals, trim) & is_warm(signals, trim))


def warm_idle(signals: DriveSignals) -> Series:
    """Return the engine speed samples at standstill with a warm engine, cranking and revving left out."""
    rpm, sampling = signals.of(RPM), signals.sampling
    speed, reach = signals.of(SPEED), sampling.neighbour_seconds
    is_idle_speed = (rpm.values >= sampling.idle_minimum_rpm) & (rpm.values <= sampling.idle_maximum_rpm)
    # Standing before and after: while the car rolls out or pulls away the engine does not idle.
    stands = (value_before(speed, rpm, reach) == 0) & (value_after(speed, rpm, reach) == 0)
    return rpm.take(is_idle_speed & stands & is_warm(signals, rpm))


def rpm_bands(signals: DriveSignals, target: Series) -> list[str | None]:
    """Name the engine speed band of each warm sample, None where the engine is cold, still or its speed unknown."""
    sampling = signals.sampling
    rpm = value_nearest(signals.of(RPM), target, sampling.neighbour_seconds)
    counted = (rpm > 0) & is_warm(signals, target)
    return [
        f"rpm_{_floor(speed, sampling.band_rpm)}" if is_counted else None
        for speed, is_counted in zip(rpm.tolist(), counted.tolist(), strict=True)
    ]


HIGHEST_BAND = 1e5
"""Above any engine speed and load, and short enough for a name."""


def band_name(rpm: float, load_percent: float, sampling: Sampling) -> str:
    """Name the band of an engine speed and a load."""
    return f"rpm_{_floor(rpm, sampling.band_rpm)}_load_{_floor(load_percent, sampling.band_load_percent)}"


def _floor(value: float, width: float) -> str:
    return f"{int(min(value, HIGHEST_BAND) // width) * width:g}"


def banded(parameter: str, bands: list[str | None], series: Series) -> dict[tuple[str, str], Series]:
    """Return the samples of each band by (parameter, band); `bands` names the band of each sample or None."""
    column = np.array([band or "" for band in bands], dtype=np.str_)
    return {(parameter, str(name)): series.take(column == name) for name in np.unique(column) if name}


def _distances(signal: Series, target: Series, picks: np.ndarray) -> Floats:
    """Return how far the picked samples lie from the target's in time, infinity where there is no such sample."""
    exists = (picks >= 0) & (picks < len(signal))
    distances = np.full(len(target), np.inf)
    distances[exists] = np.abs(signal.times[picks[exists]] - target.times[exists])
    return distances


def _picked(signal: Series, target: Series, picks: np.ndarray, maximum_seconds: float) -> Floats:
    own = min(INTERVALS_REACHED * signal.interval_seconds, LONGEST_REACH_SECONDS)
    is_near = _distances(signal, target, picks) <= max(maximum_seconds, own)
    values = np.full(len(target), np.nan)
    values[is_near] = signal.values[picks[is_near]]
    return values

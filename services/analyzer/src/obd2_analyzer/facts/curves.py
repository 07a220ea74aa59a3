"""What pages draw of a drive: the curve of every parameter, and its map over engine speed and load."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from obd2_analyzer.facts.parameters import DTC_COUNT, ENGINE_LOAD, FUEL_SYSTEM_STATUS, MIL_ON, RPM
from obd2_analyzer.facts.readings import Floats, Integers, Series, datetime_of
from obd2_analyzer.facts.signals import DriveSignals, value_nearest
from obd2_common.series import pack_series

BAND_RPM, BAND_LOAD_PERCENT = 500, 10
UNMAPPED = frozenset({RPM, ENGINE_LOAD, FUEL_SYSTEM_STATUS, MIL_ON, DTC_COUNT, "RUNTIME_SEC"})
"""What a map would say nothing about: its own axes, labels and counters."""

_MICROSECONDS = 1e6
_HIGHEST_RPM, _HIGHEST_LOAD = 20_000, 200


@dataclass(frozen=True, slots=True)
class Curve:
    """The samples of one parameter in the order of time, packed; ``packed`` is for `obd2_common.series`."""

    parameter: str
    unit: str
    started_at: datetime
    sample_count: int
    median_interval_seconds: float | None
    minimum: float
    maximum: float
    packed: bytes


@dataclass(frozen=True, slots=True)
class MapCell:
    """What a parameter read within one band of engine speed (rpm) and load (%), both named by their lower edge."""

    parameter: str
    rpm_band: int
    load_band: int
    sample_count: int
    total: float
    minimum: float
    maximum: float


def curves(signals: DriveSignals) -> Iterator[Curve]:
    """Return the curve of every parameter that has a sample with a known time."""
    for series in signals.timed.values():
        if len(series):
            yield _curve(series)


def map_cells(signals: DriveSignals) -> Iterator[MapCell]:
    """Return the cells of every parameter that are not empty; samples with unknown speed or load are left out."""
    reach = signals.sampling.neighbour_seconds
    for series in signals.timed.values():
        if series.parameter in UNMAPPED or not len(series):
            continue
        rpm = value_nearest(signals.of(RPM), series, reach)
        load = value_nearest(signals.of(ENGINE_LOAD), series, reach)
        # NaN, where a neighbour is missing, fails every comparison.
        usable = (rpm > 0) & (rpm < _HIGHEST_RPM) & (load >= 0) & (load < _HIGHEST_LOAD)
        if usable.any():
            yield from _cells(series.take(usable), rpm[usable], load[usable])


def _curve(series: Series) -> Curve:
    order = np.argsort(series.times, kind="stable")
    times, values = series.times[order], series.values[order]
    offsets: Integers = np.round((times - times[0]) * _MICROSECONDS).astype(np.int64)
    intervals = np.diff(times)
    return Curve(
        parameter=series.parameter,
        unit=series.unit,
        started_at=datetime_of(float(times[0])),
        sample_count=len(series),
        median_interval_seconds=float(np.median(intervals)) if len(intervals) else None,
        minimum=float(values.min()),
        maximum=float(values.max()),
        packed=pack_series(offsets.tolist(), values.tolist()),
    )


def _cells(series: Series, rpm: Floats, load: Floats) -> Iterator[MapCell]:
    loads_per_speed = _HIGHEST_LOAD // BAND_LOAD_PERCENT
    places = (rpm // BAND_RPM).astype(np.int64) * loads_per_speed + (load // BAND_LOAD_PERCENT).astype(np.int64)
    order = np.argsort(places, kind="stable")
    distinct, begins = np.unique(places[order], return_index=True)
    parts = np.split(series.values[order], begins[1:])
    for place, values in zip(distinct.tolist(), parts, strict=True):
        speed_place, load_place = divmod(place, loads_per_speed)
        yield MapCell(
            parameter=series.parameter,
            rpm_band=speed_place * BAND_RPM,
            load_band=load_place * BAND_LOAD_PERCENT,
            sample_count=len(values),
            total=float(values.sum()),
            minimum=float(values.min()),
            maximum=float(values.max()),
        )

"""Where a car goes over its drives: trends of one parameter, correlations of two."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from obd2_analyzer.facts.history import SMALLEST_SAMPLE, History, comparable, judged_scope
from obd2_analyzer.facts.limits import HistoryLimits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, INTAKE_TEMP, RPM, SHORT_FUEL_TRIM_1
from obd2_analyzer.facts.readings import datetime_of
from obd2_analyzer.facts.statistics import Statistics

CORRELATED_PAIRS = ((INTAKE_TEMP, SHORT_FUEL_TRIM_1), (RPM, COOLANT_TEMP))
STEADY, RISING, FALLING = "STABLE", "RISING", "FALLING"
LARGEST_MEAN = 1e100
"""Beyond it no car measures anything, and squares of it leave the range of doubles."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Where a parameter goes over the last drives; ``drift`` is absolute, ``drift_percent`` None where % means nothing.

    Direction, drift and the values at both ends come from one least-squares line; the moments are those of the first
    and the last drive, None where unknown.
    """

    parameter: str
    direction: str
    drift: float
    drift_percent: float | None
    correlation: float
    is_significant: bool
    drive_count: int
    is_shown: bool
    first_value: float
    last_value: float
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's r of two parameters' means over drives."""

    first: str
    second: str
    coefficient: float
    drive_count: int


def trends(
    statistics: Statistics, history: History, limits: HistoryLimits, started_at: float | None = None
) -> tuple[Trend, ...]:
    """Fit a line through each parameter's means of the last drives, this one, which started at a time, included."""
    found = []
    for statistic in comparable(statistics, limits):
        name, scope = statistic.parameter, statistic.scope
        earlier = [
            (drive.started_at, drive.statistics[name, scope].mean)
            for drive in history.drives
            if (name, scope) in drive.statistics
        ]
        is_shown = len(earlier) >= limits.minimum_drives
        points = [*earlier, (started_at, statistic.mean)][-limits.trend_drives :]
        means = [mean for _, mean in points]
        if len(means) > SMALLEST_SAMPLE and max(map(abs, means)) <= LARGEST_MEAN:
            fitted = trend(name, means, limits, is_shown=is_shown)
            found.append(replace(fitted, first_at=_moment(points[0][0]), last_at=_moment(points[-1][0])))
    return tuple(found)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime_of(seconds)


def trend(parameter: str, means: Sequence[float], limits: HistoryLimits, *, is_shown: bool = True) -> Trend:
    """Fit a line through at least three means, oldest first."""
    values = np.asarray(means, dtype=np.float64)
    places = np.arange(len(values), dtype=np.float64)
    slope = pearson_slope(places, values)
    middle = (len(values) - 1) / 2
    first, last = (float(values.mean()) + slope * (place - middle) for place in (0.0, 2 * middle))
    drift, scale = last - first, float(np.abs(values).max())
    allowed = limits.absolute_drift.get(parameter)
    is_near_zero = first * last <= 0 or abs(first) < limits.near_zero_share * scale
    percent = None if allowed is not None or is_near_zero else drift / abs(first) * 100
    if allowed is not None:
        is_stable = abs(drift) <= allowed
    elif percent is None:
        is_stable = abs(drift) <= limits.stable_share_of_scale * scale
    else:
        is_stable = abs(percent) <= limits.stable_percent
    r = pearson(places, values) or 0.0
    return Trend(
        parameter,
        STEADY if is_stable else RISING if drift > 0 else FALLING,
        drift,
        percent,
        r,
        abs(r) >= limits.significant_correlation,
        len(values),
        is_shown,
        first,
        last,
    )


def correlations(statistics: Statistics, history: History, limits: HistoryLimits) -> tuple[Correlation, ...]:
    """Return the significant correlations of the known pairs over this and the earlier drives."""
    found = []
    for first, second in CORRELATED_PAIRS:
        keys = (first, judged_scope(first)), (second, judged_scope(second))
        own = [statistics.find(*key) for key in keys]
        pairs = [
            (drive.statistics[keys[0]].mean, drive.statistics[keys[1]].mean)
            for drive in history.drives
            if all(key in drive.statistics for key in keys)
        ]
        if own[0] is None or own[1] is None or len(pairs) < limits.minimum_drives:
            continue
        pairs.append((own[0].mean, own[1].mean))
        values = np.asarray(pairs, dtype=np.float64)
        r = pearson(values[:, 0], values[:, 1])
        if r is not None and abs(r) >= limits.significant_correlation:
            found.append(Correlation(first, second, r, len(pairs)))
    return tuple(found)


def pearson(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return Pearson's correlation coefficient, None where a side does not vary."""
    with np.errstate(all="ignore"):
        across, along = first - first.mean(), second - second.mean()
        spread = float(np.sqrt((across**2).sum()) * np.sqrt((along**2).sum()))
    if not spread or not math.isfinite(spread) or first.min() == first.max() or second.min() == second.max():
        return None
    return max(-1.0, min(1.0, float((across * along).sum()) / spread))


def pearson_slope(places: np.ndarray, values: np.ndarray) -> float:
    """Return the least-squares slope of values over places that are not all the same."""
    across = places - places.mean()
    return 0.0 if values.min() == values.max() else float((across * values).sum() / (across**2).sum())

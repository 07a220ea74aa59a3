"""A drive beside the earlier ones: comparisons, anomalies, trends, correlations and baselines."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from obd2_analyzer.parameters import COOLANT_TEMP, FUEL_TRIMS, INTAKE_TEMP, RPM, SHORT_FUEL_TRIM_1
from obd2_analyzer.signals import SCOPE_CLOSED_LOOP
from obd2_analyzer.statistics import OUTLIER_SIGMA, SCOPE_ALL, Statistics
from obd2_analyzer.thresholds import HistoryLimits

CORRELATED_PAIRS = ((INTAKE_TEMP, SHORT_FUEL_TRIM_1), (RPM, COOLANT_TEMP))
STEADY, RISING, FALLING = "STABLE", "RISING", "FALLING"
SMALLEST_SAMPLE = 2
LARGEST_MEAN = 1e100
"""Beyond it no car measures anything, and squares of it leave the range of doubles."""


@dataclass(frozen=True, slots=True)
class PastStatistic:
    """What is kept of a parameter's statistic for later drives."""

    mean: float
    sigma: float
    sample_count: int


@dataclass(frozen=True, slots=True)
class PastDrive:
    """An earlier drive, by (parameter, scope)."""

    drive_key: str
    started_at: float
    statistics: Mapping[tuple[str, str], PastStatistic]


@dataclass(frozen=True, slots=True)
class History:
    """The earlier drives that may be compared with, oldest first, and the operator's reference drive.

    All are of the same device, epoch and era, real, unflagged, long enough and not held out.
    """

    drives: tuple[PastDrive, ...] = ()
    reference: PastDrive | None = None

    def past(
        self, parameter: str, scope: str, *, minimum_samples: int = 1, newest: int | None = None
    ) -> list[PastStatistic]:
        """Return the earlier statistics of a parameter with enough samples, oldest first, the newest few if asked."""
        found = [drive.statistics.get((parameter, scope)) for drive in self.drives]
        enough = [held for held in found if held is not None and held.sample_count >= minimum_samples]
        return enough if newest is None else enough[-newest:]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Mean and spread of the earlier drives' means."""

    mean: float
    sigma: float
    drive_count: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far a drive's mean lies from its history; ``status`` is None while the history has no spread."""

    parameter: str
    mean: float
    baseline: Baseline
    distance_sigma: float | None
    status: str | None
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A mean outside what its history lets expect."""

    parameter: str
    observed: float
    expected_minimum: float
    expected_maximum: float
    distance_sigma: float
    direction: str
    severity: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Where a parameter goes over the last drives; ``drift`` is absolute, ``drift_percent`` None where % means nothing.

    Direction and drift come from one least-squares line and share a sign.
    """

    parameter: str
    direction: str
    drift: float
    drift_percent: float | None
    correlation: float
    is_significant: bool
    drive_count: int
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's r of two parameters' means over drives."""

    first: str
    second: str
    coefficient: float
    drive_count: int


def judged_scope(parameter: str) -> str:
    """Return the scope by which drives are compared: fuel trims mean something in closed loop only."""
    return SCOPE_CLOSED_LOOP if parameter in FUEL_TRIMS else SCOPE_ALL


def baseline(means: Sequence[float]) -> Baseline | None:
    """Return mean and sample standard deviation of at least two means, or None."""
    if len(means) < SMALLEST_SAMPLE:
        return None
    values = np.asarray(means, dtype=np.float64)
    with np.errstate(all="ignore"):
        sigma = 0.0 if values.min() == values.max() else float(values.std(ddof=1))
        mean = float(values.mean())
    return Baseline(mean, sigma, len(means)) if math.isfinite(mean) and math.isfinite(sigma) else None


def compare(statistics: Statistics, history: History, limits: HistoryLimits) -> tuple[Comparison, ...]:
    """Compare each parameter's mean with the mean of the earlier drives' means."""
    found = []
    for statistic in statistics.of:
        name = statistic.parameter
        if statistic.scope != judged_scope(name) or name in limits.never_compared:
            continue
        known = baseline([past.mean for past in history.past(name, statistic.scope)])
        if known is None:
            continue
        distance = _distance(statistic.mean, known)
        is_shown = known.drive_count >= limits.minimum_drives
        found.append(Comparison(name, statistic.mean, known, distance, _status(distance, limits), is_shown))
    return tuple(found)


def anomalies(comparisons: Iterable[Comparison], limits: HistoryLimits) -> tuple[Anomaly, ...]:
    """Return the shown comparisons that lie outside what was to be expected, the farthest first."""
    found = [
        Anomaly(
            compared.parameter,
            compared.mean,
            compared.baseline.mean - OUTLIER_SIGMA * compared.baseline.sigma,
            compared.baseline.mean + OUTLIER_SIGMA * compared.baseline.sigma,
            compared.distance_sigma,
            "ABOVE" if compared.distance_sigma > 0 else "BELOW",
            compared.status or "",
        )
        for compared in comparisons
        if compared.is_shown
        and compared.distance_sigma is not None
        and abs(compared.distance_sigma) > limits.watch_sigma
    ]
    return tuple(sorted(found, key=lambda anomaly: (-abs(anomaly.distance_sigma), anomaly.parameter)))


def trends(statistics: Statistics, history: History, limits: HistoryLimits) -> tuple[Trend, ...]:
    """Fit a line through each parameter's means of the last drives, this one included."""
    found = []
    for statistic in statistics.of:
        name = statistic.parameter
        if statistic.scope != judged_scope(name) or name in limits.never_compared:
            continue
        earlier = [past.mean for past in history.past(name, statistic.scope)]
        is_shown = len(earlier) >= limits.minimum_drives
        means = [*earlier, statistic.mean][-limits.trend_drives :]
        if len(means) > SMALLEST_SAMPLE and max(map(abs, means)) <= LARGEST_MEAN:
            found.append(trend(name, means, limits, is_shown=is_shown))
    return tuple(found)


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


def _distance(mean: float, known: Baseline) -> float | None:
    if known.sigma > 0:
        distance = (mean - known.mean) / known.sigma
        return distance if math.isfinite(distance) else None
    return 0.0 if math.isclose(mean, known.mean, rel_tol=1e-9, abs_tol=1e-12) else None


def _status(distance: float | None, limits: HistoryLimits) -> str | None:
    if distance is None:
        return None
    if abs(distance) <= limits.watch_sigma:
        return "NORMAL"
    return "WATCH" if abs(distance) <= limits.investigate_sigma else "INVESTIGATE"

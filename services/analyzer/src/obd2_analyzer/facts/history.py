"""A drive beside the earlier ones: baselines, comparisons and anomalies."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from obd2_analyzer.facts.limits import HistoryLimits
from obd2_analyzer.facts.parameters import FUEL_TRIMS
from obd2_analyzer.facts.signals import SCOPE_CLOSED_LOOP
from obd2_analyzer.facts.statistics import OUTLIER_SIGMA, SCOPE_ALL, Statistic, Statistics, is_enough

SMALLEST_SAMPLE = 2


@dataclass(frozen=True, slots=True)
class PastStatistic:
    """What is kept of a parameter's statistic for later drives; ``seconds`` as in `Statistic`."""

    mean: float
    sigma: float
    sample_count: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PastDrive:
    """An earlier drive, by (parameter, scope); one in which something was found above WATCH is not healthy.

    ``found_by`` names the rules that found anything in it.
    """

    drive_key: str
    started_at: float
    statistics: Mapping[tuple[str, str], PastStatistic]
    is_healthy: bool = True
    found_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class History:
    """The earlier drives that may be compared with, oldest first, and the operator's reference drive.

    All are of the same device, epoch and era, real, unflagged, long enough and not held out. ``drives`` are the newest,
    ``first`` the first healthy ones of the era, which may be among them.
    """

    drives: tuple[PastDrive, ...] = ()
    reference: PastDrive | None = None
    first: tuple[PastDrive, ...] = ()

    @property
    def healthy(self) -> list[PastDrive]:
        """Return the healthy drives that are known, oldest first."""
        known = {drive.drive_key: drive for drive in (*self.first, *self.drives) if drive.is_healthy}
        return sorted(known.values(), key=lambda drive: drive.started_at)

    def usual(
        self, parameter: str, scope: str, *, minimum_samples: int, drives: int, fine_by: str = ""
    ) -> list[PastStatistic]:
        """Return the statistics of the first healthy drives with enough samples: what a slow fault has not touched.

        With ``fine_by`` a drive in which this rule found anything does not count.
        """
        healthy = [drive for drive in self.healthy if fine_by not in drive.found_by]
        found = [drive.statistics.get((parameter, scope)) for drive in healthy]
        return [known for known in found if known is not None and is_enough(known, minimum_samples)][:drives]

    def past(
        self, parameter: str, scope: str, *, minimum_samples: int = 1, newest: int | None = None
    ) -> list[PastStatistic]:
        """Return the earlier statistics of a parameter with enough samples, oldest first, the newest few if asked."""
        found = [drive.statistics.get((parameter, scope)) for drive in self.drives]
        enough = [past for past in found if past is not None and is_enough(past, minimum_samples)]
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


def judged_scope(parameter: str) -> str:
    """Return the scope by which drives are compared: fuel trims mean something in closed loop only."""
    return SCOPE_CLOSED_LOOP if parameter in FUEL_TRIMS else SCOPE_ALL


def comparable(statistics: Statistics, limits: HistoryLimits) -> list[Statistic]:
    """Return the statistics by which drives are compared, one of each parameter."""
    return [
        each
        for each in statistics.of
        if each.scope == judged_scope(each.parameter) and each.parameter not in limits.never_compared
    ]


def baseline(means: Sequence[float]) -> Baseline | None:
    """Return mean and sample standard deviation of at least two means, or None."""
    if len(means) < SMALLEST_SAMPLE:
        return None
    values = np.asarray(means, dtype=np.float64)
    with np.errstate(all="ignore"):
        sigma = 0.0 if values.min() == values.max() else float(values.std(ddof=1))
        mean = float(values.mean())
    return Baseline(mean, sigma, len(means)) if math.isfinite(mean) and math.isfinite(sigma) else None


def robust_baseline(means: Sequence[float]) -> Baseline | None:
    """Return median and spread (1.4826 times the median absolute deviation) of at least two means, or None.

    Source: Croux and Rousseeuw, "Time-efficient algorithms for two highly robust estimators of scale" (1992), for the
    factor n / (n - 0.8) by which few values seem closer together than they are.
    """
    if len(means) < SMALLEST_SAMPLE or not all(map(math.isfinite, means)):
        return None
    middle = median(means)
    deviation = median(abs(mean - middle) for mean in means)
    return Baseline(middle, 1.4826 * deviation * len(means) / (len(means) - 0.8), len(means))


def compare(statistics: Statistics, history: History, limits: HistoryLimits) -> tuple[Comparison, ...]:
    """Compare each parameter's mean with the mean of the earlier drives' means."""
    found = []
    for statistic in comparable(statistics, limits):
        name = statistic.parameter
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

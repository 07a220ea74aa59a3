"""Statistics of one parameter over one drive."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from obd2_analyzer.facts.quality import QUALITY_FULL
from obd2_analyzer.facts.readings import Floats, Series

SCOPE_ALL = "all"

FEW_SAMPLES = 10
FULL_SAMPLES = 100
OUTLIER_SIGMA = 2.0
USUAL_INTERVAL_SECONDS = 2.2
"""How often the Pi reads each of its 16 parameters."""
QUICK_SHARE = 0.25
"""The part of the usual time that even the quickest samples have to cover."""
RELATIVE_TOLERANCE = 1e-9
"""How far rounding may carry a mean outside minimum and maximum: a constant series' mean is off by a few ulps."""


class Sampled(Protocol):
    """Whatever comes of samples: how many they were, and how long they speak for, 0 where that is unknown."""

    @property
    def sample_count(self) -> int: ...  # noqa: D102 - see the class
    @property
    def seconds(self) -> float: ...  # noqa: D102 - see the class


@dataclass(frozen=True, slots=True)
class Statistic:
    """What the samples of one parameter in one scope amount to.

    ``sigma`` is the sample standard deviation. ``seconds`` is how long the samples speak for, 0 where that is unknown.
    """

    parameter: str
    scope: str
    unit: str
    sample_count: int
    minimum: float
    maximum: float
    mean: float
    sigma: float
    data_quality: str
    seconds: float = 0.0

    @property
    def outlier_minimum(self) -> float:
        """Return the mean less two standard deviations."""
        return self.mean - OUTLIER_SIGMA * self.sigma

    @property
    def outlier_maximum(self) -> float:
        """Return the mean plus two standard deviations."""
        return self.mean + OUTLIER_SIGMA * self.sigma


@dataclass(frozen=True, slots=True)
class Statistics:
    """The statistics of one drive, and per parameter that has none the reason why."""

    of: tuple[Statistic, ...]
    rejected: Mapping[str, str]

    def find(self, parameter: str, scope: str = SCOPE_ALL) -> Statistic | None:
        """Return one statistic, or None."""
        return next((each for each in self.of if (each.parameter, each.scope) == (parameter, scope)), None)


class InvariantError(ValueError):
    """A statistic contradicts itself; the message says how."""


def summarise(series: Series, scope: str = SCOPE_ALL) -> Statistic:
    """Compute the statistic of at least one sample.

    Args:
        series: the samples that count.
        scope: which samples of the drive these are.

    Raises:
        InvariantError: there is no sample, or the numbers are too large to give a finite result.
    """
    values = series.values
    count = len(values)
    if not count:
        raise InvariantError("there is no sample")
    minimum, maximum = float(values.min()), float(values.max())
    mean, sigma = _mean_and_sigma(values)
    if not all(math.isfinite(number) for number in (minimum, maximum, mean, sigma)):
        raise InvariantError("a result is not finite")
    tolerance = RELATIVE_TOLERANCE * max(abs(minimum), abs(maximum))
    if not minimum - tolerance <= mean <= maximum + tolerance:
        raise InvariantError(f"the mean {mean!r} lies outside {minimum!r} to {maximum!r}")
    mean = min(max(mean, minimum), maximum)
    return Statistic(
        series.parameter,
        scope,
        series.unit,
        count,
        minimum,
        maximum,
        mean,
        sigma,
        sample_quality(count),
        round(count * series.interval_seconds, 3),
    )


def is_enough(sampled: Sampled, minimum_samples: int) -> bool:
    """Tell whether samples suffice for a judgement that asks for so many of them at the usual rate.

    Of a signal that is read more slowly fewer do, if they speak for the same time and are not few in themselves. One
    that is read more quickly has to be known for a good part of that time as well.
    """
    usual_seconds = minimum_samples * USUAL_INTERVAL_SECONDS
    if sampled.sample_count < minimum_samples:
        return sampled.sample_count >= FEW_SAMPLES and sampled.seconds >= usual_seconds
    return not 0 < sampled.seconds < QUICK_SHARE * usual_seconds


def sample_quality(sample_count: int) -> str:
    """Return how far a statistic of this many samples can be trusted."""
    if sample_count < FEW_SAMPLES:
        return "below_threshold"
    return "sparse" if sample_count < FULL_SAMPLES else QUALITY_FULL


def summarise_all(scopes: Mapping[tuple[str, str], Series]) -> Statistics:
    """Compute every statistic that can be computed; one odd parameter costs the others nothing.

    Args:
        scopes: (parameter, scope) to the samples that count.
    """
    found: list[Statistic] = []
    rejected: dict[str, str] = {}
    for (parameter, scope), series in sorted(scopes.items()):
        if not len(series):
            continue
        try:
            found.append(summarise(series, scope))
        except InvariantError as error:
            rejected[parameter if scope == SCOPE_ALL else f"{parameter} ({scope})"] = str(error)
    return Statistics(tuple(found), rejected)


def _mean_and_sigma(values: Floats) -> tuple[float, float]:
    """Return mean and sample standard deviation; of one sample or of equal samples the latter is exactly 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(values.mean())
        if len(values) == 1 or values.min() == values.max():
            return mean, 0.0
        return mean, float(values.std(ddof=1))

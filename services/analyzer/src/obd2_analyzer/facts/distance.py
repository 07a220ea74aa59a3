"""How far a drive went, from its speed over time."""

from dataclasses import dataclass

import numpy as np

from obd2_analyzer.facts.episodes import hole_seconds
from obd2_analyzer.facts.readings import Series

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Distance:
    """The way driven while the speed was known, and the seconds of the drive for which it was not."""

    kilometres: float
    unknown_seconds: float


def distance_driven(speed: Series, window: tuple[float, float] | None, maximum_hole_seconds: float) -> Distance | None:
    """Sum the speed over time by trapezoids, silences left out; None when no two samples follow one another.

    Args:
        speed: samples in km/h whose time is known.
        window: start and end of the drive in seconds since 1970.
        maximum_hole_seconds: a longer silence is left out, unless the speed is read that slowly (`hole_seconds`).
    """
    steps = np.diff(speed.times)
    hole = hole_seconds(speed.times, maximum_hole_seconds)
    joined = (steps >= 0) & (steps <= hole)
    if window is None or not joined.any():
        return None
    between = (speed.values[1:] + speed.values[:-1]) / 2
    kilometres = float((between[joined] * steps[joined]).sum()) / SECONDS_PER_HOUR
    edges = np.array([speed.times[0] - window[0], window[1] - speed.times[-1]])
    silences = np.concatenate((steps, edges))
    return Distance(round(kilometres, 3), round(float(silences[silences > hole].sum()), 3))

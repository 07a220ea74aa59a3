"""For how long something really held, as far as samples can tell: a slow signal speaks for longer than a quick one."""

from dataclasses import dataclass

import numpy as np

from obd2_analyzer.facts.readings import Booleans, Floats, typical_interval

INTERVALS_PER_HOLE = 3.0
LONGEST_HOLE_SECONDS = 120.0
"""A signal read more slowly than this is not known well enough for anything to be sustained."""


@dataclass(frozen=True, slots=True)
class Episode:
    """Neighbouring samples, first to last index, over which a condition held; times in seconds since 1970."""

    first: int
    last: int
    started_at: float
    ended_at: float
    duration_seconds: float

    @property
    def sample_count(self) -> int:
        """Return how many samples make the episode."""
        return self.last - self.first + 1

    @property
    def samples(self) -> slice:
        """Return the slice of the samples."""
        return slice(self.first, self.last + 1)


def hole_seconds(times: Floats, at_least_seconds: float) -> float:
    """Return the silence that ends whatever a signal showed: several of its own intervals, within bounds."""
    return max(at_least_seconds, min(INTERVALS_PER_HOLE * typical_interval(times), LONGEST_HOLE_SECONDS))


def hold_seconds(times: Floats, maximum_hole_seconds: float) -> Floats:
    """Return for how long each sample speaks: until the next one, but not across a hole.

    The sample before a hole, a step back of the clock or the end speaks for the typical time between samples.

    Args:
        times: seconds since 1970, in the order the samples were taken.
        maximum_hole_seconds: a longer silence is a hole, unless the signal is read that slowly (`hole_seconds`).
    """
    steps = np.diff(times)
    joined = (steps >= 0) & (steps <= hole_seconds(times, maximum_hole_seconds))
    typical = float(np.median(steps[joined])) if joined.any() else 0.0
    holds = np.full(len(times), typical)
    holds[:-1][joined] = steps[joined]
    return holds


def find_episodes(times: Floats, condition: Booleans, maximum_hole_seconds: float) -> list[Episode]:
    """Find the stretches over which a condition held without a break or a hole, in order.

    A stretch lasts from its first sample until the first sample that no longer meets the condition, though never
    longer past its last good sample than the typical time between samples.

    Args:
        times: seconds since 1970, of every sample of the signal.
        condition: which of them meet it.
        maximum_hole_seconds: a longer silence is a hole, unless the signal is read that slowly (`hole_seconds`).
    """
    if not condition.any():
        return []
    steps = np.diff(times)
    inside = (steps >= 0) & (steps <= hole_seconds(times, maximum_hole_seconds))
    joined = condition[1:] & condition[:-1] & inside
    firsts = np.flatnonzero(condition & ~np.concatenate(([False], joined)))
    lasts = np.flatnonzero(condition & ~np.concatenate((joined, [False])))
    holds = hold_seconds(times, maximum_hole_seconds)
    typical = float(np.median(steps[inside])) if inside.any() else 0.0
    newest = float(np.nanmax(times))
    found = []
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        started_at, last_at = float(times[first]), float(times[last])
        duration = round(last_at - started_at + min(float(holds[last]), typical), 3)
        ended_at = min(started_at + duration, max(newest, last_at))
        found.append(Episode(first, last, started_at, ended_at, duration))
    return found


def longest_sustained(episodes: list[Episode], minimum_seconds: float) -> Episode | None:
    """Return the longest episode of at least this many seconds, the earlier of equals."""
    lasting = [episode for episode in episodes if episode.duration_seconds >= minimum_seconds]
    return max(lasting, key=lambda episode: (episode.duration_seconds, -episode.first), default=None)

"""Which stamps of a drive its clock can have meant: those of the longest part in which time and row ids agree.

A Pi's clock is wrong until it has found a time server. It jumps then, either way and by any amount, and a stamp can be
damaged. Rows whose time cannot be right keep their values; of their time nothing is used.
"""

from dataclasses import replace

import numpy as np

from obd2_analyzer.facts.episodes import hole_seconds
from obd2_analyzer.facts.readings import Booleans, Floats, Integers, Readings

JUMP_SECONDS = 3600.0
"""A longer leap forward is the clock or another drive: the Pi ends a drive after a minute of silence."""

STEP_BACK_SECONDS = 120.0
"""A clock that is set back by no more only makes the drive that much too short."""

SILENCE_SECONDS = 300.0
"""A shorter silence is part of driving: nothing is to be decided there."""

ROW_HOLE_SECONDS = 15.0
"""Over a longer silence a drive has no rows, unless all its rows come that slowly."""

MOST_PARTS = 2000
"""Stamps that jump more often than that are left as they are: nothing tells which of them is right."""


def with_one_clock(readings: Readings) -> Readings:
    """Return the readings of one drive with the times outside its body unknown, and marked as wrong."""
    known = np.flatnonzero(np.isfinite(readings.times))
    times = readings.times[known]
    steps = np.diff(times)
    if not ((steps < -STEP_BACK_SECONDS) | (steps > JUMP_SECONDS)).any():
        return readings
    outside = known[~_body(times)]
    corrected, wrong = readings.times.copy(), readings.has_wrong_time.copy()
    corrected[outside] = np.nan
    wrong[outside] = True
    return replace(readings, times=corrected, has_wrong_time=wrong)


def shared_seconds(first: Floats, second: Floats) -> float:
    """Return for how long two drives both have rows.

    Args:
        first: known times of the one's rows in seconds, in any order.
        second: known times of the other's rows.
    """
    spells = [_spells(np.sort(times)) for times in (first, second)]
    (starts, ends), (other_starts, other_ends) = spells
    shared = 0.0
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        both = np.minimum(other_ends, end) - np.maximum(other_starts, start)
        shared += float(both[both > 0].sum())
    return shared


def _body(times: Floats) -> Booleans:
    """Mark the part of a drive in which neither the times leap nor they run against the ids, the one of most rows."""
    near = np.flatnonzero(_largest_cluster(times))
    starts, ends = _parts(times[near])
    body = np.zeros(len(times), dtype=bool)
    if len(starts) > MOST_PARTS:
        body[near] = True
        return body
    for part in _heaviest_chain(times[near], starts, ends):
        body[near[starts[part] : ends[part] + 1]] = True
    return body


def _largest_cluster(times: Floats) -> Booleans:
    """Mark the times among which no leap is left, whatever their order: the most, of equally many the latest rows."""
    ordered = np.sort(times)
    edges = ordered[1:][np.diff(ordered) > JUMP_SECONDS]
    cluster = np.searchsorted(edges, times, side="right")
    sizes = np.bincount(cluster)
    largest = np.flatnonzero(sizes == sizes.max())
    latest = cluster[np.isin(cluster, largest)][-1]
    chosen: Booleans = cluster == latest
    return chosen


def _parts(times: Floats) -> tuple[Integers, Integers]:
    """Return first and last index of every stretch without silence or step back."""
    steps = np.diff(times)
    breaks = np.flatnonzero((steps < -STEP_BACK_SECONDS) | (steps > SILENCE_SECONDS))
    return np.concatenate(([0], breaks + 1)), np.concatenate((breaks, [len(times) - 1]))


def _heaviest_chain(times: Floats, starts: Integers, ends: Integers) -> list[int]:
    """Return the parts, in order, that follow one another in time and hold the most rows together."""
    sizes = ends - starts + 1
    total = sizes.copy()
    before = np.full(len(sizes), -1)
    for part in range(1, len(sizes)):
        gaps = times[starts[part]] - times[ends[:part]]
        fits = np.flatnonzero((gaps >= -STEP_BACK_SECONDS) & (gaps <= JUMP_SECONDS))
        if len(fits):
            before[part] = fits[np.argmax(total[fits])]
            total[part] += total[before[part]]
    part = len(total) - 1 - int(np.argmax(total[::-1]))
    chain = []
    while part >= 0:
        chain.append(part)
        part = int(before[part])
    return chain[::-1]


def _spells(times: Floats) -> tuple[Floats, Floats]:
    """Return start and end of each stretch of ascending times without a hole."""
    if not len(times):
        return times, times
    holes = np.flatnonzero(np.diff(times) > hole_seconds(times, ROW_HOLE_SECONDS))
    return times[np.concatenate(([0], holes + 1))], times[np.concatenate((holes, [len(times) - 1]))]

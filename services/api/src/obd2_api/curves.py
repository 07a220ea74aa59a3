"""Curves thinned to what a line can show: the lowest and the highest sample of each stretch, and gaps as gaps."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SHORTEST_GAP_SECONDS = 15.0
GAP_INTERVALS = 4
"""A silence of more than so many of the signal's own intervals is a gap, but none shorter than the one above."""


@dataclass(frozen=True, slots=True)
class Line:
    """Points to be joined; None between two of them is a gap. ``is_reduced`` tells that samples were left out."""

    offsets_seconds: list[float]
    values: list[float | None]
    is_reduced: bool


def gap_seconds(median_interval_seconds: float | None) -> float:
    """Return how long a silence must be to be shown as one."""
    return max(SHORTEST_GAP_SECONDS, GAP_INTERVALS * (median_interval_seconds or 0.0))


def line(
    offsets_seconds: Sequence[float], values: Sequence[float], window: tuple[float, float], *, points: int, gap: float
) -> Line:
    """Return what a line of so many points shows of a curve.

    Args:
        offsets_seconds: of the samples, ascending.
        values: one per sample.
        window: first and last second to show; the samples next to it are kept, so that the line runs to its edges.
        points: how many at most, at least 4, gaps not counted.
        gap: seconds of silence from which on the line is broken.
    """
    begin = max(bisect_left(offsets_seconds, window[0]) - 1, 0)
    end = min(bisect_right(offsets_seconds, window[1]) + 1, len(offsets_seconds))
    chosen = range(begin, end) if end - begin <= points else list(_extremes(values, begin, end, points))
    breaks = [place for place in range(begin + 1, end) if offsets_seconds[place] - offsets_seconds[place - 1] > gap]
    shown_offsets: list[float] = []
    shown_values: list[float | None] = []
    passed = 0
    for place in chosen:
        reached = bisect_right(breaks, place)
        if reached > passed:
            after = breaks[passed]
            shown_offsets.append((offsets_seconds[after - 1] + offsets_seconds[after]) / 2)
            shown_values.append(None)
            passed = reached
        shown_offsets.append(offsets_seconds[place])
        shown_values.append(values[place])
    return Line(shown_offsets, shown_values, is_reduced=len(chosen) < end - begin)


def _extremes(values: Sequence[float], begin: int, end: int, points: int) -> Iterator[int]:
    """Return the places of the lowest and the highest sample of each of so many stretches, and both ends."""
    stretches = (points - 2) // 2
    yield begin
    inside = end - begin - 2
    for number in range(stretches):
        first = begin + 1 + inside * number // stretches
        last = begin + 1 + inside * (number + 1) // stretches
        places = range(first, last)
        lowest, highest = min(places, key=values.__getitem__), max(places, key=values.__getitem__)
        yield from sorted({lowest, highest})
    yield end - 1

"""A line shows the extremes of what it leaves out, and breaks where nothing was read."""

from hypothesis import given
from hypothesis import strategies as st

from obd2_api.curves import gap_seconds, line

EVERYTHING = (float("-inf"), float("inf"))


def test_a_short_curve_is_shown_whole() -> None:
    shown = line([0, 2, 4], [1, 5, 2], EVERYTHING, points=10, gap=15)

    assert (shown.offsets_seconds, shown.values, shown.is_reduced) == ([0, 2, 4], [1, 5, 2], False)


def test_a_single_spike_survives_however_few_points_there_are() -> None:
    values = [10.0] * 5000
    values[3333], values[777] = 99.0, -7.0

    shown = line(list(range(5000)), values, EVERYTHING, points=20, gap=15)

    assert len(shown.values) <= 20
    assert shown.is_reduced
    assert {99.0, -7.0} <= set(shown.values)
    assert (shown.offsets_seconds[0], shown.offsets_seconds[-1]) == (0, 4999)


def test_silence_breaks_the_line() -> None:
    shown = line([0, 2, 62, 64], [1, 2, 3, 4], EVERYTHING, points=10, gap=15)

    assert (shown.offsets_seconds, shown.values) == ([0, 2, 32, 62, 64], [1, 2, None, 3, 4])


def test_silence_breaks_a_reduced_line_too_and_leaving_out_does_not() -> None:
    offsets = [*range(1000), *range(2000, 3000)]

    shown = line(offsets, [1.0] * 2000, EVERYTHING, points=40, gap=15)

    assert shown.values.count(None) == 1
    assert shown.offsets_seconds[shown.values.index(None)] == 1499.5


def test_a_stretch_runs_to_its_edges() -> None:
    shown = line(list(range(100)), list(range(100)), (10.5, 20.5), points=50, gap=15)

    assert (shown.offsets_seconds[0], shown.offsets_seconds[-1]) == (10, 21)


def test_a_slow_signal_may_be_silent_for_longer() -> None:
    assert gap_seconds(20.0) == 80.0
    assert gap_seconds(2.2) == gap_seconds(None) == 15.0


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=400),
    st.integers(4, 60),
)
def test_no_line_has_more_points_than_asked_for_nor_misses_an_extreme(
    samples: list[tuple[float, float]], points: int
) -> None:
    offsets, values = sorted(offset for offset, _ in samples), [value for _, value in samples]

    shown = [value for value in line(offsets, values, EVERYTHING, points=points, gap=15).values if value is not None]

    assert len(shown) <= max(points, 1)
    assert (min(shown), max(shown)) == (min(values), max(values))

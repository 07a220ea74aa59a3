"""A curve is stored small and read back as it was."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_common.series import DamagedSeriesError, iterate_series, pack_series, unpack_series

SAMPLES = st.lists(
    st.tuples(st.integers(0, 10**15), st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=50
)


@given(SAMPLES)
def test_a_curve_comes_back_as_it_was(samples: list[tuple[int, float]]) -> None:
    offsets = sorted(offset for offset, _ in samples)
    values = [value for _, value in samples]

    assert unpack_series(pack_series(offsets, values), len(samples)) == (offsets, values)


@pytest.mark.parametrize(
    ("packed", "count"),
    [
        (b"noise", 1),
        (pack_series([0, 1], [1.0, 2.0])[:-6], 2),
        (pack_series([0, 1], [1.0, 2.0]), 3),
        (pack_series([0, 1], [1.0, 2.0]), 1),
        (zlib.compress(bytes(50_000_000)), 2),
    ],
    ids=["noise", "cut off", "too short", "too long", "far too long"],
)
def test_a_damaged_curve_is_told(packed: bytes, count: int) -> None:
    with pytest.raises(DamagedSeriesError):
        unpack_series(packed, count)


@pytest.mark.parametrize("count", [0, 1, 5, 30_000])
def test_a_curve_read_sample_by_sample_is_the_same(count: int) -> None:
    offsets, values = [number * 1_500_001 for number in range(count)], [number / 7 for number in range(count)]

    read = list(iterate_series(pack_series(offsets, values), count))

    assert read == list(zip(offsets, values, strict=True))


@pytest.mark.parametrize("damaged", [b"no curve", pack_series([0, 1], [1.0, 2.0])])
def test_a_damaged_curve_is_told_sample_by_sample_too(damaged: bytes) -> None:
    with pytest.raises(DamagedSeriesError):
        list(iterate_series(damaged, 3))

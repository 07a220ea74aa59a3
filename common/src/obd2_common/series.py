"""A parameter's curve over a drive as one compressed value: the times and values of its samples.

Times are whole microseconds after the first sample, as differences; both columns are little-endian 64-bit numbers,
compressed together by zlib.
"""

import sys
import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate, chain
from operator import sub

from obd2_common.errors import Obd2Error

_WIDTH = 8
_LEVEL = 6


class DamagedSeriesError(Obd2Error):
    """A stored curve does not hold what its row says."""


def pack_series(offsets_us: Sequence[int], values: Sequence[float]) -> bytes:
    """Compress the samples of one parameter.

    Args:
        offsets_us: microseconds after the first sample, ascending from 0.
        values: one number per sample.
    """
    differences = array("q", map(sub, offsets_us, chain((0,), offsets_us)))
    return zlib.compress(_portable(differences) + _portable(array("d", values)), _LEVEL)


def unpack_series(packed: bytes, sample_count: int) -> tuple[list[int], list[float]]:
    """Return the microseconds after the first sample and the values.

    Args:
        packed: from `pack_series`.
        sample_count: how many samples it must hold.

    Raises:
        DamagedSeriesError: it holds something else.
    """
    size = sample_count * _WIDTH
    try:
        inflate = zlib.decompressobj()
        data = inflate.decompress(packed, 2 * size + 1)
    except zlib.error as error:
        raise DamagedSeriesError("a stored curve cannot be read") from error
    if len(data) != 2 * size:
        raise DamagedSeriesError("a stored curve has another length than its row says")
    differences, values = array("q", data[:size]), array("d", data[size:])
    if sys.byteorder == "big":
        differences.byteswap()
        values.byteswap()
    return list(accumulate(differences)), values.tolist()


def _portable(column: "array[int] | array[float]") -> bytes:
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()

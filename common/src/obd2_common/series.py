"""A parameter's curve over a drive as one compressed value: the times and values of its samples.

Times are whole microseconds after the first sample, as differences; both columns are little-endian 64-bit numbers,
compressed together by zlib.
"""

import sys
import zlib
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from operator import sub

from obd2_common.errors import Obd2Error

_WIDTH = 8
_LEVEL = 6
_PART_BYTES = 64 * 1024


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


def iterate_series(packed: bytes, sample_count: int) -> Iterator[tuple[int, float]]:
    """Return what `unpack_series` does, sample by sample and in little memory however many there are.

    Args:
        packed: from `pack_series`.
        sample_count: how many samples it must hold.

    Raises:
        DamagedSeriesError: it holds something else.
    """
    size = sample_count * _WIDTH
    differences = _numbers("q", _column(packed, 0, size))
    values = _numbers("d", _column(packed, size, 2 * size))
    offset = 0
    for difference, value in zip(differences, values, strict=True):
        offset += int(difference)
        yield offset, float(value)


def _column(packed: bytes, begin: int, end: int) -> Iterator[bytes]:
    """Inflate a part at a time and return the bytes from one place to another."""
    inflate, place, waiting = zlib.decompressobj(), 0, packed
    while place < end:
        try:
            part = inflate.decompress(waiting, _PART_BYTES)
        except zlib.error as error:
            raise DamagedSeriesError("a stored curve cannot be read") from error
        if not part:
            raise DamagedSeriesError("a stored curve has another length than its row says")
        waiting = inflate.unconsumed_tail
        wanted = part[max(begin - place, 0) : end - place]
        place += len(part)
        if wanted:
            yield wanted


def _numbers(code: str, parts: Iterator[bytes]) -> Iterator[float]:
    rest = b""
    for part in parts:
        data = rest + part
        whole = len(data) - len(data) % _WIDTH
        numbers: array[float] = array(code, data[:whole])
        if sys.byteorder == "big":
            numbers.byteswap()
        yield from numbers
        rest = data[whole:]


def _portable(column: "array[int] | array[float]") -> bytes:
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()

"""Opens packed files for reading; what is cut off or has a wrong checksum raises instead of just ending."""

import gzip
import io
import zlib
from pathlib import Path
from typing import IO, cast

import zstandard

UNPACKING_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)
"""What reading a damaged file raises."""
READ_BYTES = 1 << 16
PACKED_BYTES = 1 << 11
"""How much of a zstd frame is unpacked at a time: in the worst case it grows to 64 MB."""
MAX_WINDOW_BYTES = 32 << 20


def open_unpacked(path: Path, packing: str) -> IO[bytes]:
    """Open a file for reading what it holds.

    Args:
        path: the file.
        packing: ``gzip``, ``zstd`` or empty.
    """
    if packing == "gzip":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if packing == "zstd":
        return io.BufferedReader(_ZstdFile(path.open("rb")), READ_BYTES)
    return path.open("rb")


class _ZstdFile(io.RawIOBase):
    """A file of one zstd frame; zstandard's own reader takes a frame that is cut off for a whole one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._frame = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).decompressobj()
        self._ready = memoryview(b"")
        self._position = 0

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, target: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Read some of the unpacked bytes."""
        while not self._ready and not self._frame.eof:
            packed = self._file.read(PACKED_BYTES)
            if not packed:
                raise EOFError("the frame breaks off before its end")
            self._ready = memoryview(self._frame.decompress(packed))
        count = min(len(target), len(self._ready))
        target[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        self._position += count
        return count

    def tell(self) -> int:
        """Return how many unpacked bytes were read."""
        return self._position

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

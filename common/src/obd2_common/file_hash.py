"""The SHA-256 of files."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def sha256_of(path: Path, before_read: Callable[[], None] = lambda: None) -> str:
    """Return the SHA-256 of a file in lower-case hexadecimal, read from its beginning to its end.

    Args:
        path: of the file.
        before_read: called before each piece is read; what it raises breaks the work off.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
        return hashlib.file_digest(_Checked(file, before_read), "sha256").hexdigest()


class _Checked:
    """A file as `hashlib.file_digest` reads it, with a question before each piece."""

    def __init__(self, file: BinaryIO, before_read: Callable[[], None]) -> None:
        self._file, self._before_read = file, before_read

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: bytearray, /) -> int:
        """Read the next piece into a buffer and return its length in bytes."""
        self._before_read()
        return self._file.readinto(buffer)  # type: ignore[attr-defined, no-any-return]  # BinaryIO does not name it

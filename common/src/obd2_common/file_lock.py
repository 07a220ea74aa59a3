"""Files that one process at a time works with; the operating system frees them when it dies."""

import fcntl
import os
from pathlib import Path


def open_locked(path: Path, mode: int, flags: int = 0) -> int | None:
    """Open a file for reading and writing, creating it when missing, and lock it until it is closed.

    Args:
        path: of the file.
        mode: of a new file.
        flags: further ones of `os.open`.

    Returns:
        its descriptor, or None when somebody else has it locked.

    Raises:
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | flags, mode)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor

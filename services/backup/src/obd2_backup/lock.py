"""Lets one process at a time work in a vault."""

import fcntl
import os
from pathlib import Path


class VaultLock:
    """A lock on the vault that the operating system releases when its process dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def is_acquired(self) -> bool:
        """Tell whether this process has the lock."""
        return self._descriptor is not None

    def try_acquire(self) -> bool:
        """Take the lock if nobody has it; tell whether this process has it now."""
        if self.is_acquired:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock back if this process has it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

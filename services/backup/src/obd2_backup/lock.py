"""Lets one process at a time work in a vault."""

import os
from pathlib import Path

from obd2_common.file_lock import open_locked


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
        if not self.is_acquired:
            self._descriptor = open_locked(self._path, 0o640)
        return self.is_acquired

    def release(self) -> None:
        """Give the lock back if this process has it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

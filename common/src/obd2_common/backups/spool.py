"""The spool: where api leaves an upload, complete and durable, for backup to pick up.

A file is written as ``incoming/{backup_id}.part`` and renamed to ``ready/{backup_id}`` once every byte is on the disk.
Whoever sees a name in ``ready`` sees a whole file; whether it was acknowledged is decided by its row alone. An upload
that comes in several connections grows in ``resumable``.
"""

import hashlib
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

_FOLDER_MODE = 0o750
_FILE_MODE = 0o640


@dataclass(frozen=True)
class SpooledFile:
    """A file that is complete in the spool."""

    path: Path
    size_bytes: int
    sha256: str


def incoming_path(spool_dir: Path, backup_id: str) -> Path:
    """Return where an upload is written while it arrives."""
    return spool_dir / "incoming" / f"{backup_id}.part"


def ready_path(spool_dir: Path, backup_id: str) -> Path:
    """Return where a complete upload waits to be stored."""
    return spool_dir / "ready" / backup_id


def resumable_path(spool_dir: Path, upload_id: str) -> Path:
    """Return where an upload that comes in several connections grows."""
    return spool_dir / "resumable" / upload_id


def prepare_spool(spool_dir: Path) -> None:
    """Create the spool's folders where they are missing.

    Raises:
        OSError: they cannot be made.
    """
    for folder in (spool_dir, spool_dir / "incoming", spool_dir / "resumable", spool_dir / "ready"):
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)


def free_bytes(folder: Path) -> int:
    """Return how many bytes the file system of a folder still takes."""
    return shutil.disk_usage(folder).free


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: what was renamed into it or removed stays so after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class SpoolWriter:
    """Writes one upload; until `publish` returns, nothing of it can be seen in ``ready``."""

    def __init__(self, spool_dir: Path, backup_id: str) -> None:
        prepare_spool(spool_dir)
        self._spool_dir = spool_dir
        self._backup_id = backup_id
        self._part = incoming_path(spool_dir, backup_id)
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
        self._file: FileIO | None = FileIO(descriptor, "wb")
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes.

        Raises:
            OSError: the disk does not take them, e.g. because it is full.
        """
        if self._file is None:
            raise ValueError("the upload is already closed")
        self._digest.update(data)
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self.size_bytes += len(data)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of what was written so far, in lower-case hex."""
        return self._digest.hexdigest()

    def publish(self) -> SpooledFile:
        """Make the upload durable and visible in ``ready``.

        Raises:
            OSError: the disk failed; the upload is not visible.
        """
        if self._file is None:
            raise ValueError("the upload is already closed")
        os.fsync(self._file.fileno())
        self._close()
        ready = ready_path(self._spool_dir, self._backup_id)
        self._part.rename(ready)
        sync_folder(ready.parent)
        return SpooledFile(ready, self.size_bytes, self.sha256)

    def discard(self) -> None:
        """Remove an upload that was refused or broke off.

        One that was published stays: its row may have been written even when the database could not say so. The
        backup service stores it or, when no row claims it, lets it expire.
        """
        self._close()
        with suppress(FileNotFoundError):
            self._part.unlink()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

"""An upload that grows over several connections: one writer at a time, durable where it says so."""

import errno
import os
from pathlib import Path

from obd2_common.backups.spool import SpooledFile, prepare_spool, ready_path, resumable_path, sync_folder
from obd2_common.errors import Obd2Error
from obd2_common.file_lock import open_locked


class PartBusyError(Obd2Error):
    """Another process is writing to the upload."""


class PartFile:
    """The bytes of a resumable upload so far, opened for writing by this process alone.

    Args:
        spool_dir: the spool.
        upload_id: names the file; it is created when missing.

    Raises:
        PartBusyError: another process has it.
        OSError: it cannot be opened.
    """

    def __init__(self, spool_dir: Path, upload_id: str) -> None:
        prepare_spool(spool_dir)
        self._spool_dir = spool_dir
        self._upload_id = upload_id
        self._path = resumable_path(spool_dir, upload_id)
        is_new = not self._path.exists()
        descriptor = open_locked(self._path, 0o640, os.O_NOFOLLOW)
        if descriptor is None:
            raise PartBusyError("another connection is writing to this upload")
        self._descriptor = descriptor
        if is_new:
            sync_folder(self._path.parent)

    @property
    def size_bytes(self) -> int:
        """Return how many bytes there are, durable or not."""
        return os.fstat(self._descriptor).st_size

    def cut(self, size_bytes: int) -> None:
        """Forget everything from an offset on; writing goes on there."""
        os.ftruncate(self._descriptor, size_bytes)
        os.lseek(self._descriptor, size_bytes, os.SEEK_SET)

    def write(self, data: bytes) -> None:
        """Append bytes.

        Raises:
            OSError: the disk does not take them.
        """
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def sync(self) -> None:
        """Make everything written so far durable."""
        os.fsync(self._descriptor)

    def publish(self, sha256: str) -> SpooledFile:
        """Make the upload durable and visible in ``ready``, as `SpoolWriter.publish` does."""
        self.sync()
        spooled = SpooledFile(ready_path(self._spool_dir, self._upload_id), self.size_bytes, sha256)
        self._path.rename(spooled.path)
        sync_folder(spooled.path.parent)
        sync_folder(self._path.parent)
        return spooled

    def remove(self) -> None:
        """Delete the upload's bytes."""
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let the next writer in."""
        os.close(self._descriptor)


def is_disk_full(error: OSError) -> bool:
    """Tell whether an error means that there is no room."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

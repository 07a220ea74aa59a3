"""The vault on the disk: the only place that moves files into it and removes them from it."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from obd2_common.backups.names import SERVER_DEVICE
from obd2_common.backups.spool import prepare_spool, ready_path, resumable_path, sync_folder
from obd2_common.backups.vault_marker import is_marked, mark, require_marked
from obd2_common.errors import ConfigurationError, Obd2Error

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS})


class OutsideVaultError(Obd2Error):
    """A path leads out of the vault, for instance through a symbolic link."""


class Vault:
    """The folder of kept backups, with the spool inside it."""

    def __init__(self, root: Path, spool_dir: Path) -> None:
        self.root = root
        self.spool_dir = spool_dir

    def prepare(self) -> None:
        """Create the folders, put the marker there, and make sure they can do what is asked of them.

        Only what `check_vault` let pass may be prepared.

        Raises:
            ConfigurationError: the vault cannot be written, or moving a file into it would be a copy.
        """
        try:
            self.root.mkdir(mode=0o750, parents=True, exist_ok=True)
            prepare_spool(self.spool_dir)
            probe = self.root / ".write-probe"
            probe.write_bytes(b"")
            probe.unlink()
            if not is_marked(self.root):
                mark(self.root)
        except OSError as error:
            raise ConfigurationError(f"BACKUP_DIR cannot be written: {error.strerror}") from error
        if self.root.stat().st_dev != (self.spool_dir / "ready").stat().st_dev:
            raise ConfigurationError("BACKUP_DIR and its spool must lie on one file system")

    def check(self) -> None:
        """Make sure that the vault is there.

        Raises:
            VaultUnavailableError: it is not, as when its disk is not mounted.
        """
        require_marked(self.root)

    def is_there(self) -> bool:
        """Tell whether the vault is there."""
        return is_marked(self.root)

    def spooled(self, backup_id: str) -> Path:
        """Return where an upload waits until it is stored."""
        return ready_path(self.spool_dir, backup_id)

    def scratch(self, backup_id: str) -> Path:
        """Return where a backup may be unpacked for checking."""
        return self.spool_dir / "checking" / backup_id

    def path(self, relative: str) -> Path:
        """Return the place of a kept file.

        Raises:
            OutsideVaultError: it would not lie inside the vault.
        """
        place = self.root / relative
        if not place.parent.resolve().is_relative_to(self.root.resolve()) or place.name in {"", ".", ".."}:
            raise OutsideVaultError("a backup's path leads out of the vault")
        return place

    def is_taken(self, relative: str) -> bool:
        """Tell whether anything, a dangling link included, bears a name."""
        return os.path.lexists(self.path(relative))

    def holds(self, relative: str) -> bool:
        """Tell whether a kept file is there, as a plain file.

        Raises:
            VaultUnavailableError: it is not, and neither is the vault.
        """
        place = self.path(relative)
        if not os.path.lexists(place):
            self.check()
        return place.is_file() and not place.is_symlink()

    def take_in(self, backup_id: str, relative: str) -> None:
        """Move a spooled file to its place in one step and make that durable.

        Raises:
            FileExistsError: the place is taken; nothing was moved.
            OSError: the disk failed.
        """
        place = self.path(relative)
        self._make_folder(place.parent)
        place = self.path(relative)
        if os.path.lexists(place):
            raise FileExistsError("the place of the backup is taken")
        spooled = self.spooled(backup_id)
        spooled.rename(place)
        sync_folder(place.parent)
        sync_folder(spooled.parent)

    def link_in(self, backup_id: str, relative: str, twin: str) -> None:
        """Put a spooled file in its place as a second name of a kept file with the same content.

        Where the file system knows no second names, the spooled file itself is moved.

        Raises:
            FileExistsError: the place is taken; nothing was changed.
            OSError: the disk failed.
        """
        place = self.path(relative)
        self._make_folder(place.parent)
        try:
            os.link(self.path(twin), place, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self.take_in(backup_id, relative)
            return
        sync_folder(place.parent)
        self.drop_spooled(backup_id)

    def drop_spooled(self, backup_id: str) -> None:
        """Delete a spooled file whose content is kept already."""
        spooled = self.spooled(backup_id)
        spooled.unlink(missing_ok=True)
        sync_folder(spooled.parent)

    def drop_resumable(self, upload_id: str) -> None:
        """Delete what came of a resumable upload that was given up."""
        resumable_path(self.spool_dir, upload_id).unlink(missing_ok=True)

    def remove(self, relative: str) -> None:
        """Delete a kept file if it is there and make that durable.

        Raises:
            VaultUnavailableError: the vault is not there.
        """
        self.check()
        place = self.path(relative)
        if place.parent.is_dir():
            place.unlink(missing_ok=True)
            sync_folder(place.parent)

    def clear_scratch(self) -> None:
        """Remove what an interrupted check left unpacked."""
        for leftover in self._files("checking"):
            leftover.unlink(missing_ok=True)

    def has_ready(self) -> bool:
        """Tell whether any upload waits in the spool; cheap enough to ask several times a second."""
        return any(self._files("ready"))

    def expired_uploads(self, older_than_timestamp: float) -> list[Path]:
        """List the spool's files, complete or not, that were last written before a moment (seconds since 1970)."""
        return [
            path
            for folder in ("incoming", "ready")
            for path in self._files(folder)
            if path.lstat().st_mtime < older_than_timestamp
        ]

    def dumps(self) -> list[tuple[str, int]]:
        """Return path and size in bytes of the dumps of the server's own database, latest first."""
        # A name begins with the same word and goes on with the time, so that the order of names is that of times.
        places = sorted((self.root / SERVER_DEVICE / "database").glob("*"), reverse=True)
        return [(str(place.relative_to(self.root)), place.stat().st_size) for place in places]

    def _files(self, folder: str) -> Iterator[Path]:
        try:
            with os.scandir(self.spool_dir / folder) as entries:
                yield from (Path(entry.path) for entry in entries)
        except FileNotFoundError:
            return

    def _make_folder(self, folder: Path) -> None:
        """Create a folder and its parents inside the vault, each durable before the next."""
        self.check()
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        for part in reversed(missing):
            part.mkdir(mode=0o750, exist_ok=True)
            sync_folder(part.parent)

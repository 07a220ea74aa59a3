"""The marker that tells the vault from the empty folder which is left when its disk is not mounted."""

from pathlib import Path

from sqlmodel import Session, col, select

from obd2_common.backups.spool import ready_path, sync_folder
from obd2_common.db.database import Database
from obd2_common.errors import Obd2Error
from obd2_common.tables.backups import Backup

MARKER = ".obd2-vault"
TEXT = "The vault of OBD2-Server's backups. Without this file it counts as a disk that is not mounted.\n"
KNOWN_BACKUPS = 200
"""How many of the newest backups are looked for in a folder that has no marker."""


class VaultUnavailableError(Obd2Error):
    """The vault's folder is not the vault: its disk is not mounted."""


def is_marked(root: Path) -> bool:
    """Tell whether a folder bears the marker."""
    return (root / MARKER).is_file()


def mark(root: Path) -> None:
    """Put the marker into a folder and make it durable."""
    (root / MARKER).write_text(TEXT, encoding="ascii")
    sync_folder(root)


def require_marked(root: Path) -> None:
    """Make sure that a folder bears the marker.

    Raises:
        VaultUnavailableError: it does not.
    """
    if not is_marked(root):
        raise VaultUnavailableError(
            "the vault is not there: mount its disk, or let a new one be used with `obd2 backups vault --init`",
        )


def check_vault(database: Database, root: Path, spool_dir: Path) -> None:
    """Make sure that a folder is the vault, or may become it.

    Without a marker it may if the database knows of no backup, or if any that it knows lies there.

    Raises:
        VaultUnavailableError: it may not.
        DatabaseUnavailableError: the database does not answer.
    """
    if is_marked(root):
        return
    known = database.read(_known)
    if known and not any((root / path).is_file() or ready_path(spool_dir, name).is_file() for name, path in known):
        require_marked(root)


def check_arrival(database: Database, root: Path, spool_dir: Path, spooled: Path) -> None:
    """Make sure that a file which is complete in the spool lies in the vault, before anybody is told so.

    A disk that went away while the file came leaves an empty folder, into which the file was written instead.

    Raises:
        VaultUnavailableError: it does not.
        DatabaseUnavailableError: the database does not answer.
    """
    check_vault(database, root, spool_dir)
    if not spooled.is_file():
        raise VaultUnavailableError("the vault was away while the file came: send it again")


def _known(session: Session) -> list[tuple[str, str]]:
    """Return ids and paths of the newest backups that were not rotated away."""
    query = (
        select(Backup.backup_id, Backup.path)
        .where(Backup.state != "rotated")
        .order_by(col(Backup.received_at).desc())
        .limit(KNOWN_BACKUPS)
    )
    return list(session.exec(query))

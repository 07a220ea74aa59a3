"""Backups, listed and found."""

from dataclasses import dataclass

from sqlmodel import Session, and_, col, or_, select

from obd2_api.cursors import read_cursor, write_cursor
from obd2_common.tables.backups import Backup


@dataclass(frozen=True, slots=True)
class BackupFilter:
    """Which backups to list; None means any."""

    source_device: str | None = None
    type: str | None = None
    state: str | None = None


def list_backups(
    session: Session,
    wanted: BackupFilter,
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[Backup], str | None]:
    """Return a page of backups, latest first, and the cursor of the next page.

    Raises:
        InvalidInputError: the cursor is not one of ours.
    """
    received, key = col(Backup.received_at), col(Backup.backup_id)
    query = select(Backup).order_by(received.desc(), key).limit(limit + 1)
    if wanted.source_device is not None:
        query = query.where(col(Backup.source_device) == wanted.source_device)
    if wanted.type is not None:
        query = query.where(col(Backup.type) == wanted.type)
    if wanted.state is not None:
        query = query.where(col(Backup.state) == wanted.state)
    if cursor is not None:
        moment, (backup_id,) = read_cursor(cursor, str)
        query = query.where(or_(received < moment, and_(received == moment, key > backup_id)))
    rows = list(session.exec(query))
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], write_cursor(rows[limit - 1].received_at, rows[limit - 1].backup_id)


def find_backup(session: Session, backup_id: str) -> Backup | None:
    """Return the row of a backup."""
    return session.get(Backup, backup_id)

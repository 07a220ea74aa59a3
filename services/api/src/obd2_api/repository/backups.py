"""Backups, listed and found."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from obd2_api.paging import Page, SortKey, read_page
from obd2_common.tables.backups import Backup

_LATEST_FIRST: tuple[SortKey[Backup], ...] = (
    SortKey(col(Backup.received_at), datetime, lambda backup: backup.received_at, is_descending=True),
    SortKey(col(Backup.backup_id), str, lambda backup: backup.backup_id),
)


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
) -> Page[Backup]:
    """Return a page of backups, latest first.

    Raises:
        InvalidInputError: the cursor is not one of ours.
    """
    query = select(Backup)
    if wanted.source_device is not None:
        query = query.where(col(Backup.source_device) == wanted.source_device)
    if wanted.type is not None:
        query = query.where(col(Backup.type) == wanted.type)
    if wanted.state is not None:
        query = query.where(col(Backup.state) == wanted.state)
    return read_page(session, query, _LATEST_FIRST, limit=limit, cursor=cursor)


def going_next(session: Session) -> list[Backup]:
    """Return the stored backups that are expected to go when the next one of their device and type comes."""
    query = select(Backup).where(col(Backup.state) == "stored", col(Backup.goes_next).is_(True))
    return list(session.exec(query.order_by(col(Backup.received_at), col(Backup.backup_id))))


def find_backup(session: Session, backup_id: str) -> Backup | None:
    """Return the row of a backup."""
    return session.get(Backup, backup_id)

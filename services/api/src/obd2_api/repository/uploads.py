"""The rows of uploads: written when a file is complete in the spool, read until the backup service has stored it."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from obd2_common.backup_names import BackupName
from obd2_common.spool import SpooledFile
from obd2_common.tables.backups import Backup

ONE_TICK = timedelta(microseconds=1)


def record_upload(
    session: Session,
    *,
    backup_id: str,
    device_id: str,
    backup_type: str,
    original_name: str,
    name: BackupName,
    spooled: SpooledFile,
    now: datetime,
) -> Backup:
    """Record a complete upload and return its row.

    The receipt times of a bucket never run backwards, even when the server's clock does: they decide what is the newest
    backup and give each file a name of its own.

    Args:
        session: the caller commits.
        backup_id: the name of the file in the spool.
        device_id: checked.
        backup_type: checked.
        original_name: as the client sent it.
        name: the same, checked.
        spooled: the file.
        now: aware UTC.
    """
    # A commit whose confirmation was lost is run again: then the row is there already.
    if already := session.get(Backup, backup_id):
        return already
    newest = session.exec(
        select(Backup.received_at)
        .where(Backup.source_device == device_id, Backup.type == backup_type)
        .order_by(col(Backup.received_at).desc())
        .limit(1),
    ).first()
    received_at = now if newest is None else max(now, newest + ONE_TICK)
    filename = name.stamped(received_at)
    backup = Backup(
        backup_id=backup_id,
        source_device=device_id,
        type=backup_type,
        original_name=original_name,
        filename=filename,
        path=f"{device_id}/{backup_type}/{filename}",
        size_bytes=spooled.size_bytes,
        sha256=spooled.sha256,
        state="spooled",
        verification="pending",
        received_at=received_at,
    )
    session.add(backup)
    session.flush()
    return backup


def find_upload(session: Session, backup_id: str) -> Backup | None:
    """Return the row of an upload."""
    return session.get(Backup, backup_id)

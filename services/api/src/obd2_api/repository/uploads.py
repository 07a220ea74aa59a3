"""The rows of uploads: written when a file is complete in the spool, read until the backup service has stored it."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from obd2_api.errors import StorageFullError
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
    quota_bytes: int | None,
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
        quota_bytes: how much a device may keep; what several backups share counts once. None is no limit.
        now: aware UTC.

    Raises:
        StorageFullError: the device's quota is used up.
    """
    # A commit whose confirmation was lost is run again: then the row is there already.
    if already := session.get(Backup, backup_id):
        return already
    if quota_bytes is not None:
        _check_quota(session, device_id, backup_type, spooled, quota_bytes)
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


def _check_quota(
    session: Session,
    device_id: str,
    backup_type: str,
    spooled: SpooledFile,
    quota_bytes: int,
) -> None:
    kept = select(Backup.type, Backup.sha256, Backup.size_bytes).where(
        Backup.source_device == device_id,
        col(Backup.state).in_(("spooled", "stored")),
    )
    sizes = {(kind, sha256): size_bytes for kind, sha256, size_bytes in session.exec(kept)}
    sizes[backup_type, spooled.sha256] = spooled.size_bytes
    if sum(sizes.values()) > quota_bytes:
        raise StorageFullError(f"the device's quota of {quota_bytes} bytes is used up; the file was not kept")


def find_upload(session: Session, backup_id: str) -> Backup | None:
    """Return the row of an upload."""
    return session.get(Backup, backup_id)

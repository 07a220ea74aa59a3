"""The rows of uploads: written when a file is complete in the spool."""

from datetime import datetime

from sqlmodel import Session, col, select

from obd2_api.errors import StorageFullError
from obd2_common.backups.intake import Intake, record_intake
from obd2_common.tables.backups import Backup


def record_upload(session: Session, upload: Intake, *, quota_bytes: int | None, now: datetime) -> Backup:
    """Record a complete upload and return its row.

    Args:
        session: the caller commits.
        upload: the file; recording it again changes nothing.
        quota_bytes: how much a device may keep; what several backups share counts once. None is no limit.
        now: aware UTC.

    Raises:
        StorageFullError: the device's quota is used up.
    """
    if quota_bytes is not None:
        content = (upload.type, upload.file.sha256)
        check_quota(session, upload.source_device, content, upload.file.size_bytes, quota_bytes=quota_bytes)
    return record_intake(session, upload, now=now)


def check_quota(
    session: Session,
    source_device: str,
    content: tuple[str, str | None],
    size_bytes: int,
    *,
    quota_bytes: int,
    promised_bytes: int = 0,
) -> None:
    """Make sure that a device may keep another file; until the caller commits, no other file of it is looked at.

    Args:
        session: the caller commits.
        source_device: whose file.
        content: its type and SHA-256; what is kept already counts once.
        size_bytes: of the file.
        quota_bytes: how much the device may keep.
        promised_bytes: what other uploads of the device will bring.

    Raises:
        StorageFullError: it may not.
    """
    # The statement waits for whoever adds to the device's files; the next one sees what came of that.
    session.exec(select(Backup.backup_id).where(Backup.source_device == source_device).with_for_update()).all()
    kept = select(Backup.type, Backup.sha256, Backup.size_bytes).where(
        Backup.source_device == source_device,
        col(Backup.state).in_(("spooled", "stored")),
    )
    sizes: dict[tuple[str, str | None], int] = {(kind, sha256): size for kind, sha256, size in session.exec(kept)}
    sizes[content] = size_bytes
    if sum(sizes.values()) + promised_bytes > quota_bytes:
        raise StorageFullError(f"the device's quota of {quota_bytes} bytes is used up; the file was not kept")

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
        _check_quota(session, upload, quota_bytes)
    return record_intake(session, upload, now=now)


def _check_quota(session: Session, upload: Intake, quota_bytes: int) -> None:
    kept = select(Backup.type, Backup.sha256, Backup.size_bytes).where(
        Backup.source_device == upload.source_device,
        col(Backup.state).in_(("spooled", "stored")),
    )
    sizes = {(kind, sha256): size_bytes for kind, sha256, size_bytes in session.exec(kept)}
    sizes[upload.type, upload.file.sha256] = upload.file.size_bytes
    if sum(sizes.values()) > quota_bytes:
        raise StorageFullError(f"the device's quota of {quota_bytes} bytes is used up; the file was not kept")

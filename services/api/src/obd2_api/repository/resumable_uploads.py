"""The rows of uploads that come in several connections."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from obd2_api.repository.uploads import check_quota, record_upload
from obd2_common.backups.intake import Intake
from obd2_common.tables.backups import Backup, ResumableUpload

MOVED_LATELY = timedelta(hours=1)


def add_upload(session: Session, upload: ResumableUpload, *, quota_bytes: int | None) -> None:
    """Record an upload that begins; recording it again changes nothing.

    Args:
        session: the caller commits.
        upload: the upload.
        quota_bytes: how much its device may keep, with what other open uploads will bring; None is no limit.

    Raises:
        StorageFullError: the device's quota does not admit it.
    """
    if session.get(ResumableUpload, upload.upload_id) is not None:
        return
    if quota_bytes is not None:
        content = (upload.type, upload.sha256)
        promised_bytes = _promised_bytes(session, upload)
        check_quota(
            session,
            upload.source_device,
            content,
            upload.size_bytes,
            quota_bytes=quota_bytes,
            promised_bytes=promised_bytes,
        )
    session.add(upload)


def _promised_bytes(session: Session, upload: ResumableUpload) -> int:
    """Return what the other uploads will bring that moved lately; of two of the same file one was given up."""
    query = select(ResumableUpload).where(
        ResumableUpload.source_device == upload.source_device,
        ResumableUpload.state == "open",
        col(ResumableUpload.expires_at) > upload.expires_at - MOVED_LATELY,
    )
    files = {(other.type, other.size_bytes, other.sha256) for other in session.exec(query)}
    files.discard((upload.type, upload.size_bytes, upload.sha256))
    return sum(size_bytes for _type, size_bytes, _sha256 in files)


def find_resumable(session: Session, upload_id: str) -> ResumableUpload | None:
    """Return the row of an upload."""
    return session.get(ResumableUpload, upload_id)


def record_offset(session: Session, upload_id: str, *, offset_bytes: int, expires_at: datetime) -> None:
    """Record how much of an open upload is durable, and until when it may rest."""
    statement = update(ResumableUpload).where(
        col(ResumableUpload.upload_id) == upload_id,
        col(ResumableUpload.state) == "open",
    )
    session.connection().execute(statement.values(offset_bytes=offset_bytes, expires_at=expires_at))


def record_end(session: Session, upload_id: str, state: str) -> None:
    """Record that an open upload is complete or refused."""
    statement = update(ResumableUpload).where(
        col(ResumableUpload.upload_id) == upload_id,
        col(ResumableUpload.state) == "open",
    )
    session.connection().execute(statement.values(state=state))


def record_complete(session: Session, intake: Intake, *, quota_bytes: int | None, now: datetime) -> Backup:
    """Turn a complete upload into a backup, in the transaction that ends it.

    Raises:
        StorageFullError: the device's quota is used up.
    """
    backup = record_upload(session, intake, quota_bytes=quota_bytes, now=now)
    record_end(session, intake.backup_id, "complete")
    return backup

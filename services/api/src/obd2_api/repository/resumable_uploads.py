"""The rows of uploads that come in several connections."""

from datetime import datetime

from sqlmodel import Session, col, update

from obd2_api.repository.uploads import record_upload
from obd2_common.backups.intake import Intake
from obd2_common.tables.backups import Backup, ResumableUpload


def add_upload(session: Session, upload: ResumableUpload) -> None:
    """Record an upload that begins; recording it again changes nothing."""
    if session.get(ResumableUpload, upload.upload_id) is None:
        session.add(upload)


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

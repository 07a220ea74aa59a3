"""The backups received, from the spool to the vault to their rotation."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import SQLModel

from obd2_common.tables.columns import TABLE_OPTIONS, json, key, moment, short_text, text, whole


class Backup(SQLModel, table=True):
    """One received file.

    ``state`` is spooled (received, durable, not yet looked at), stored (in the vault), rotating (about to be deleted by
    retention), rotated (deleted), or missing (its file vanished). ``verification`` is pending, ok, damaged or
    unchecked; a damaged file is kept all the same.
    """

    __tablename__ = "backups"
    __table_args__ = (
        UniqueConstraint("path", name="uq_backups_path"),
        Index("ix_backups_bucket", "source_device", "type", "state", "received_at"),
        Index("ix_backups_checks", "state", "verified_at"),
        TABLE_OPTIONS,
    )
    backup_id: str = key(36)
    source_device: str = short_text(required=True)
    type: str = short_text(16, required=True)
    original_name: str = short_text(required=True)
    filename: str = short_text(required=True)
    path: str = short_text(700, required=True)
    size_bytes: int = whole(required=True)
    sha256: str = short_text(64, required=True)
    state: str = short_text(16, required=True)
    verification: str = short_text(16, required=True)
    verification_detail: str | None = text()
    received_at: datetime = moment(required=True)
    """By the server's clock, which may have been wrong."""
    receipt_number: int | None = whole()
    """Grows with each receipt of a device and type; None, of an earlier version, is before every number."""
    stored_at: datetime | None = moment()
    verified_at: datetime | None = moment()
    rotated_at: datetime | None = moment()
    rotated_count: int | None = whole()
    """How many older files left the bucket when this one came."""
    duplicate_of: str | None = short_text(36)
    """The backup whose content this one shares on the disk."""
    replicated_at: datetime | None = moment()
    """Since when it has a second copy."""
    kept_because: list[str] | None = json()
    """The rules that kept it at the last rotation of its bucket; None before the first."""
    goes_next: bool | None = None
    """Whether that rotation expected it to go once another backup of the device and type comes."""


class BackupRun(SQLModel, table=True):
    """What the backup service did: a rotation, a dump of the server's own data, a restore drill.

    ``outcome`` is ok or failed.
    """

    __tablename__ = "backup_runs"
    __table_args__ = (Index("ix_backup_runs_kind", "kind", "started_at"), TABLE_OPTIONS)
    run_id: str = key(36)
    kind: str = short_text(16, required=True)
    source_device: str | None = short_text()
    type: str | None = short_text(16)
    started_at: datetime = moment(required=True)
    finished_at: datetime = moment(required=True)
    outcome: str = short_text(16, required=True)
    details: dict[str, Any] | None = json()


class ResumableUpload(SQLModel, table=True):
    """An upload that comes in parts, over as many connections as it takes.

    ``state`` is open, complete (then the backup of the same id has it), refused, or expired. What lies in the spool
    before ``offset_bytes`` is on the disk for good.
    """

    __tablename__ = "resumable_uploads"
    __table_args__ = (Index("ix_resumable_uploads_expiry", "state", "expires_at"), TABLE_OPTIONS)
    upload_id: str = key(36)
    source_device: str = short_text(required=True)
    type: str = short_text(16, required=True)
    original_name: str = short_text(required=True)
    size_bytes: int = whole(required=True)
    sha256: str | None = short_text(64)
    upload_metadata: str = text()
    offset_bytes: int = whole(required=True)
    state: str = short_text(16, required=True)
    created_at: datetime = moment(required=True)
    expires_at: datetime = moment(required=True)

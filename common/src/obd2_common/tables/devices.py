"""Who sends: devices, the epochs of their databases, how far each table is, what came and what was put aside."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from obd2_common.db.types import BigId, LongText
from obd2_common.tables.columns import TABLE_OPTIONS, json, key, key_number, moment, short_text, text, whole


class Device(SQLModel, table=True):
    """One sending device; its row is the lock that orders the device's requests."""

    __tablename__ = "devices"
    __table_args__ = TABLE_OPTIONS
    source_device: str = key()
    display_name: str = short_text(required=True)
    default_data_source: str | None = short_text()
    open_epoch: int = whole(required=True)
    first_seen_at: datetime = moment(required=True)
    last_seen_at: datetime = moment(required=True)
    last_success_at: datetime | None = moment()
    last_batch_id: str | None = short_text()
    last_failure_at: datetime | None = moment()
    last_failure_reason: str | None = text()
    shared_id_suspected_at: datetime | None = moment()
    request_count: int = whole(default=0)
    empty_request_count: int = whole(default=0)
    lock_count: int | None = whole()


class DeviceEpoch(SQLModel, table=True):
    """One life of a device's database; a rebuilt or restored database opens the next."""

    __tablename__ = "device_epochs"
    __table_args__ = TABLE_OPTIONS
    source_device: str = key()
    source_epoch: int = key_number()
    opened_at: datetime = moment(required=True)
    reason: str = text()
    trigger_table: str | None = short_text()
    trigger_source_id: str | None = short_text()
    drive_counter: int = whole(default=0)
    max_drive_id: int = whole(default=0)
    ended_drive_id: int = whole(default=0)
    last_drive_end_at: datetime | None = moment()
    lock_count: int | None = whole()


class SyncCursor(SQLModel, table=True):
    """How far one table of one epoch has come."""

    __tablename__ = "sync_cursors"
    __table_args__ = TABLE_OPTIONS
    source_device: str = key()
    source_epoch: int = key_number()
    table_name: str = key()
    high_water_id: int | None = whole()
    high_water_time: datetime | None = moment()
    row_count: int = whole(default=0)
    last_synced_at: datetime = moment(required=True)
    last_batch_id: str = short_text(required=True)


class SyncHistory(SQLModel, table=True):
    """One request that brought rows; empty sweeps only count in `Device`."""

    __tablename__ = "sync_history"
    __table_args__ = (
        Index("ix_sync_history_received", "received_at"),
        Index("ix_sync_history_device", "source_device", "received_at"),
        TABLE_OPTIONS,
    )
    receipt_id: str = key(36)
    source_device: str = short_text(required=True)
    source_epoch: int = whole(required=True)
    batch_id: str = short_text(required=True)
    received_at: datetime = moment(required=True)
    tables: dict[str, Any] | None = json()
    inserted: int = whole(default=0)
    updated: int = whole(default=0)
    unchanged: int = whole(default=0)
    quarantined: int = whole(default=0)
    drive_data_received: bool = False
    auto_analysis_triggered: bool = False


class QuarantinedRow(SQLModel, table=True):
    """A row that could not be stored in its table, kept word for word."""

    __tablename__ = "quarantine"
    __table_args__ = (
        UniqueConstraint("source_device", "row_digest", name="uq_quarantine_row"),
        Index("ix_quarantine_state", "state", "received_at"),
        TABLE_OPTIONS,
    )
    quarantine_id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    source_device: str = short_text(required=True)
    source_epoch: int = whole(required=True)
    table_name: str = short_text(required=True)
    source_id: str | None = short_text()
    receipt_id: str = short_text(36, required=True)
    batch_id: str = short_text(required=True)
    received_at: datetime = moment(required=True)
    last_received_at: datetime = moment(required=True)
    times_received: int = whole(default=1)
    reason: str = short_text(64, required=True)
    column_name: str | None = short_text()
    row_text: str = Field(sa_type=LongText)
    row_encoding: str = short_text(32, default="json")
    row_digest: str = short_text(64, required=True)
    state: str = short_text(16, default="open")


class UnknownColumn(SQLModel, table=True):
    """A column the Pi sends and the server does not know yet; its values are in the rows' ``extra``."""

    __tablename__ = "unknown_columns"
    __table_args__ = TABLE_OPTIONS
    source_device: str = key()
    table_name: str = key()
    column_name: str = key()
    first_seen_at: datetime = moment(required=True)
    last_seen_at: datetime = moment(required=True)
    row_count: int = whole(default=0)

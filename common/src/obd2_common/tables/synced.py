"""The tables the Pi sends, one class each, in the Pi's column order plus the server's columns.

Every time column of the Pi stands twice: ``<column>`` is UTC, ``<column>_raw`` the text as it came. Every column the
Pi fills is nullable here: a row with an id is stored whatever else it lacks. What the wire carries is read off these
classes by `obd2_common.synced_specs`.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import SQLModel

from obd2_common.tables.columns import (
    TABLE_OPTIONS,
    json,
    key,
    key_number,
    moment,
    real,
    short_text,
    text,
    whole,
)


class SyncedRow(SQLModel):
    """Server columns of a row whose Pi key is a whole number."""

    source_device: str = key()
    source_epoch: int = key_number()
    source_id: int = key_number()
    synced_at: datetime = moment(required=True)
    sync_batch_id: str = short_text(required=True)
    row_flags: str | None = short_text()
    extra: dict[str, Any] | None = json()
    __table_args__: ClassVar[Any] = TABLE_OPTIONS


class SyncedTextRow(SQLModel):
    """Server columns of a row whose Pi key is a text."""

    source_device: str = key()
    source_epoch: int = key_number()
    source_id: str = key()
    synced_at: datetime = moment(required=True)
    sync_batch_id: str = short_text(required=True)
    row_flags: str | None = short_text()
    extra: dict[str, Any] | None = json()
    __table_args__: ClassVar[Any] = TABLE_OPTIONS


class RealtimeData(SyncedRow, table=True):
    """One reading of one parameter."""

    __tablename__ = "realtime_data"
    __table_args__ = (
        Index(
            "ix_realtime_data_drive",
            "source_device",
            "source_epoch",
            "drive_id",
            "parameter_name",
        ),
        Index("ix_realtime_data_time", "source_device", "source_epoch", "timestamp"),
        TABLE_OPTIONS,
    )
    timestamp: datetime | None = moment()
    timestamp_raw: str | None = text()
    parameter_name: str | None = short_text()
    value: float | None = real()
    unit: str | None = text()
    profile_id: str | None = short_text()
    data_source: str | None = short_text()
    drive_id: int | None = whole()


class Statistics(SyncedRow, table=True):
    """The Pi's own statistic of one parameter."""

    __tablename__ = "statistics"
    parameter_name: str | None = short_text()
    analysis_date: datetime | None = moment()
    analysis_date_raw: str | None = text()
    profile_id: str | None = short_text()
    max_value: float | None = real()
    min_value: float | None = real()
    avg_value: float | None = real()
    mode_value: float | None = real()
    std_1: float | None = real()
    std_2: float | None = real()
    outlier_min: float | None = real()
    outlier_max: float | None = real()
    sample_count: int | None = whole()
    created_at: datetime | None = moment()
    created_at_raw: str | None = text()
    data_source: str | None = short_text()
    drive_id: int | None = whole()


class AiRecommendation(SyncedRow, table=True):
    """A recommendation made on the Pi; the server's own live in `obd2_common.tables.analyses`."""

    __tablename__ = "ai_recommendations"
    timestamp: datetime | None = moment()
    timestamp_raw: str | None = text()
    recommendation: str | None = text()
    priority_rank: int | None = whole()
    is_duplicate_of: int | None = whole()
    profile_id: str | None = short_text()
    created_at: datetime | None = moment()
    created_at_raw: str | None = text()


class ConnectionLog(SyncedRow, table=True):
    """One event of the Pi's connection to the car: connects, drive_start, drive_end, shutdowns."""

    __tablename__ = "connection_log"
    __table_args__ = (
        Index("ix_connection_log_event", "source_device", "source_epoch", "event_type", "timestamp"),
        TABLE_OPTIONS,
    )
    timestamp: datetime | None = moment()
    timestamp_raw: str | None = text()
    event_type: str | None = short_text()
    mac_address: str | None = text()
    success: int | None = whole()
    error_message: str | None = text()
    retry_count: int | None = whole()
    data_source: str | None = short_text()
    drive_id: int | None = whole()


class AlertLog(SyncedRow, table=True):
    """One alert raised on the Pi."""

    __tablename__ = "alert_log"
    timestamp: datetime | None = moment()
    timestamp_raw: str | None = text()
    alert_type: str | None = text()
    parameter_name: str | None = short_text()
    value: float | None = real()
    threshold: float | None = real()
    profile_id: str | None = short_text()
    drive_id: int | None = whole()


class CalibrationSession(SyncedRow, table=True):
    """One calibration session on the Pi."""

    __tablename__ = "calibration_sessions"
    start_time: datetime | None = moment()
    start_time_raw: str | None = text()
    end_time: datetime | None = moment()
    end_time_raw: str | None = text()
    notes: str | None = text()
    profile_id: str | None = short_text()
    data_source: str | None = short_text()
    created_at: datetime | None = moment()
    created_at_raw: str | None = text()


class DtcLog(SyncedRow, table=True):
    """One diagnostic trouble code, with its status as last seen."""

    __tablename__ = "dtc_log"
    dtc_code: str | None = short_text()
    description: str | None = text()
    status: str | None = text()
    first_seen_timestamp: datetime | None = moment()
    first_seen_timestamp_raw: str | None = text()
    last_seen_timestamp: datetime | None = moment()
    last_seen_timestamp_raw: str | None = text()
    drive_id: int | None = whole()
    data_source: str | None = short_text()


class DtcFreezeFrame(SyncedRow, table=True):
    """What the car measured when a trouble code was set; ``dtc_log_id`` is the Pi's id, resolved when read."""

    __tablename__ = "dtc_freeze_frame"
    dtc_log_id: int | None = whole()
    captured_at_timestamp_utc: datetime | None = moment()
    captured_at_timestamp_utc_raw: str | None = text()
    pid_responses_json: str | None = text()
    vehicle_info_vin: str | None = text()
    notes: str | None = text()
    data_source: str | None = short_text()


class DriveSummary(SyncedRow, table=True):
    """The Pi's note of a drive's start; ``source_id`` is the drive id."""

    __tablename__ = "drive_summary"
    drive_start_timestamp: datetime | None = moment()
    drive_start_timestamp_raw: str | None = text()
    ambient_temp_at_start_c: float | None = real()
    starting_battery_v: float | None = real()
    barometric_kpa_at_start: float | None = real()
    data_source: str | None = short_text()


class BatteryHealthLog(SyncedRow, table=True):
    """One discharge of the Pi's own battery; start_soc and end_soc are cell volts, whatever their names say."""

    __tablename__ = "battery_health_log"
    start_timestamp: datetime | None = moment()
    start_timestamp_raw: str | None = text()
    end_timestamp: datetime | None = moment()
    end_timestamp_raw: str | None = text()
    start_soc: float | None = real()
    end_soc: float | None = real()
    start_vcell_v: float | None = real()
    end_vcell_v: float | None = real()
    runtime_seconds: int | None = whole()
    ambient_temp_c: float | None = real()
    load_class: str | None = text()
    notes: str | None = text()
    data_source: str | None = short_text()


class Profile(SyncedTextRow, table=True):
    """A logging profile of the Pi; ``source_id`` is its text id."""

    __tablename__ = "profiles"
    name: str | None = text()
    description: str | None = text()
    polling_interval_ms: int | None = whole()
    data_source: str | None = short_text()
    created_at: datetime | None = moment()
    created_at_raw: str | None = text()
    updated_at: datetime | None = moment()
    updated_at_raw: str | None = text()


class VehicleInfo(SyncedTextRow, table=True):
    """The car behind a VIN; ``source_id`` is the VIN."""

    __tablename__ = "vehicle_info"
    vin: str | None = text()
    make: str | None = text()
    model: str | None = text()
    year: int | None = whole()
    engine: str | None = text()
    fuel_type: str | None = text()
    transmission: str | None = text()
    drive_type: str | None = text()
    body_class: str | None = text()
    plant_city: str | None = text()
    plant_country: str | None = text()
    raw_api_response: str | None = text()
    created_at: datetime | None = moment()
    created_at_raw: str | None = text()
    updated_at: datetime | None = moment()
    updated_at_raw: str | None = text()

"""What the analyzer derives from rows: drives, their statistics and their findings."""

from datetime import datetime
from typing import Any

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

SEVERITIES = ("WATCH", "ALERT", "INVESTIGATE", "WARNING", "STOP")
"""How much a finding matters, least first."""


class Drive(SQLModel, table=True):
    """One drive: the rows of one Pi drive id, or a run of rows without one in which the engine ran.

    ``drive_key`` is the Pi's drive id in decimal, or ``derived-<first source_id>``. ``is_real`` is NULL while unknown,
    ``is_lamp_on`` where the car was not asked.
    ``not_judged`` tells of each rule that could not judge the drive why; NULL on one computed before rules said so.
    ``left_out`` counts rows used for nothing, by ``reason``, ``parameter`` and ``unit``; NULL where there is none.
    ``distance_unknown_seconds`` is for how long the speed was not known.
    ``judged_by`` is the vehicle profile behind findings and grade, with every limit that is not as shipped; NULL on one
    computed before there were profiles.
    ``history`` sets the drive beside earlier ones: comparisons, anomalies, trends and correlations.
    """

    __tablename__ = "drives"
    __table_args__ = (
        Index("ix_drives_started", "source_device", "started_at"),
        TABLE_OPTIONS,
    )
    source_device: str = key()
    source_epoch: int = key_number()
    drive_key: str = key(64)
    drive_id: int | None = whole()
    origin: str = short_text(16, required=True)
    state: str = short_text(16, required=True)
    started_at: datetime | None = moment()
    ended_at: datetime | None = moment()
    duration_seconds: int | None = whole()
    row_count: int = whole(default=0)
    invalid_row_count: int = whole(default=0)
    left_out: list[dict[str, Any]] | None = json()
    distance_km: float | None = real()
    distance_unknown_seconds: float | None = real()
    first_source_id: int | None = whole()
    last_source_id: int | None = whole()
    premint_row_count: int = whole(default=0)
    premint_started_at: datetime | None = moment()
    profile_id: str | None = short_text()
    flags: list[str] | None = json()
    overlaps_with: list[str] | None = json()
    is_real: bool | None = None
    real_share: float | None = real()
    data_quality: str | None = short_text(32)
    is_held_out: bool = False
    hold_reason: str | None = text()
    grade: str | None = short_text(8)
    grade_points: float | None = real()
    ungraded_because: str | None = text()
    judged_rule_count: int | None = whole()
    not_judged: dict[str, str] | None = json()
    judged_by: dict[str, Any] | None = json()
    is_lamp_on: bool | None = None
    history: dict[str, Any] | None = json()
    facts_digest: str | None = short_text(64)
    facts_version: str | None = short_text(64)
    computed_at: datetime | None = moment()


class DriveStatistic(SQLModel, table=True):
    """One parameter's statistics over one drive; ``scope`` says which of its samples count.

    ``covered_seconds`` is how long the samples speak for, 0 where their times do not tell, NULL in older rows.
    """

    __tablename__ = "drive_parameter_statistics"
    __table_args__ = TABLE_OPTIONS
    source_device: str = key()
    source_epoch: int = key_number()
    drive_key: str = key(64)
    parameter_name: str = key()
    scope: str = key(32)
    unit: str | None = text()
    data_source: str | None = short_text()
    sample_count: int = whole(required=True)
    covered_seconds: float | None = real()
    min_value: float | None = real()
    max_value: float | None = real()
    avg_value: float | None = real()
    std_value: float | None = real()
    outlier_min: float | None = real()
    outlier_max: float | None = real()
    data_quality: str = short_text(32, required=True)


class Finding(SQLModel, table=True):
    """One rule that found something in a drive, with the number that did it and the sentence that explains it."""

    __tablename__ = "findings"
    __table_args__ = TABLE_OPTIONS
    source_device: str = key()
    source_epoch: int = key_number()
    drive_key: str = key(64)
    finding_number: int = key_number()
    rule: str = short_text(64, required=True)
    signal: str = short_text(64, required=True)
    severity: str = short_text(16, required=True)
    value: float | None = real()
    unit: str | None = text()
    threshold: float | None = real()
    started_at: datetime | None = moment()
    ended_at: datetime | None = moment()
    duration_seconds: float | None = real()
    sentence: str = text()
    details: dict[str, Any] | None = json()


class DriveTroubleCode(SQLModel, table=True):
    """One trouble code of one drive, with what the car measured when it was set.

    ``freeze_frame_text`` holds a frame that could not be read, as it came.
    """

    __tablename__ = "drive_trouble_codes"
    __table_args__ = TABLE_OPTIONS
    source_device: str = key()
    source_epoch: int = key_number()
    drive_key: str = key(64)
    code: str = key(64)
    description: str = text()
    status: str = short_text(16, required=True)
    first_seen_at: datetime | None = moment()
    last_seen_at: datetime | None = moment()
    is_new: bool
    freeze_frame: dict[str, Any] | None = json()
    freeze_frame_text: str | None = text()

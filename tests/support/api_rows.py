"""Rows other services write, for tests of how the api shows them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel

from obd2_common.db.database import Database
from obd2_common.tables.analyses import Analysis, Recommendation
from obd2_common.tables.backups import Backup
from obd2_common.tables.devices import Device
from obd2_common.tables.drives import Drive, DriveStatistic, Finding
from obd2_common.tables.synced import RealtimeData

NOON = datetime(2026, 7, 11, 12, 0, 0, 250000, tzinfo=UTC)
DEVICE = "chi-eclipse-01"


def store(database: Database, *rows: SQLModel) -> None:
    """Write rows as they are."""

    def write(session: Session) -> None:
        for row in rows:
            session.add(type(row)(**row.model_dump()))

    database.run(write)


def device_row(device: str = DEVICE, *, epoch: int = 1, seen_at: datetime = NOON, **more: object) -> Device:
    values: dict[str, Any] = {
        "source_device": device,
        "display_name": device,
        "open_epoch": epoch,
        "first_seen_at": NOON,
        "last_seen_at": seen_at,
    }
    values.update(more)
    return Device(**values)


def drive_row(drive_key: str = "33", *, device: str = DEVICE, epoch: int = 1, **more: object) -> Drive:
    values: dict[str, Any] = {
        "source_device": device,
        "source_epoch": epoch,
        "drive_key": drive_key,
        "drive_id": int(drive_key) if drive_key.isdecimal() else None,
        "origin": "pi" if drive_key.isdecimal() else "derived",
        "state": "computed",
        "started_at": NOON,
        "ended_at": NOON + timedelta(minutes=20),
        "duration_seconds": 1200,
        "row_count": 9812,
        "is_real": True,
        "real_share": 1.0,
        "grade": "A-",
        "grade_points": 1.0,
    }
    values.update(more)
    return Drive(**values)


def statistic_row(parameter: str, *, drive_key: str = "33", scope: str = "all") -> DriveStatistic:
    return DriveStatistic(
        source_device=DEVICE,
        source_epoch=1,
        drive_key=drive_key,
        parameter_name=parameter,
        scope=scope,
        unit="degree_Celsius",
        data_source="real",
        sample_count=676,
        min_value=80.0,
        max_value=92.0,
        avg_value=88.123456789012345,
        std_value=1.25,
        outlier_min=85.6,
        outlier_max=90.6,
        data_quality="full",
    )


def finding_row(number: int) -> Finding:
    return Finding(
        source_device=DEVICE,
        source_epoch=1,
        drive_key="33",
        finding_number=number,
        rule="coolant_hot",
        signal="COOLANT_TEMP",
        severity="WARNING",
        value=103.0,
        unit="degree_Celsius",
        threshold=100.0,
        started_at=NOON,
        ended_at=NOON + timedelta(seconds=90),
        duration_seconds=90.0,
        sentence=f"Finding {number}.",
        details={"samples": 41},
    )


def analysis_row(analysis_id: str = "an-1", *, drive_key: str | None = "33", **more: object) -> Analysis:
    values: dict[str, Any] = {
        "analysis_id": analysis_id,
        "source_device": DEVICE,
        "source_epoch": 1,
        "drive_key": drive_key,
        "trigger": "request",
        "status": "ok",
        "engine": "rules",
        "message": "1 finding from the rules",
        "created_at": NOON + timedelta(minutes=30),
        "finished_at": NOON + timedelta(minutes=30, seconds=1),
        "processing_time_ms": 1000,
        "request": {"drive_id": 33},
    }
    values.update(more)
    return Analysis(**values)


def recommendation_row(rank: int, *, analysis_id: str = "an-1", **more: Any) -> Recommendation:  # noqa: ANN401
    return Recommendation(
        analysis_id=analysis_id,
        rank=rank,
        category="Cooling",
        confidence=0.7,
        recommendation=f"Advice {rank}.",
        evidence=[{"id": "E1", "value": 103.0}],
        **more,
    )


def backup_row(number: int, *, device: str = DEVICE, **more: object) -> Backup:
    values: dict[str, Any] = {
        "backup_id": f"backup-{number:03}",
        "source_device": device,
        "type": "database",
        "original_name": "obd.db.gz",
        "filename": f"obd-{number:03}.db.gz",
        "path": f"{device}/database/obd-{number:03}.db.gz",
        "size_bytes": 63_210_455_000,
        "sha256": "4b" * 32,
        "state": "stored",
        "verification": "ok",
        "received_at": NOON + timedelta(minutes=number),
    }
    values.update(more)
    return Backup(**values)


def reading_row(source_id: int, *, drive_id: int, epoch: int = 1) -> RealtimeData:
    return RealtimeData(
        source_device=DEVICE,
        source_epoch=epoch,
        source_id=source_id,
        synced_at=NOON,
        sync_batch_id="batch",
        timestamp=NOON,
        parameter_name="RPM",
        value=800.0,
        drive_id=drive_id,
    )

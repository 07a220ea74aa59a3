"""Drives to be exported, and what an export needs of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import load_only
from sqlmodel import Session, col, func, select

from obd2_api.repository.drives import about, find_drive, latest_device
from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.tables.curves import DriveSeries
from obd2_common.tables.drives import Drive, DriveStatistic

MOST_DRIVES = 5000
_SHOWN = load_only(
    Drive.source_device,  # type: ignore[arg-type]
    Drive.source_epoch,  # type: ignore[arg-type]
    Drive.drive_key,  # type: ignore[arg-type]
    Drive.started_at,  # type: ignore[arg-type]
    Drive.ended_at,  # type: ignore[arg-type]
    Drive.duration_seconds,  # type: ignore[arg-type]
    Drive.distance_km,  # type: ignore[arg-type]
    Drive.is_real,  # type: ignore[arg-type]
    Drive.grade,  # type: ignore[arg-type]
)


def named_drives(session: Session, source_device: str | None, keys: Sequence[str], epoch: int | None) -> list[Drive]:
    """Return the drives that were named, of the device that sent last unless one is given, in the order of time.

    Raises:
        NotFoundError: one of them does not exist.
    """
    if source_device is None:
        latest = latest_device(session)
        source_device = None if latest is None else latest.source_device
    found = [
        None if source_device is None else find_drive(session, source_device, key, source_epoch=epoch) for key in keys
    ]
    missing = next((key for key, drive in zip(keys, found, strict=True) if drive is None), None)
    if missing is not None:
        raise NotFoundError(f"No drive {missing}")
    drives = [drive for drive in found if drive is not None]
    return sorted(drives, key=lambda drive: (drive.started_at is None, drive.started_at, drive.drive_key))


def drives_since(session: Session, source_device: str | None, since: datetime, epoch: int | None) -> list[Drive]:
    """Return the drives that began at a time or later, in the order of time.

    Raises:
        InvalidInputError: there are too many.
    """
    query = select(Drive).options(_SHOWN).where(col(Drive.started_at) >= since)
    if source_device is not None:
        query = query.where(col(Drive.source_device) == source_device)
    if epoch is not None:
        query = query.where(col(Drive.source_epoch) == epoch)
    ordered = query.order_by(col(Drive.started_at), col(Drive.source_device), col(Drive.drive_key))
    drives = list(session.exec(ordered.limit(MOST_DRIVES + 1)))
    if len(drives) > MOST_DRIVES:
        raise InvalidInputError(f"More than {MOST_DRIVES} drives; ask from a later time on")
    return drives


def columns_of(session: Session, drives: Sequence[Drive], parameters: Sequence[str]) -> list[tuple[str, str]]:
    """Return (parameter, unit) of every curve of some drives, by name."""
    found: set[tuple[str, str]] = set()
    for drive in drives:
        query = select(DriveSeries.parameter_name, DriveSeries.unit).where(*about(DriveSeries, drive))
        if parameters:
            query = query.where(col(DriveSeries.parameter_name).in_(parameters))
        found.update((name, unit or "") for name, unit in session.exec(query))
    return sorted(found)


def reading_count(session: Session, drives: Sequence[Drive]) -> int:
    """Return how many samples the curves of some drives hold."""
    counts = [
        session.exec(select(func.sum(DriveSeries.sample_count)).where(*about(DriveSeries, drive))).one()
        for drive in drives
    ]
    return sum(int(count or 0) for count in counts)


def statistics_of(session: Session, drive: Drive, parameters: Sequence[str]) -> list[DriveStatistic]:
    """Return a drive's statistics over all its samples, by parameter."""
    query = select(DriveStatistic).where(*about(DriveStatistic, drive), col(DriveStatistic.scope) == "all")
    if parameters:
        query = query.where(col(DriveStatistic.parameter_name).in_(parameters))
    return list(session.exec(query.order_by(col(DriveStatistic.parameter_name))))

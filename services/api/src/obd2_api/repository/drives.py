"""Drives and their facts, read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal
from sqlmodel import Session, SQLModel, and_, col, exists, or_, select

from obd2_api.cursors import read_cursor, write_cursor
from obd2_common.db.types import UtcDateTime
from obd2_common.pitime import EARLIEST
from obd2_common.tables.devices import Device
from obd2_common.tables.drives import Drive, DriveStatistic, Finding
from obd2_common.tables.synced import DriveSummary, RealtimeData


@dataclass(frozen=True, slots=True)
class DriveFilter:
    """Which drives to list; None means any."""

    source_device: str | None = None
    source_epoch: int | None = None
    since: datetime | None = None
    is_held_out: bool | None = None


def list_drives(
    session: Session,
    wanted: DriveFilter,
    *,
    limit: int,
    cursor: str | None,
) -> tuple[list[Drive], str | None]:
    """Return a page of drives, latest start first and those without a start last, and the cursor of the next page.

    Raises:
        InvalidInputError: the cursor is not one of ours.
    """
    started = func.coalesce(col(Drive.started_at), literal(EARLIEST, UtcDateTime))
    keys = (col(Drive.source_device), col(Drive.source_epoch), col(Drive.drive_key))
    query = select(Drive).order_by(started.desc(), *keys).limit(limit + 1)
    if wanted.source_device is not None:
        query = query.where(col(Drive.source_device) == wanted.source_device)
    if wanted.source_epoch is not None:
        query = query.where(col(Drive.source_epoch) == wanted.source_epoch)
    if wanted.since is not None:
        query = query.where(col(Drive.started_at) >= wanted.since)
    if wanted.is_held_out is not None:
        query = query.where(col(Drive.is_held_out) == wanted.is_held_out)
    if cursor is not None:
        moment, (device, epoch, drive_key) = read_cursor(cursor, str, int, str)
        point = literal(moment, UtcDateTime)
        query = query.where(
            or_(
                started < point,
                and_(
                    started == point,
                    or_(
                        keys[0] > device,
                        and_(keys[0] == device, keys[1] > epoch),
                        and_(keys[0] == device, keys[1] == epoch, keys[2] > drive_key),
                    ),
                ),
            ),
        )
    rows = list(session.exec(query))
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], write_cursor(
        last.started_at or EARLIEST, last.source_device, last.source_epoch, last.drive_key
    )


def find_drive(session: Session, source_device: str, drive_key: str, *, source_epoch: int | None) -> Drive | None:
    """Return a drive by its key; without an epoch, from the latest that has it."""
    query = select(Drive).where(
        col(Drive.source_device) == source_device,
        col(Drive.drive_key) == drive_key,
    )
    if source_epoch is not None:
        query = query.where(col(Drive.source_epoch) == source_epoch)
    return session.exec(query.order_by(col(Drive.source_epoch).desc()).limit(1)).first()


def about(kind: type[SQLModel], drive: Drive) -> tuple[ColumnElement[bool], ...]:
    """Return what rows of a kind have to meet to be about a drive."""
    columns = kind.__table__.c  # type: ignore[attr-defined]
    return (
        columns.source_device == drive.source_device,
        columns.source_epoch == drive.source_epoch,
        columns.drive_key == drive.drive_key,
    )


def statistics_of(session: Session, drive: Drive) -> list[DriveStatistic]:
    """Return a drive's statistics by parameter and scope."""
    return list(
        session.exec(
            select(DriveStatistic)
            .where(*about(DriveStatistic, drive))
            .order_by(col(DriveStatistic.parameter_name), col(DriveStatistic.scope)),
        ),
    )


def findings_of(session: Session, drive: Drive) -> list[Finding]:
    """Return a drive's findings in the order in which the rules gave them."""
    return list(
        session.exec(
            select(Finding).where(*about(Finding, drive)).order_by(col(Finding.finding_number)),
        ),
    )


def latest_device(session: Session) -> Device | None:
    """Return the device that sent last, None when none ever did."""
    return session.exec(select(Device).order_by(col(Device.last_seen_at).desc()).limit(1)).first()


def epoch_with_rows(
    session: Session,
    source_device: str,
    drive_id: int,
    *,
    source_epoch: int | None,
) -> int | None:
    """Return the latest epoch (or the one asked for) in which a device sent anything of a drive, derived or not."""
    device = session.get(Device, source_device)
    if device is None:
        return None
    epochs = range(device.open_epoch, 0, -1) if source_epoch is None else (source_epoch,)
    return next((epoch for epoch in epochs if _has_rows(session, source_device, epoch, drive_id)), None)


def _has_rows(session: Session, source_device: str, source_epoch: int, drive_id: int) -> bool:
    reading = and_(
        col(RealtimeData.source_device) == source_device,
        col(RealtimeData.source_epoch) == source_epoch,
        col(RealtimeData.drive_id) == drive_id,
    )
    note = and_(
        col(DriveSummary.source_device) == source_device,
        col(DriveSummary.source_epoch) == source_epoch,
        col(DriveSummary.source_id) == drive_id,
    )
    return bool(session.exec(select(or_(exists().where(reading), exists().where(note)))).one())

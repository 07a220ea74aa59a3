"""Drives and their facts, read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table
from sqlalchemy.orm import defer
from sqlmodel import Session, SQLModel, and_, col, exists, or_, select

from obd2_api.paging import Page, SortKey, read_page
from obd2_common.jobs.recompute import EraBounds
from obd2_common.tables.devices import Device
from obd2_common.tables.drives import SEVERITIES, Drive, DriveStatistic, DriveTroubleCode, Finding
from obd2_common.tables.synced import DriveSummary, RealtimeData

DRIVES: Table = Drive.__table__  # type: ignore[attr-defined]
NOT_LISTED = ("left_out", "not_judged", "judged_by", "history")
"""The large columns that only a single drive shows; of a listed one they are read when they are asked for."""
_LATEST_FIRST: tuple[SortKey[Drive], ...] = (
    SortKey(col(Drive.started_at), datetime, lambda drive: drive.started_at, is_descending=True),
    SortKey(col(Drive.source_device), str, lambda drive: drive.source_device),
    SortKey(col(Drive.source_epoch), int, lambda drive: drive.source_epoch),
    SortKey(col(Drive.drive_key), str, lambda drive: drive.drive_key),
)


@dataclass(frozen=True, slots=True)
class DriveFilter:
    """Which drives to list; None means any."""

    source_device: str | None = None
    source_epoch: int | None = None
    since: datetime | None = None
    is_held_out: bool | None = None
    until: datetime | None = None
    """Only those that began before."""
    is_real: bool | None = None
    is_dated: bool | None = None
    least_severity: str | None = None
    """With a finding at least as grave."""
    code: str | None = None
    """With this trouble code, whatever its status."""
    era: EraBounds | None = None


def list_drives(
    session: Session,
    wanted: DriveFilter,
    *,
    limit: int,
    cursor: str | None,
) -> Page[Drive]:
    """Return a page of drives without what is `NOT_LISTED`, latest start first and those without a start last.

    Raises:
        InvalidInputError: the cursor is not one of ours.
    """
    query = select(Drive).options(*(defer(getattr(Drive, name)) for name in NOT_LISTED)).where(*_conditions(wanted))
    return read_page(session, query, _LATEST_FIRST, limit=limit, cursor=cursor)


def latest_drive(session: Session) -> Drive | None:
    """Return the drive that began last, with all of its columns, None when there is none."""
    return next(iter(read_page(session, select(Drive), _LATEST_FIRST, limit=1, cursor=None).rows), None)


def starts_of(session: Session, wanted: DriveFilter) -> list[datetime | None]:
    """Return when each drive that meets a filter began, latest first and unknown ones last."""
    query = select(Drive.started_at).where(*_conditions(wanted))
    return sorted(session.exec(query), key=lambda moment: (moment is not None, moment), reverse=True)


def _conditions(wanted: DriveFilter) -> list[ColumnElement[bool]]:
    """Return what the drives of a filter have to meet."""
    equal = {
        "source_device": wanted.source_device,
        "source_epoch": wanted.source_epoch,
        "is_held_out": wanted.is_held_out,
        "is_real": wanted.is_real,
    }
    started_at = DRIVES.c.started_at
    found = [DRIVES.c[name] == value for name, value in equal.items() if value is not None]
    found += [] if wanted.since is None else [started_at >= wanted.since]
    found += [] if wanted.until is None else [started_at < wanted.until]
    found += [] if wanted.is_dated is None else [started_at.is_not(None) if wanted.is_dated else started_at.is_(None)]
    found += [] if wanted.era is None else wanted.era.conditions(started_at)
    if wanted.least_severity is not None:
        grave = SEVERITIES[SEVERITIES.index(wanted.least_severity) :]
        found.append(exists().where(_same_drive(Finding), col(Finding.severity).in_(grave)))
    if wanted.code is not None:
        found.append(exists().where(_same_drive(DriveTroubleCode), col(DriveTroubleCode.code) == wanted.code))
    return found


def _same_drive(kind: type[Finding | DriveTroubleCode]) -> ColumnElement[bool]:
    return and_(
        col(kind.source_device) == col(Drive.source_device),
        col(kind.source_epoch) == col(Drive.source_epoch),
        col(kind.drive_key) == col(Drive.drive_key),
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
    return session.exec(
        select(Device).order_by(col(Device.last_seen_at).desc(), col(Device.source_device)).limit(1)
    ).first()


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

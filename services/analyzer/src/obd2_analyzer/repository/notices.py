"""What somebody should be told of: findings, new trouble codes, overdue backups and devices that fell silent."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from obd2_common.jobs.queue import NOTICE
from obd2_common.tables.backups import Backup
from obd2_common.tables.devices import Device
from obd2_common.tables.drives import SEVERITIES, Drive, DriveTroubleCode, Finding
from obd2_common.tables.jobs import Job


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell; ``occasion`` is what it is told once for, ``level`` a severity where there is one."""

    event: str
    source_device: str
    occasion: tuple[str, ...]
    title: str
    message: str
    level: str | None = None

    def key(self, receiver: str) -> str:
        """Return the dedupe key of the job that tells this receiver."""
        subject = "\0".join((receiver, self.event, self.source_device, *self.occasion))
        return f"{NOTICE}:{sha256(subject.encode()).hexdigest()}"


def severe_findings(session: Session, severities: Collection[str], *, since: datetime) -> Iterator[Notice]:
    """Yield the worst finding of each drive that ended since; one drive is told of again when it gets worse."""
    query = (
        select(Finding)
        .join(Drive, _same_drive(Finding))
        .where(col(Drive.ended_at) >= since, col(Drive.is_held_out).is_(False), col(Finding.severity).in_(severities))
    )
    worst: dict[tuple[str, int, str], Finding] = {}
    for finding in session.exec(query):
        drive = (finding.source_device, finding.source_epoch, finding.drive_key)
        if drive not in worst or _rank(finding) > _rank(worst[drive]):
            worst[drive] = finding
    for (device, epoch, drive_key), finding in worst.items():
        occasion = (str(epoch), drive_key, finding.severity)
        message = f"{device}, drive {drive_key}: {finding.sentence}"
        yield Notice("finding", device, occasion, f"Finding: {finding.severity}", message, finding.severity)


def new_codes(session: Session, *, since: datetime) -> Iterator[Notice]:
    """Yield the trouble codes that were new in a drive that ended since."""
    query = (
        select(DriveTroubleCode)
        .join(Drive, _same_drive(DriveTroubleCode))
        .where(col(Drive.ended_at) >= since, col(Drive.is_held_out).is_(False), col(DriveTroubleCode.is_new).is_(True))
    )
    for row in session.exec(query):
        occasion = (str(row.source_epoch), row.drive_key, row.code)
        message = f"{row.source_device}, drive {row.drive_key}: {row.code} {row.description}"
        yield Notice("new_code", row.source_device, occasion, "New trouble code", message)


def overdue_backups(session: Session, *, before: datetime) -> Iterator[Notice]:
    """Yield each device and type of backup whose newest came before."""
    newest = func.max(Backup.received_at)
    query = (
        select(col(Backup.source_device), col(Backup.type), newest)
        .group_by(col(Backup.source_device), col(Backup.type))
        .having(newest < before)
    )
    for device, kind, received_at in session.exec(query):
        message = f"{device}: the newest {kind} backup came on {received_at:%Y-%m-%d}"
        yield Notice("backup_overdue", device, (kind, received_at.isoformat()), "Backup overdue", message)


def silent_devices(session: Session, *, before: datetime) -> Iterator[Notice]:
    """Yield the devices that were last seen before."""
    query = select(Device.source_device, Device.last_seen_at).where(col(Device.last_seen_at) < before)
    for device, seen_at in session.exec(query):
        message = f"{device}: last seen on {seen_at:%Y-%m-%d}"
        yield Notice("device_silent", device, (seen_at.isoformat(),), "Device silent", message)


def known_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Return those of some dedupe keys that are in the job table, their notices sent or not."""
    found = session.exec(select(Job.dedupe_key).where(col(Job.dedupe_key).in_(keys)))
    return {key for key in found if key is not None}


def _same_drive(table: type[Finding | DriveTroubleCode]) -> ColumnElement[bool]:
    return (
        (col(table.source_device) == col(Drive.source_device))
        & (col(table.source_epoch) == col(Drive.source_epoch))
        & (col(table.drive_key) == col(Drive.drive_key))
    )


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)

"""The record of what the service did, and what restore drills need to know of the database."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from obd2_common.tables.backups import Backup, BackupRun
from obd2_common.tables.devices import SyncCursor
from obd2_common.tables.operations import ServiceHeartbeat

LATEST_RUNS = 500
"""How far back a run is looked for; at one drill a week and device that is years."""
CANDIDATES = 20
_GOOD_DATABASE = (Backup.type == "database", Backup.state == "stored", Backup.verification == "ok")


@dataclass(frozen=True)
class Run:
    """A piece of work worth remembering."""

    kind: str
    started_at: datetime
    is_success: bool
    details: dict[str, Any]
    source_device: str | None = None
    type: str | None = None


def record_run(session: Session, run: Run, *, now: datetime) -> None:
    """Record what a piece of work did."""
    session.add(
        BackupRun(
            run_id=str(uuid.uuid4()),
            kind=run.kind,
            source_device=run.source_device,
            type=run.type,
            started_at=run.started_at,
            finished_at=now,
            outcome="ok" if run.is_success else "failed",
            details=run.details,
        ),
    )


def last_success(session: Session, kind: str) -> BackupRun | None:
    """Return the latest successful run of a kind."""
    query = (
        select(BackupRun)
        .where(BackupRun.kind == kind, BackupRun.outcome == "ok")
        .order_by(col(BackupRun.started_at).desc())
        .limit(1)
    )
    return session.exec(query).first()


def last_seen_at(session: Session) -> datetime | None:
    """Return the latest time at which this service is known to have worked."""
    beat_at = session.exec(select(func.max(ServiceHeartbeat.beat_at)).where(ServiceHeartbeat.service == "backup")).one()
    finished_at = session.exec(select(func.max(BackupRun.finished_at))).one()
    moments: list[datetime | None] = [beat_at, finished_at]
    return max((moment for moment in moments if moment is not None), default=None)


def last_by_device(session: Session, kind: str) -> dict[str | None, BackupRun]:
    """Return the latest run of a kind for each device that had one."""
    latest: dict[str | None, BackupRun] = {}
    for run in _latest(session, kind):
        latest.setdefault(run.source_device, run)
    return latest


def dump_started_at(session: Session, backup_id: str) -> datetime | None:
    """Return when a dump was begun, if its run is on record."""
    runs = (run for run in _latest(session, "dump") if (run.details or {}).get("backupId") == backup_id)
    return next((run.started_at for run in runs), None)


def last_marker(session: Session) -> str | None:
    """Return what the marker said where second copies last went."""
    told = (marker for run in _latest(session, "replica") if (marker := (run.details or {}).get("marker")))
    return next(told, None)


def devices_with_databases(session: Session) -> list[str]:
    """Return the devices that have a good backup of a database."""
    query = select(Backup.source_device).where(*_GOOD_DATABASE)
    return sorted(set(session.exec(query.distinct())))


def good_databases(session: Session, source_device: str) -> list[Backup]:
    """Return the newest good backups of a device's database, newest first."""
    query = (
        select(Backup)
        .where(Backup.source_device == source_device, *_GOOD_DATABASE)
        .order_by(func.coalesce(col(Backup.receipt_number), 0).desc(), col(Backup.received_at).desc())
        .limit(CANDIDATES)
    )
    return list(session.exec(query))


def high_water_ids(session: Session, source_device: str) -> dict[str, int | None]:
    """Return how far the server is in each table of a device's newest epoch."""
    query = select(SyncCursor).where(SyncCursor.source_device == source_device).order_by(col(SyncCursor.source_epoch))
    return {cursor.table_name: cursor.high_water_id for cursor in session.exec(query)}


def _latest(session: Session, kind: str) -> Iterator[BackupRun]:
    query = select(BackupRun).where(BackupRun.kind == kind).order_by(col(BackupRun.started_at).desc())
    yield from session.exec(query.limit(LATEST_RUNS))

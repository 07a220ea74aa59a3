"""What the database tells about the server's state."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from obd2_common.backups.names import SERVER_DEVICE
from obd2_common.heartbeat import NO_SERVICES
from obd2_common.jobs import queue as jobs
from obd2_common.tables.analyses import Analysis
from obd2_common.tables.backups import Backup, BackupRun
from obd2_common.tables.devices import Device, QuarantinedRow
from obd2_common.tables.drives import Drive
from obd2_common.tables.jobs import Job
from obd2_common.tables.keys import KeyRotation
from obd2_common.tables.operations import ServiceHeartbeat

OPEN_QUARANTINE = "open"
LATEST_DRILLS = 200
_REVISION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """The state of the server as its database knows it."""

    schema_version: str | None
    drive_count: int
    last_analysis_at: datetime | None
    quarantined_rows: int
    pending: dict[str, int]
    dead_jobs: int
    last_trigger: Job | None
    last_backup: Backup | None
    devices: list[Device]
    heartbeats: list[ServiceHeartbeat]
    drills: list[BackupRun]
    """The latest restore drill of each device that had one."""
    rotation: KeyRotation | None
    """The exchange of the shared key that is going on."""


def health_facts(session: Session, *, rotation_id: str | None) -> HealthFacts:
    """Return the state of the server; small tables and indexes only, never the readings.

    Args:
        session: to read with.
        rotation_id: of the exchange of the shared key that is going on, if any.
    """
    jobs_by_kind = session.exec(
        select(Job.kind, Job.state, func.count())
        .where(col(Job.state).in_([jobs.QUEUED, jobs.RUNNING, jobs.DEAD]))
        .group_by(col(Job.kind), col(Job.state)),
    ).all()
    pending: dict[str, int] = {}
    for kind, state, count in jobs_by_kind:
        if state != jobs.DEAD:
            pending[kind] = pending.get(kind, 0) + count
    return HealthFacts(
        schema_version=session.connection().scalar(_REVISION),
        drive_count=session.exec(select(func.count()).select_from(Drive)).one(),
        last_analysis_at=session.exec(select(func.max(col(Analysis.finished_at)))).one(),
        quarantined_rows=session.exec(
            select(func.count()).select_from(QuarantinedRow).where(col(QuarantinedRow.state) == OPEN_QUARANTINE),
        ).one(),
        pending=pending,
        dead_jobs=sum(count for _, state, count in jobs_by_kind if state == jobs.DEAD),
        last_trigger=session.exec(
            select(Job)
            .where(col(Job.reason).not_in(jobs.REQUEST_REASONS))
            .order_by(col(Job.updated_at).desc())
            .limit(1),
        ).first(),
        last_backup=session.exec(
            select(Backup)
            .where(col(Backup.source_device) != SERVER_DEVICE)
            .order_by(col(Backup.received_at).desc())
            .limit(1),
        ).first(),
        devices=list(session.exec(select(Device).order_by(col(Device.source_device)))),
        heartbeats=list(
            session.exec(
                select(ServiceHeartbeat)
                .where(col(ServiceHeartbeat.service).not_in(NO_SERVICES))
                .order_by(col(ServiceHeartbeat.service), col(ServiceHeartbeat.instance)),
            ),
        ),
        drills=_latest_drills(session),
        rotation=None if rotation_id is None else session.get(KeyRotation, rotation_id),
    )


def _latest_drills(session: Session) -> list[BackupRun]:
    query = (
        select(BackupRun)
        .where(col(BackupRun.kind) == "drill")
        .order_by(col(BackupRun.started_at).desc())
        .limit(LATEST_DRILLS)
    )
    latest: dict[str | None, BackupRun] = {}
    for run in session.exec(query):
        latest.setdefault(run.source_device, run)
    return list(latest.values())

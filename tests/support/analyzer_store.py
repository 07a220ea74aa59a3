"""A database as ingest leaves it, and what an analyzer's jobs work with, for tests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from obd2_analyzer.advice.adviser import Adviser
from obd2_analyzer.context import Context
from obd2_analyzer.thresholds import NO_SECTIONS, OperatorLimits, Sections
from obd2_analyzer.worker import Worker
from obd2_common.db import dialect
from obd2_common.db.database import Database
from obd2_common.jobs import queue as jobs
from obd2_common.tables.devices import Device, DeviceEpoch
from obd2_common.tables.drives import Drive, DriveStatistic, DriveTroubleCode, Finding
from obd2_common.tables.jobs import Job
from obd2_common.tables.synced import ConnectionLog, DriveSummary, RealtimeData
from support.drive_rows import DriveRow
from support.hand_clock import HandClock

CAR = "chi-eclipse-01"
START = datetime(2025, 7, 12, 8, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)
PRIORITY_OF = {jobs.REASON_REQUEST: jobs.Priority.AWAITED, jobs.REASON_ASYNC_REQUEST: jobs.Priority.ASKED}


class Garage:
    """One database with devices that send, and workers that analyse."""

    def __init__(
        self, database: Database, *, operators: Sections = NO_SECTIONS, adviser: Adviser | None = None
    ) -> None:
        self.database = database
        self.clock = HandClock(START)
        self.context = Context(database, OperatorLimits(settings=operators), self.clock, adviser)

    def worker(self, name: str = "worker-1", *, max_attempts: int = 5) -> Worker:
        return Worker(self.context, name=name, lease=LEASE, max_attempts=max_attempts)

    def know(self, device: str = CAR, *, epochs: int = 1, default_source: str | None = None) -> None:
        """Make a device known, as its first request does."""
        now = self.clock()

        def write(session: Session) -> None:
            session.add(
                Device(
                    source_device=device,
                    display_name=device,
                    default_data_source=default_source,
                    open_epoch=epochs,
                    first_seen_at=now,
                    last_seen_at=now,
                )
            )
            for epoch in range(1, epochs + 1):
                session.add(DeviceEpoch(source_device=device, source_epoch=epoch, opened_at=now, reason="test"))

        self.database.run(write)

    def receive(
        self, rows: Sequence[DriveRow], *, device: str = CAR, epoch: int = 1, row_flags: str | None = None
    ) -> None:
        """Store rows the way ingest does: known ids give way, and every drive concerned gets its job."""
        now = self.clock()
        values = [
            {
                "source_device": device,
                "source_epoch": epoch,
                "source_id": source_id,
                "synced_at": now,
                "sync_batch_id": "batch",
                "row_flags": row_flags,
                "timestamp": None if seconds is None else datetime.fromtimestamp(seconds, UTC),
                "parameter_name": name,
                "value": value,
                "unit": unit,
                "profile_id": profile_id,
                "data_source": data_source,
                "drive_id": drive_id,
            }
            for source_id, seconds, name, value, unit, profile_id, data_source, drive_id in rows
        ]
        self._store(RealtimeData, values, {row[7] or 0 for row in rows}, device, epoch)

    def receive_events(self, events: Sequence[tuple[int, float, str]]) -> None:
        """Store connection_log rows without drive id: id, seconds, event type."""
        values = [
            {
                "source_device": CAR,
                "source_epoch": 1,
                "source_id": source_id,
                "synced_at": self.clock(),
                "sync_batch_id": "batch",
                "timestamp": datetime.fromtimestamp(seconds, UTC),
                "event_type": event_type,
                "success": 1,
            }
            for source_id, seconds, event_type in events
        ]
        self._store(ConnectionLog, values, {0}, CAR, 1)

    def note_ambient(self, drive_id: int, celsius: float) -> None:
        values = {
            "source_device": CAR,
            "source_epoch": 1,
            "source_id": drive_id,
            "synced_at": self.clock(),
            "sync_batch_id": "batch",
            "ambient_temp_at_start_c": celsius,
        }
        self._store(DriveSummary, [values], {drive_id}, CAR, 1)

    def ask(self, payload: dict[str, Any], *, reason: str = "request") -> str:
        """Leave an analysis request in the job table and return the job's id."""
        now = self.clock()
        priority = PRIORITY_OF.get(reason, jobs.Priority.AUTOMATIC)
        request = jobs.JobRequest(jobs.ANALYSIS, reason, now, payload=payload, priority=priority)
        return self.database.run(lambda session: jobs.enqueue(session, request, now=now))

    def work(self, worker: Worker | None = None) -> int:
        """Do every due job and return how many there were."""
        chosen, count = worker or self.worker(), 0
        while chosen.work_once():
            count += 1
        return count

    def all(self, table: type[Any], **where: object) -> list[Any]:
        """Return all rows of a table, those with some values if asked."""

        def read(session: Session) -> list[Any]:
            query = select(table)
            for name, value in where.items():
                query = query.where(col(getattr(table, name)) == value)
            return list(session.exec(query))

        return self.database.read(read)

    def drives(self) -> dict[str, Drive]:
        return {drive.drive_key: drive for drive in self.all(Drive)}

    def job(self, job_id: str) -> Job:
        (found,) = self.all(Job, job_id=job_id)
        assert isinstance(found, Job)
        return found

    def facts(self) -> list[list[dict[str, Any]]]:
        """Return everything derived, in a form that can be compared; when it was computed does not count."""
        tables: list[tuple[type[SQLModel], tuple[str, ...]]] = [
            (Drive, ("source_device", "source_epoch", "drive_key")),
            (DriveStatistic, ("source_device", "source_epoch", "drive_key", "parameter_name", "scope")),
            (Finding, ("source_device", "source_epoch", "drive_key", "finding_number")),
            (DriveTroubleCode, ("source_device", "source_epoch", "drive_key", "code")),
        ]
        return [
            sorted(
                (row.model_dump(exclude={"computed_at"}) for row in self.all(table)),
                key=lambda row: [str(row[name]) for name in key],
            )
            for table, key in tables
        ]

    def _store(
        self, table: type[SQLModel], values: list[dict[str, Any]], drive_ids: set[int], device: str, epoch: int
    ) -> None:
        now = self.clock()

        def write(session: Session) -> None:
            connection = session.connection()
            target = table.__table__  # type: ignore[attr-defined]
            key = ("source_device", "source_epoch", "source_id")
            changed = [name for name in values[0] if name not in key]
            connection.execute(dialect.upsert(connection, target, key=key, update=changed), values)
            for drive_id in sorted(drive_ids):
                request = jobs.JobRequest(
                    jobs.DRIVE_FACTS,
                    "rows",
                    now,
                    dedupe_key=jobs.drive_facts_key(device, epoch, drive_id),
                    source_device=device,
                    source_epoch=epoch,
                    drive_id=drive_id,
                )
                jobs.enqueue(session, request, now=now)

        self.database.run(write)

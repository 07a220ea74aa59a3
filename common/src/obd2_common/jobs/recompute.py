"""Has drives computed again because of what changed beside their rows, in the transaction that changes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, func, or_, select, true, tuple_, update
from sqlmodel import Session

from obd2_common.jobs import queue as jobs
from obd2_common.tables.devices import Device, DeviceEpoch
from obd2_common.tables.drives import Drive
from obd2_common.tables.jobs import Job
from obd2_common.tables.operators import TuneEra

REASON_HISTORY = "history_changed"
"""A drive's rows are as they were; what it is compared with is not."""
REASON_OUTDATED = "facts_outdated"
"""Neither its rows nor its history changed: facts are computed in another way, or by other numbers."""
REASON_PROFILE = "profile_changed"
"""Neither its rows nor its history changed: the car has another profile."""
DRIVE_KEY = "driveKey"

LATER_DRIVES = 200
"""How many later drives are computed again at most: those beyond look back on newer ones only."""

DEVICES: Table = Device.__table__  # type: ignore[attr-defined]
EPOCHS: Table = DeviceEpoch.__table__  # type: ignore[attr-defined]
DRIVES: Table = Drive.__table__  # type: ignore[attr-defined]
JOBS: Table = Job.__table__  # type: ignore[attr-defined]
ERAS: Table = TuneEra.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class EraBounds:
    """Where an era begins and where the next one does; None for open ends."""

    begins_at: datetime | None = None
    ends_at: datetime | None = None

    def conditions(self, column: ColumnElement[datetime]) -> list[ColumnElement[bool]]:
        """Return that a time lies in the era, as SQL."""
        found = [] if self.begins_at is None else [column >= self.begins_at]
        return found if self.ends_at is None else [*found, column < self.ends_at]


def lock_device(session: Session, source_device: str) -> bool:
    """Let one transaction at a time change eras and profiles of a device; False when there is no such device."""
    return _lock(session, DEVICES, DEVICES.c.source_device == source_device)


def lock_source(session: Session, source_device: str, source_epoch: int) -> None:
    """Let one transaction at a time change drives of this device and epoch."""
    _lock(session, EPOCHS, EPOCHS.c.source_device == source_device, EPOCHS.c.source_epoch == source_epoch)


def _lock(session: Session, table: Table, *key: ColumnElement[bool]) -> bool:
    """Lock a row by writing it: several nodes of a cluster take the same lock at once, and only see that both wrote."""
    count = func.coalesce(table.c.lock_count, 0) + 1
    return session.connection().execute(update(table).where(*key).values(lock_count=count)).rowcount == 1


def era_at(session: Session, source_device: str, moment: datetime) -> EraBounds:
    """Return the bounds of the era a moment lies in."""
    query = select(ERAS.c.started_at).where(ERAS.c.source_device == source_device)
    starts = sorted(session.connection().execute(query).scalars())
    begun = [start for start in starts if start <= moment]
    coming = [start for start in starts if start > moment]
    return EraBounds(begun[-1] if begun else None, coming[0] if coming else None)


def recompute_later(session: Session, source_device: str, source_epoch: int, moment: datetime, *, now: datetime) -> int:
    """Enqueue the drives that started after a moment; return how many."""
    query = (
        select(DRIVES.c.source_epoch, DRIVES.c.drive_key, DRIVES.c.drive_id)
        .where(
            DRIVES.c.source_device == source_device,
            DRIVES.c.source_epoch == source_epoch,
            DRIVES.c.started_at > moment,
        )
        .order_by(DRIVES.c.started_at, DRIVES.c.drive_key)
        .limit(LATER_DRIVES)
    )
    found = [_SomeDrive(*row) for row in session.connection().execute(query)]
    return _enqueue(session, source_device, found, now=now)


def recompute_since(session: Session, source_device: str, source_epoch: int, moment: datetime, *, now: datetime) -> int:
    """Enqueue the drives that were not over at a moment, those of unknown time among them; return how many."""
    query = select(DRIVES.c.source_epoch, DRIVES.c.drive_key, DRIVES.c.drive_id).where(
        DRIVES.c.source_device == source_device,
        DRIVES.c.source_epoch == source_epoch,
        or_(DRIVES.c.ended_at >= moment, DRIVES.c.ended_at.is_(None)),
    )
    ordered = query.order_by(DRIVES.c.started_at, DRIVES.c.drive_key)
    found = [_SomeDrive(*row) for row in session.connection().execute(ordered)]
    return _enqueue(session, source_device, found, now=now)


def recompute_drives(
    session: Session, source_device: str, source_epoch: int, drive_keys: Iterable[str], *, now: datetime
) -> None:
    """Enqueue some drives of one epoch; keys of drives that do not exist are passed over."""
    query = select(DRIVES.c.source_epoch, DRIVES.c.drive_key, DRIVES.c.drive_id).where(
        DRIVES.c.source_device == source_device,
        DRIVES.c.source_epoch == source_epoch,
        DRIVES.c.drive_key.in_(sorted(drive_keys)),
    )
    ordered = query.order_by(DRIVES.c.started_at, DRIVES.c.drive_key)
    _enqueue(session, source_device, [_SomeDrive(*row) for row in session.connection().execute(ordered)], now=now)


def recompute_era(
    session: Session, source_device: str, bounds: EraBounds, *, now: datetime, source_epoch: int | None = None
) -> int:
    """Enqueue every drive of an era, of one epoch or of all; return how many."""
    query = select(DRIVES.c.source_epoch, DRIVES.c.drive_key, DRIVES.c.drive_id).where(
        DRIVES.c.source_device == source_device, *bounds.conditions(DRIVES.c.started_at)
    )
    if source_epoch is not None:
        query = query.where(DRIVES.c.source_epoch == source_epoch)
    ordered = query.order_by(DRIVES.c.started_at, DRIVES.c.drive_key)
    found = [_SomeDrive(*row) for row in session.connection().execute(ordered)]
    return _enqueue(session, source_device, found, now=now)


def recompute_newest(session: Session, source_device: str, source_epoch: int, *, limit: int, now: datetime) -> int:
    """Enqueue the drives of one epoch that started last, oldest of them first; return how many."""
    query = (
        select(DRIVES.c.source_epoch, DRIVES.c.drive_key, DRIVES.c.drive_id)
        .where(
            DRIVES.c.source_device == source_device,
            DRIVES.c.source_epoch == source_epoch,
            DRIVES.c.started_at.is_not(None),
        )
        .order_by(DRIVES.c.started_at.desc(), DRIVES.c.drive_key)
        .limit(limit)
    )
    found = [_SomeDrive(*row) for row in session.connection().execute(query)][::-1]
    return _enqueue(session, source_device, found, now=now)


def devices_with_drives(session: Session) -> list[str]:
    """Return every device that has drives."""
    query = select(DRIVES.c.source_device).distinct().order_by(DRIVES.c.source_device)
    return list(session.connection().execute(query).scalars())


def recompute_period(session: Session, source_device: str, bounds: EraBounds, *, now: datetime, reason: str) -> int:
    """Enqueue every drive of a stretch of time, of all epochs; return how many."""
    query = select(DRIVES.c.source_epoch, DRIVES.c.drive_key, DRIVES.c.drive_id).where(
        DRIVES.c.source_device == source_device, _within(bounds)
    )
    ordered = query.order_by(DRIVES.c.started_at, DRIVES.c.drive_key)
    found = [_SomeDrive(*row) for row in session.connection().execute(ordered)]
    return _enqueue(session, source_device, found, now=now, reason=reason)


def recompute_outdated(
    session: Session,
    source_device: str,
    bounds: EraBounds,
    version: str,
    *,
    after: tuple[int, str],
    limit: int,
    now: datetime,
) -> tuple[tuple[int, str] | None, int]:
    """Enqueue drives of a device and a stretch of time whose facts are of another version, a part of them at a time.

    Args:
        session: in a transaction.
        source_device: whose drives.
        bounds: of the stretch of time.
        version: of today's facts.
        after: epoch and key of the last drive of the part before; ``(0, "")`` for the first part.
        limit: how many at most.
        now: when they are due.

    Returns:
        Epoch and key of the last drive of this part, None when there was none, and how many drives it had.
    """
    key = (DRIVES.c.source_epoch, DRIVES.c.drive_key)
    query = (
        select(*key, DRIVES.c.drive_id)
        .where(
            DRIVES.c.source_device == source_device,
            _within(bounds),
            tuple_(*key) > tuple_(*after),
            or_(DRIVES.c.facts_version.is_(None), DRIVES.c.facts_version != version),
        )
        .order_by(*key)
        .limit(limit)
    )
    found = [_SomeDrive(*row) for row in session.connection().execute(query)]
    _enqueue(session, source_device, found, now=now, reason=REASON_OUTDATED)
    return (found[-1].source_epoch, found[-1].drive_key) if found else None, len(found)


def _within(bounds: EraBounds) -> ColumnElement[bool]:
    """Return that a drive starts in a stretch of time; a drive of unknown start counts as one of the earliest."""
    inside = and_(true(), *bounds.conditions(DRIVES.c.started_at))
    return inside if bounds.begins_at is not None else or_(DRIVES.c.started_at.is_(None), inside)


def repeat_running(session: Session, source_device: str) -> None:
    """Let drives that are being computed now be computed once more: they may have read what has just changed."""
    session.connection().execute(
        update(JOBS)
        .where(JOBS.c.kind == jobs.DRIVE_FACTS, JOBS.c.state == jobs.RUNNING, JOBS.c.source_device == source_device)
        .values(revision=JOBS.c.revision + 1)
    )


@dataclass(frozen=True, slots=True)
class _SomeDrive:
    source_epoch: int
    drive_key: str
    drive_id: int | None


def _enqueue(
    session: Session, source_device: str, drives: Iterable[_SomeDrive], *, now: datetime, reason: str = REASON_HISTORY
) -> int:
    """Enqueue drives, but for those whose turn comes anyway."""
    requests = [
        jobs.JobRequest(
            kind=jobs.DRIVE_FACTS,
            reason=reason,
            due_at=now,
            dedupe_key=f"{jobs.DRIVE_FACTS}:{drive.source_epoch}:{drive.drive_key}:{source_device}",
            source_device=source_device,
            source_epoch=drive.source_epoch,
            drive_id=drive.drive_id,
            payload={DRIVE_KEY: drive.drive_key},
            priority=jobs.Priority.BACKLOG,
        )
        for drive in drives
    ]
    waiting = _queued_keys(session, [request.dedupe_key or "" for request in requests])
    for request in requests:
        if request.dedupe_key not in waiting:
            jobs.enqueue(session, request, now=now)
    return len(requests)


def _queued_keys(session: Session, dedupe_keys: list[str]) -> set[str]:
    query = select(JOBS.c.dedupe_key).where(JOBS.c.dedupe_key.in_(sorted(dedupe_keys)), JOBS.c.state == jobs.QUEUED)
    return set(session.connection().execute(query).scalars())

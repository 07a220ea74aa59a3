"""The job table as a worker sees it: claim under a lease, renew, finish or give back."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, and_, case, delete, func, or_, select, update
from sqlmodel import Session

from obd2_common.db import dialect
from obd2_common.errors import Obd2Error
from obd2_common.jobs.queue import DEAD, DONE, QUEUED, RUNNING, Priority
from obd2_common.tables.jobs import Job

JOBS: Table = Job.__table__  # type: ignore[attr-defined]
CANDIDATES = 8
"""How many due jobs a claim looks at before it leaves them to other workers that take them at the same moment."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the clocks of two services may differ; what was written later than that, was written by a wrong clock."""


class LeaseLostError(Obd2Error):
    """Another worker has taken the job over; nothing of this one's result may be stored."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job this worker may work on until its lease ends; ``previous_result`` is that of the job's last run."""

    job_id: str
    kind: str
    fencing_token: int
    revision: int
    attempts: int
    reason: str | None
    source_device: str | None
    source_epoch: int | None
    drive_id: int | None
    created_at: datetime
    payload: dict[str, Any]
    previous_result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class JobSelection:
    """Which jobs a worker takes.

    Args:
        kind: of this kind.
        reasons: there for one of these reasons; None means any.
        other_reasons: there for none of these.
    """

    kind: str
    reasons: Collection[str] | None = None
    other_reasons: Collection[str] = ()

    def conditions(self, now: datetime) -> list[ColumnElement[bool]]:
        """Return what a due job has to meet."""
        found = [JOBS.c.state == QUEUED, JOBS.c.due_at <= now, JOBS.c.kind == self.kind]
        if self.reasons is not None:
            found.append(JOBS.c.reason.in_(self.reasons))
        if self.other_reasons:
            found.append(func.coalesce(JOBS.c.reason, "").not_in(self.other_reasons))
        return found


@dataclass(frozen=True, slots=True)
class Postponement:
    """Why and until when a job goes back to the queue.

    Args:
        result: what the job has come to so far.
        waits_for: what it waits for, for people.
        due_at: when to try again.
        is_attempt: whether this try counts against the attempts a job has.
    """

    result: dict[str, Any]
    waits_for: str
    due_at: datetime
    is_attempt: bool


def has_due_job(session: Session, selection: JobSelection, *, now: datetime) -> bool:
    """Tell whether a claim would find something."""
    query = select(JOBS.c.job_id).where(*selection.conditions(now))
    return session.connection().execute(query.limit(1)).first() is not None


def has_unfinished(session: Session, selection: JobSelection, *, now: datetime) -> bool:
    """Tell whether there is something to claim, now or once a worker that fell silent is relieved of it."""
    is_silent = and_(JOBS.c.kind == selection.kind, JOBS.c.state == RUNNING, JOBS.c.lease_until < now)
    query = select(JOBS.c.job_id).where(or_(and_(*selection.conditions(now)), is_silent))
    return session.connection().execute(query.limit(1)).first() is not None


def claim_next(
    session: Session, selection: JobSelection, *, owner: str, now: datetime, lease: timedelta
) -> Claim | None:
    """Take the job whose turn it is, by priority and then by due time; None when nothing is due."""
    for row in _lock_each(session, selection.conditions(now)):
        claim = _take(session, row, owner=owner, now=now, lease=lease)
        if claim is not None:
            return claim
    return None


def finish(session: Session, claim: Claim, *, result: dict[str, Any], now: datetime) -> None:
    """Record a job's result; it goes back to the queue when it was asked for again meanwhile.

    Raises:
        LeaseLostError: the claim is no longer valid; roll back.
    """
    is_current = JOBS.c.revision == claim.revision
    _write(
        session,
        claim,
        # A list keeps the order: MySQL would judge a later column by the new state.
        {
            "result": result,
            "finished_at": case((is_current, now), else_=None),
            "attempts": case((is_current, JOBS.c.attempts), else_=0),
            "last_error": None,
            **_let_go(now),
            "state": case((is_current, DONE), else_=QUEUED),
        },
    )


def give_back(session: Session, claim: Claim, *, error: str, now: datetime, max_attempts: int) -> bool:
    """Return a job that failed to the queue, later each time, or bury it after the last attempt; tell if it is dead.

    Raises:
        LeaseLostError: the claim is no longer valid.
    """
    is_dead = claim.attempts >= max_attempts
    pause = min(FIRST_PAUSE * 2 ** (claim.attempts - 1), LONGEST_PAUSE)
    _write(
        session,
        claim,
        {
            "state": DEAD if is_dead else QUEUED,
            "due_at": JOBS.c.due_at if is_dead else now + pause,
            "finished_at": now if is_dead else None,
            "last_error": error,
            **_let_go(now),
        },
    )
    return is_dead


def postpone(session: Session, claim: Claim, postponement: Postponement, *, now: datetime) -> None:
    """Put a job back in the queue for later; at once when it was asked for again meanwhile.

    Raises:
        LeaseLostError: the claim is no longer valid; roll back.
    """
    is_current = JOBS.c.revision == claim.revision
    attempts = claim.attempts if postponement.is_attempt else claim.attempts - 1
    _write(
        session,
        claim,
        {
            "result": postponement.result,
            "due_at": case((is_current, postponement.due_at), else_=JOBS.c.due_at),
            "attempts": case((is_current, attempts), else_=0),
            "last_error": postponement.waits_for,
            **_let_go(now),
            "state": QUEUED,
        },
    )


def leave_to_others(session: Session, claim: Claim, *, reason: str, now: datetime) -> None:
    """Put a job back in the queue for whoever takes jobs of another reason; that is no attempt.

    Raises:
        LeaseLostError: the claim is no longer valid.
    """
    values = {"reason": reason, "priority": int(Priority.ASKED), "attempts": claim.attempts - 1}
    _write(session, claim, {**values, **_let_go(now), "state": QUEUED})


def confirm(session: Session, claim: Claim) -> None:
    """Make sure that a claim still holds, and keep others from taking it until this transaction ends.

    Raises:
        LeaseLostError: it does not.
    """
    query = select(JOBS.c.fencing_token, JOBS.c.state).where(JOBS.c.job_id == claim.job_id).with_for_update()
    found = session.connection().execute(query).first()
    if found is None or (found.fencing_token, found.state) != (claim.fencing_token, RUNNING):
        raise LeaseLostError(f"the lease of job {claim.job_id} was lost")


def renew(
    session: Session, claim: Claim, *, now: datetime, lease: timedelta, result: dict[str, Any] | None = None
) -> None:
    """Extend the lease of the job in hand, and record what it has come to so far, if that is told."""
    so_far = {} if result is None else {"result": result}
    session.connection().execute(
        update(JOBS)
        .where(JOBS.c.job_id == claim.job_id, JOBS.c.fencing_token == claim.fencing_token, JOBS.c.state == RUNNING)
        .values(lease_until=now + lease, **so_far)
    )


def release_expired(session: Session, kinds: Collection[str], *, now: datetime, max_attempts: int) -> int:
    """Take jobs of some kinds from workers that fell silent; return how many went back to the queue or were buried."""
    expired = (JOBS.c.state == RUNNING, JOBS.c.lease_until < now, JOBS.c.kind.in_(kinds))
    values = {**_let_go(now), "last_error": "the worker fell silent"}
    buried = session.connection().execute(
        update(JOBS)
        .where(*expired, JOBS.c.attempts >= max_attempts)
        .values(**values, state=DEAD, finished_at=now, fencing_token=JOBS.c.fencing_token + 1)
    )
    queued = session.connection().execute(
        update(JOBS)
        .where(*expired, JOBS.c.attempts < max_attempts)
        .values(**values, state=QUEUED, due_at=now, fencing_token=JOBS.c.fencing_token + 1)
    )
    return buried.rowcount + queued.rowcount


def mend_clock(session: Session, *, now: datetime, lease: timedelta) -> int:
    """Make jobs due that were put off by a clock that was ahead, and end its leases in time; return how many.

    Args:
        session: in a transaction.
        now: by the clock as it is now.
        lease: how long a claim is valid without a renewal.
    """
    latest = now + CLOCK_TOLERANCE
    queued = session.connection().execute(
        update(JOBS).where(JOBS.c.state == QUEUED, JOBS.c.updated_at > latest).values(due_at=now, updated_at=now)
    )
    running = session.connection().execute(
        update(JOBS)
        .where(JOBS.c.state == RUNNING, JOBS.c.lease_until > latest + lease)
        .values(lease_until=now + lease, updated_at=now)
    )
    return queued.rowcount + running.rowcount


def prune_finished(session: Session, kinds: Collection[str], *, before: datetime) -> int:
    """Delete finished jobs of their own; those with a subject stay, one row each, and remember their last run."""
    result = session.connection().execute(
        delete(JOBS).where(
            JOBS.c.state == DONE, JOBS.c.dedupe_key.is_(None), JOBS.c.finished_at < before, JOBS.c.kind.in_(kinds)
        )
    )
    return result.rowcount


def _take(session: Session, row: RowMapping, *, owner: str, now: datetime, lease: timedelta) -> Claim | None:
    """Write that a job is this worker's; None where another one was quicker, as engines allow that lock nothing."""
    token = row["fencing_token"] + 1
    taken = session.connection().execute(
        update(JOBS)
        .where(JOBS.c.job_id == row["job_id"], JOBS.c.state == QUEUED, JOBS.c.fencing_token == row["fencing_token"])
        .values(
            state=RUNNING,
            lease_owner=owner,
            lease_until=now + lease,
            fencing_token=token,
            claimed_revision=row["revision"],
            attempts=row["attempts"] + 1,
            updated_at=now,
        )
    )
    if taken.rowcount != 1:
        return None
    return Claim(
        job_id=row["job_id"],
        kind=row["kind"],
        fencing_token=token,
        revision=row["revision"],
        attempts=row["attempts"] + 1,
        reason=row["reason"],
        source_device=row["source_device"],
        source_epoch=row["source_epoch"],
        drive_id=row["drive_id"],
        created_at=row["created_at"],
        payload=row["payload"] or {},
        previous_result=row["result"] or {},
    )


def _lock_each(session: Session, conditions: Sequence[ColumnElement[bool]]) -> Iterator[RowMapping]:
    """Yield the jobs that no other worker takes at this moment, those whose turn it is first.

    Found without locks and then locked by its key: a locking read that sorts would lock every job it passes.
    """
    connection = session.connection()
    in_turn = select(JOBS.c.job_id).where(*conditions).order_by(JOBS.c.priority, JOBS.c.due_at).limit(CANDIDATES)
    for job_id in connection.execute(in_turn).scalars().all():
        query = select(JOBS).where(JOBS.c.job_id == job_id, *conditions)
        if dialect.skip_locked(connection):
            query = query.with_for_update(skip_locked=True)
        row = connection.execute(query).mappings().first()
        if row is not None:
            yield row


def _let_go(now: datetime) -> dict[str, datetime | None]:
    return {"lease_owner": None, "lease_until": None, "updated_at": now}


def _write(session: Session, claim: Claim, values: dict[str, Any]) -> None:
    result = session.connection().execute(
        update(JOBS)
        .where(JOBS.c.job_id == claim.job_id, JOBS.c.fencing_token == claim.fencing_token, JOBS.c.state == RUNNING)
        .ordered_values(*((JOBS.c[name], value) for name, value in values.items()))
    )
    if result.rowcount != 1:
        raise LeaseLostError(f"the lease of job {claim.job_id} was lost")

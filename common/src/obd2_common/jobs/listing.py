"""The job table as an operator sees it: what waits, what failed and why; asked again or called off."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, update
from sqlmodel import Session, col, select

from obd2_common.errors import ConflictError, NotFoundError
from obd2_common.jobs.queue import DEAD, DONE, QUEUED, RUNNING, Priority
from obd2_common.tables.jobs import Job

JOBS: Table = Job.__table__  # type: ignore[attr-defined]
STATES = (QUEUED, RUNNING, DONE, DEAD)
CANCELLED = "called off by an operator"


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs are meant; None means any."""

    state: str | None = None
    kind: str | None = None
    source_device: str | None = None


def list_jobs(session: Session, wanted: JobFilter, *, limit: int) -> list[Job]:
    """Return jobs, those that changed last first."""
    conditions = {Job.state: wanted.state, Job.kind: wanted.kind, Job.source_device: wanted.source_device}
    query = select(Job).where(*(col(column) == value for column, value in conditions.items() if value is not None))
    return list(session.exec(query.order_by(col(Job.updated_at).desc(), col(Job.job_id)).limit(limit)))


def find_job(session: Session, job_id: str) -> Job:
    """Return one job.

    Raises:
        NotFoundError: there is none of that id.
    """
    found = session.get(Job, job_id)
    if found is None:
        raise NotFoundError(f"there is no job {job_id}")
    return found


def requeue(session: Session, job_id: str, *, now: datetime) -> None:
    """Have a job done at once, or again, with all its attempts before it.

    A job that is running is done once more after that.

    Raises:
        NotFoundError: there is none of that id.
    """
    find_job(session, job_id)
    session.connection().execute(
        update(JOBS)
        .where(JOBS.c.job_id == job_id)
        .values(revision=JOBS.c.revision + 1, attempts=0, priority=int(Priority.ASKED), due_at=now, updated_at=now)
    )
    session.connection().execute(
        update(JOBS)
        .where(JOBS.c.job_id == job_id, JOBS.c.state != RUNNING)
        .values(state=QUEUED, finished_at=None, last_error=None)
    )


def cancel(session: Session, job_id: str, *, now: datetime) -> None:
    """Call a job off; a worker that has it in hand loses it and stores nothing.

    The next rows of its drive bring it back, for they must not go unseen.

    Raises:
        NotFoundError: there is none of that id.
        ConflictError: it is over already.
    """
    result = session.connection().execute(
        update(JOBS)
        .where(JOBS.c.job_id == job_id, JOBS.c.state.in_((QUEUED, RUNNING)))
        .values(
            state=DEAD,
            fencing_token=JOBS.c.fencing_token + 1,
            lease_owner=None,
            lease_until=None,
            last_error=CANCELLED,
            finished_at=now,
            updated_at=now,
        )
    )
    if not result.rowcount:
        raise ConflictError(f"the job is {find_job(session, job_id).state} already; nothing to call off")

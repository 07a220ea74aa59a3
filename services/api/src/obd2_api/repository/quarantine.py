"""The quarantine, read and cleared by its operator."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from obd2_common.jobs.queue import QUARANTINE_REPLAY
from obd2_common.tables.devices import QuarantinedRow
from obd2_common.tables.jobs import Job

OPEN, DISCARDED = "open", "discarded"


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """Which rows are meant; None means any."""

    source_device: str | None = None
    table_name: str | None = None
    reason: str | None = None
    state: str | None = OPEN

    def conditions(self) -> list[Any]:
        """Return the filter as SQL conditions."""
        wanted = {
            QuarantinedRow.source_device: self.source_device,
            QuarantinedRow.table_name: self.table_name,
            QuarantinedRow.reason: self.reason,
            QuarantinedRow.state: self.state,
        }
        return [col(column) == value for column, value in wanted.items() if value is not None]


def list_quarantined(
    session: Session,
    wanted: QuarantineFilter,
    *,
    limit: int,
    after: int = 0,
) -> list[QuarantinedRow]:
    """Return rows in the order in which they came, beginning after an id."""
    query = select(QuarantinedRow).where(*wanted.conditions(), col(QuarantinedRow.quarantine_id) > after)
    return list(session.exec(query.order_by(col(QuarantinedRow.quarantine_id)).limit(limit)))


def count_quarantined(session: Session, wanted: QuarantineFilter) -> int:
    """Count the rows."""
    return session.exec(select(func.count()).select_from(QuarantinedRow).where(*wanted.conditions())).one()


def open_ids(session: Session, wanted: QuarantineFilter) -> list[int]:
    """Return the ids of the rows, oldest first."""
    query = select(col(QuarantinedRow.quarantine_id)).where(*wanted.conditions())
    return [row_id for row_id in session.exec(query.order_by(col(QuarantinedRow.quarantine_id))) if row_id]


def find_quarantined(session: Session, quarantine_id: int) -> QuarantinedRow | None:
    """Return one row by its id."""
    return session.get(QuarantinedRow, quarantine_id)


def find_replay(session: Session, job_id: str) -> Job | None:
    """Return the job of a replay."""
    job = session.get(Job, job_id)
    return job if job is not None and job.kind == QUARANTINE_REPLAY else None


def discard(session: Session, quarantine_id: int) -> bool:
    """Mark a row as looked at and not wanted; it stays, so that it does not come back as new. False if unknown."""
    row = session.get(QuarantinedRow, quarantine_id)
    if row is None:
        return False
    row.state = DISCARDED
    session.add(row)
    session.flush()
    return True

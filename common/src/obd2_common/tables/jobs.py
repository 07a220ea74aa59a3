"""The job table: work that one service leaves for another, claimed under a lease."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from obd2_common.db.types import Whole
from obd2_common.tables.columns import TABLE_OPTIONS, json, key, moment, short_text, text, whole


class Job(SQLModel, table=True):
    """One piece of work.

    ``state`` is queued, running, done or dead. ``dedupe_key`` keeps one row per subject: asking again raises
    ``revision`` and puts the job back in the queue, and a worker that finishes an older revision leaves it there.
    ``fencing_token`` grows with every claim; only the holder of the newest may write a result. ``priority`` is one of
    `obd2_common.jobs.queue.Priority`; among jobs that are due the smallest comes first.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("dedupe_key", name="uq_jobs_dedupe_key"),
        Index("ix_jobs_turn", "state", "kind", "priority", "due_at"),
        Index("ix_jobs_subject", "source_device", "source_epoch", "drive_id"),
        TABLE_OPTIONS,
    )
    job_id: str = key(36)
    kind: str = short_text(32, required=True)
    dedupe_key: str | None = short_text(400)
    source_device: str | None = short_text()
    source_epoch: int | None = whole()
    drive_id: int | None = whole()
    payload: dict[str, Any] | None = json()
    reason: str | None = short_text(32)
    priority: int = Field(default=2, sa_type=Whole, sa_column_kwargs={"server_default": "2"})
    asked_by: str | None = short_text(36)
    """Whose request it is: the id of an issued key, or "shared"; None where no request asked for it."""
    state: str = short_text(16, required=True)
    revision: int = whole(default=1)
    claimed_revision: int | None = whole()
    due_at: datetime = moment(required=True)
    due_by: datetime | None = moment()
    """However often it is asked for meanwhile, it is due by then; None is no such bound."""
    attempts: int = whole(default=0)
    lease_owner: str | None = short_text()
    lease_until: datetime | None = moment()
    fencing_token: int = whole(default=0)
    result: dict[str, Any] | None = json()
    last_error: str | None = text()
    created_at: datetime = moment(required=True)
    updated_at: datetime = moment(required=True)
    finished_at: datetime | None = moment()

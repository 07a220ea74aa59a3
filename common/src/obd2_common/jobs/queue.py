"""Leave work for another service in the job table."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, and_, case, literal_column
from sqlmodel import Session

from obd2_common.db import dialect
from obd2_common.db.pipelining import Call, run_pipelined
from obd2_common.db.types import KeyText, Whole
from obd2_common.tables.jobs import Job

DRIVE_FACTS = "drive_facts"
"""Recompute one drive, or with drive_id 0 the runs of rows that have none."""
ANALYSIS = "analysis"
"""Answer one analysis request, or comment on a drive that was just computed."""
QUARANTINE_REPLAY = "quarantine_replay"
"""Try quarantined rows again."""
NOTICE = "notice"
"""Tell somebody outside of something."""

REASON_REQUEST, REASON_ASYNC_REQUEST = "request", "async_request"
"""Why an analysis is there that a client asked for: it waits for the answer, or comes back for it."""
REQUEST_REASONS = frozenset({REASON_REQUEST, REASON_ASYNC_REQUEST})

QUEUED, RUNNING, DONE, DEAD = "queued", "running", "done", "dead"


class Priority(IntEnum):
    """Whose turn it is among jobs that are due: the smallest first, and the one due longest among equals."""

    AWAITED = 0
    """Somebody waits for the answer."""
    ASKED = 1
    """Somebody asked for it and comes back."""
    AUTOMATIC = 2
    """It follows from what a device has just sent."""
    BACKLOG = 3
    """There are many of its kind and nobody looks for it yet: backlogs, the night's work, another history."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A piece of work to be done.

    Args:
        kind: which worker takes it.
        reason: what caused it, for people: drive_end, newer_drive, late_rows, rows, request …
        due_at: not before this time.
        dedupe_key: one job per key; None means a job of its own.
        source_device, source_epoch, drive_id: the subject; drive_id 0 means rows without a drive.
        payload: anything else the worker needs, as JSON.
        priority: whose turn it is among jobs that are due.
        asked_by: whose request it is, so that nobody fills the queue.
        due_by: asked for again and again, it is due by the earliest of these; None means it may be put off for ever.
    """

    kind: str
    reason: str
    due_at: datetime
    dedupe_key: str | None = None
    source_device: str | None = None
    source_epoch: int | None = None
    drive_id: int | None = None
    payload: dict[str, Any] | None = None
    priority: Priority = Priority.AUTOMATIC
    asked_by: str | None = None
    due_by: datetime | None = None


def enqueue(session: Session, request: JobRequest, *, now: datetime) -> str:
    """Write a job row and return its id; a job already there under the same dedupe key is due again instead.

    A job that is running stays so; its worker sees the raised revision and puts it back in the queue. The id
    returned is that of the new row and only meaningful when the request has no dedupe key.
    """
    call = enqueuing(request, now=now)
    run_pipelined(session.connection(), [call])
    return str(call.parameters["job_id"])


def enqueue_many(session: Session, requests: Sequence[JobRequest], *, now: datetime) -> None:
    """Write the rows of many jobs in as few statements as possible; like `enqueue` for each of them."""
    connection = session.connection()
    rows = [dict(enqueuing(request, now=now).parameters) for request in requests]
    connection.execute(dialect.prepared(connection, _enqueue), rows)


def enqueue_once(session: Session, requests: Sequence[JobRequest], *, now: datetime) -> None:
    """Write the rows of jobs whose dedupe keys are not there yet; one that is there stays as it is, done or not."""
    connection = session.connection()
    rows = [dict(enqueuing(request, now=now).parameters) for request in requests]
    table = Job.__table__  # type: ignore[attr-defined]
    connection.execute(dialect.upsert(connection, table, key=("dedupe_key",), update=()), rows)


def enqueuing(request: JobRequest, *, now: datetime) -> Call:
    """Return the statement of `enqueue`, to be run with others."""
    values = {
        "job_id": str(uuid.uuid4()),
        "kind": request.kind,
        "dedupe_key": request.dedupe_key,
        "source_device": request.source_device,
        "source_epoch": request.source_epoch,
        "drive_id": request.drive_id,
        "payload": request.payload,
        "reason": request.reason,
        "state": QUEUED,
        "revision": 1,
        "priority": int(request.priority),
        "asked_by": request.asked_by,
        "due_at": request.due_at,
        "due_by": request.due_by,
        "attempts": 0,
        "fencing_token": 0,
        "created_at": now,
        "updated_at": now,
        "finished_at": None,
    }
    return Call(_enqueue, values)


def _literal(state: str) -> ColumnElement[str]:
    return literal_column(f"'{state}'", KeyText())


def drive_facts_key(source_device: str, source_epoch: int, drive_id: int) -> str:
    """Return the dedupe key of the facts of one drive; drive_id 0 means rows without a drive."""
    return f"{DRIVE_FACTS}:{source_epoch}:{drive_id}:{source_device}"


def _enqueue(connection: Connection) -> Insert:
    table = Job.__table__  # type: ignore[attr-defined]
    new = dialect.incoming(connection, table)
    is_queued = table.c.state == _literal(QUEUED)
    due_by = case((and_(is_queued, table.c.due_by < new.due_by), table.c.due_by), else_=new.due_by)
    return dialect.upsert(
        connection,
        table,
        key=("dedupe_key",),
        update={
            "reason": new.reason,
            "payload": new.payload,
            "priority": case((and_(is_queued, table.c.priority < new.priority), table.c.priority), else_=new.priority),
            "asked_by": new.asked_by,
            "due_at": case((due_by < new.due_at, due_by), else_=new.due_at),
            "due_by": due_by,
            "updated_at": new.updated_at,
            # Literals here and below: PyMySQL writes many rows at once only without parameters behind VALUES.
            "revision": table.c.revision + literal_column("1", Whole()),
            "attempts": new.attempts,
            "finished_at": new.finished_at,
            "state": case((table.c.state == _literal(RUNNING), _literal(RUNNING)), else_=_literal(QUEUED)),
        },
    )

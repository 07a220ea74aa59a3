"""Turns of nightly tasks: who took which, and how it ended."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlmodel import Session

from obd2_common.db import dialect
from obd2_common.tables.operations import ScheduledRun

RUNS: Table = ScheduledRun.__table__  # type: ignore[attr-defined]
RUNNING, SUCCEEDED, FAILED = "running", "ok", "failed"
LONGEST_RUN = timedelta(hours=1)
"""A turn without an end after that long was lost with its process."""
PAUSE_AFTER_FAILURE = timedelta(minutes=30)


def take_turn(session: Session, task: str, slot: str, *, instance: str, now: datetime) -> bool:
    """Take a turn that nobody has taken, that failed a while ago or was lost; tell whether it is ours."""
    connection = session.connection()
    turn = select(RUNS.c.instance, RUNS.c.started_at).where(RUNS.c.task == task, RUNS.c.slot == slot)
    if connection.execute(turn).first() is None:
        values = {"task": task, "slot": slot, "instance": instance, "started_at": now, "outcome": RUNNING}
        connection.execute(dialect.upsert(connection, RUNS, key=("task", "slot"), update=()), values)
        # Engines count a row that was left alone differently: whose it is says who was first.
        taken = connection.execute(turn).one()
        return (taken.instance, taken.started_at) == (instance, now)
    is_lost = (RUNS.c.outcome == RUNNING) & (RUNS.c.started_at < now - LONGEST_RUN)
    may_be_repeated = (RUNS.c.outcome == FAILED) & (RUNS.c.started_at < now - PAUSE_AFTER_FAILURE)
    again = connection.execute(
        update(RUNS)
        .where(RUNS.c.task == task, RUNS.c.slot == slot, is_lost | may_be_repeated)
        .values(instance=instance, started_at=now, finished_at=None, outcome=RUNNING, details=None)
    )
    return again.rowcount == 1


def end_turn(
    session: Session, task: str, slot: str, *, is_success: bool, details: dict[str, Any], now: datetime
) -> None:
    """Record how a turn ended."""
    session.connection().execute(
        update(RUNS)
        .where(RUNS.c.task == task, RUNS.c.slot == slot)
        .values(finished_at=now, outcome=SUCCEEDED if is_success else FAILED, details=details)
    )


def forget_turns(session: Session, *, before: datetime) -> int:
    """Delete the record of old turns; return how many."""
    return session.connection().execute(delete(RUNS).where(RUNS.c.started_at < before)).rowcount

"""Leaves the analyses of drives that nobody asked for."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, select
from sqlmodel import Session

from obd2_analyzer.repository.rows import Source
from obd2_common.jobs import queue as jobs
from obd2_common.jobs.analysis import AnalysisRequest
from obd2_common.tables.jobs import Job

JOBS: Table = Job.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why drives are analysed without a request: what for people, and whose turn they take."""

    reason: str
    priority: jobs.Priority


def ask_for_analyses(
    session: Session, source: Source, drive_keys: Iterable[str], cause: Cause, *, now: datetime
) -> None:
    """Enqueue the analysis of drives in the transaction that calls for it, so that none is missed."""
    for drive_key in drive_keys:
        drive_id = int(drive_key) if drive_key.lstrip("-").isdigit() else None
        request = AnalysisRequest(
            source_device=source.source_device,
            source_epoch=source.source_epoch,
            drive_key=drive_key,
            drive_id=drive_id,
        )
        jobs.enqueue(
            session,
            jobs.JobRequest(
                kind=jobs.ANALYSIS,
                reason=cause.reason,
                due_at=now,
                dedupe_key=_dedupe_key(source, drive_key),
                source_device=source.source_device,
                source_epoch=source.source_epoch,
                drive_id=drive_id,
                payload=request.to_payload(),
                priority=cause.priority,
            ),
            now=now,
        )


def without_waiting(session: Session, source: Source, drive_keys: Collection[str]) -> list[str]:
    """Return the drives whose analysis is not waiting or under way."""
    keys = {_dedupe_key(source, drive_key): drive_key for drive_key in drive_keys}
    query = select(JOBS.c.dedupe_key).where(
        JOBS.c.dedupe_key.in_(sorted(keys)), JOBS.c.state.in_((jobs.QUEUED, jobs.RUNNING))
    )
    waiting = set(session.connection().execute(query).scalars())
    return [drive_key for key, drive_key in keys.items() if key not in waiting]


def _dedupe_key(source: Source, drive_key: str) -> str:
    return f"{jobs.ANALYSIS}:{source.source_epoch}:{drive_key}:{source.source_device}"

"""Writes the calls of the language model, and tells whether it has answered."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, Table, func, insert, select
from sqlmodel import Session

from obd2_analyzer.advice.audit import CallRecord
from obd2_analyzer.repository.drives import DRIVES, is_drive
from obd2_analyzer.repository.facts import without_infinities
from obd2_analyzer.repository.rows import Source, of_source
from obd2_common.jobs.queue import REASON_REQUEST
from obd2_common.tables.analyses import Analysis, ModelCall, Recommendation

ANALYSES: Table = Analysis.__table__  # type: ignore[attr-defined]
ADVICE: Table = Recommendation.__table__  # type: ignore[attr-defined]
CALLS: Table = ModelCall.__table__  # type: ignore[attr-defined]


def store_call(session: Session, analysis_id: str, record: CallRecord) -> None:
    """Write the call behind an analysis."""
    values = {
        "analysis_id": analysis_id,
        "prompt_version": record.prompt_version,
        "model": record.model,
        "model_digest": record.model_digest,
        "system_message": record.system_message,
        "user_message": record.user_message,
        "response_schema": dict(record.response_schema),
        "options": dict(record.options),
        "token_estimate": record.token_estimate,
        "evidence": [dict(document) for document in record.evidence],
        "dropped_evidence": list(record.dropped_evidence),
        "started_at": record.started_at,
        "waited_seconds": record.waited_seconds,
        "attempts": record.attempts,
        "raw_reply": record.raw_reply,
        "usage": record.usage.to_json(),
        "verdicts": [verdict.to_json() for verdict in record.verdicts],
        "failure": record.failure,
        "failure_detail": record.failure_detail,
    }
    session.connection().execute(insert(CALLS), {name: storable(value) for name, value in values.items()})


def has_answer(session: Session, source: Source, drive_key: str, *, facts_digest: str, asked: tuple[str, str]) -> bool:
    """Tell whether the last answer nobody asked for about a drive is the model's, about these facts.

    Args:
        session: only reads.
        source: whose drive.
        drive_key: which drive.
        facts_digest: fingerprint of the facts.
        asked: prompt version and name of the model.
    """
    last = _last_unasked(session, source, drive_key)
    return last is not None and last.failure is None and tuple(last)[:3] == (facts_digest, *asked)


def drives_of_others(session: Session, source: Source, *, asked: tuple[str, str], limit: int) -> list[str]:
    """Return the newest drives on which this model, with this prompt, was not asked last.

    Another model was, or none could be although there was something to advise on.

    Args:
        session: only reads.
        source: whose drives.
        asked: prompt version and name of the model.
        limit: how many of the newest drives are looked at.
    """
    query = (
        select(DRIVES.c.drive_key)
        .where(*of_source(DRIVES, source), DRIVES.c.started_at.is_not(None))
        .order_by(DRIVES.c.started_at.desc(), DRIVES.c.drive_key)
        .limit(limit)
    )
    found = []
    for drive_key in session.connection().execute(query).scalars().all():
        last = _last_unasked(session, source, drive_key)
        if last is None:
            continue
        has_advice = last.prompt_version is not None or last.advice_count > 0
        if has_advice and (last.prompt_version, last.model) != asked:
            found.append(drive_key)
    return found


def _last_unasked(session: Session, source: Source, drive_key: str) -> Row[Any, Any, Any, Any, Any] | None:
    """Return the last analysis of a drive that nobody asked for, with the call behind it if there was one."""
    counting = select(func.count()).where(ADVICE.c.analysis_id == ANALYSES.c.analysis_id)
    advice_count = counting.scalar_subquery().label("advice_count")
    query = (
        select(ANALYSES.c.facts_digest, CALLS.c.prompt_version, CALLS.c.model, CALLS.c.failure, advice_count)
        .outerjoin(CALLS, CALLS.c.analysis_id == ANALYSES.c.analysis_id)
        .where(*is_drive(ANALYSES, source, drive_key), ANALYSES.c.trigger != REASON_REQUEST)
        .order_by(ANALYSES.c.created_at.desc())
        .limit(1)
    )
    return session.connection().execute(query).first()


def storable(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a value that every database takes: no infinities, no halves of characters."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {str(storable(name)): storable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    return without_infinities(value)

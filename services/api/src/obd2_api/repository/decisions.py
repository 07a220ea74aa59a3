"""Decisions about advice, read and written, and recommendations shown with how they stand."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from obd2_api.decisions import State, state_of
from obd2_api.schemas.analyses import DecisionDocument, RecommendationItem
from obd2_common.errors import NotFoundError
from obd2_common.tables.analyses import Analysis, Recommendation
from obd2_common.tables.operators import AdviceDecision

Group = tuple[str, str, str]
"""Device, rule and signal: what is decided about one is decided about its repeats."""
Decisions = Mapping[Group, AdviceDecision]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody decides, why, and with which key."""

    decision: str
    reason: str | None
    decided_by: str


def latest_decisions(session: Session, devices: Collection[str | None]) -> Decisions:
    """Return the latest decision about each group of some devices."""
    query = select(AdviceDecision).where(col(AdviceDecision.source_device).in_([each or "" for each in devices]))
    ordered = query.order_by(col(AdviceDecision.decided_at), col(AdviceDecision.decision_id))
    return {(row.source_device, row.rule, row.signal): row for row in session.exec(ordered)}


def item_document(analysis: Analysis, row: Recommendation, decided: Decisions) -> RecommendationItem:
    """Return a recommendation as it is shown, with its state and the decision behind it."""
    found = decided.get(_group(analysis, row))
    document = RecommendationItem.model_validate({**row.model_dump(), "state": stands(analysis, row, decided)})
    shown = None if found is None else DecisionDocument.model_validate(found)
    return document.model_copy(update={"decision": shown})


def stands(analysis: Analysis, row: Recommendation, decided: Decisions) -> State:
    """Return whether a recommendation is open, done or dismissed."""
    return state_of(row, _number(row, "value"), decided.get(_group(analysis, row)))


def decide(session: Session, name: str, verdict: Verdict, *, now: datetime) -> AdviceDecision:
    """Keep a decision about a recommendation and its repeats.

    Args:
        session: in a transaction.
        name: ``<analysis id>/<rank>``.
        verdict: what is decided.
        now: the time.

    Raises:
        NotFoundError: there is no such recommendation.
    """
    analysis_id, _, rank = name.rpartition("/")
    is_number = rank.isascii() and rank.isdecimal() and len(rank) < len(str(2**63))
    row = session.get(Recommendation, (analysis_id, int(rank))) if is_number else None
    analysis = session.get(Analysis, analysis_id)
    if row is None or analysis is None:
        raise NotFoundError("No such recommendation")
    device, rule, signal = group = _group(analysis, row)
    before = latest_decisions(session, {device}).get(group)
    if before is not None:  # the latest counts, also where two are taken at once or the clock was set back
        now = max(now, before.decided_at + timedelta(microseconds=1))
    decision = AdviceDecision(
        decision_id=str(uuid.uuid4()),
        source_device=device,
        rule=rule,
        signal=signal,
        decision=verdict.decision,
        reason=verdict.reason,
        severity=row.severity,
        value=_number(row, "value"),
        threshold=_number(row, "threshold"),
        decided_at=now,
        decided_by=verdict.decided_by,
    )
    session.add(decision)
    session.flush()
    return decision


def _group(analysis: Analysis, row: Recommendation) -> Group:
    device = analysis.source_device or ""
    if row.rule is None or row.signal is None:
        return device, "", f"{row.analysis_id}/{row.rank}"
    return device, row.rule, row.signal


def _number(row: Recommendation, name: str) -> float | None:
    """Return a number of the finding behind a recommendation."""
    evidence: list[dict[str, Any]] = row.evidence or []
    found = evidence[0].get(name) if evidence and isinstance(evidence[0], dict) else None
    return float(found) if isinstance(found, int | float) else None

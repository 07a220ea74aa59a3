"""Reads and writes answered analyses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, insert, select, update
from sqlmodel import Session

from obd2_common.tables.analyses import Analysis, ModelCall, Recommendation

ANALYSES: Table = Analysis.__table__  # type: ignore[attr-defined]
RECOMMENDATIONS: Table = Recommendation.__table__  # type: ignore[attr-defined]
CALLS: Table = ModelCall.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class EarlierAdvice:
    """A recommendation a device was given about one of its drives; as in the tables."""

    analysis_id: str
    rank: int
    rule: str
    signal: str
    source_epoch: int
    drive_key: str
    drive_started_at: datetime | None
    recommendation: str
    superseded_by: str | None

    @property
    def name(self) -> str:
        """Return ``<analysis id>/<rank>``."""
        return f"{self.analysis_id}/{self.rank}"


def earlier_advice(session: Session, source_device: str, keys: Sequence[tuple[str, str]]) -> list[EarlierAdvice]:
    """Return what a device was told about its drives, newest first.

    Args:
        session: only reads.
        source_device: whose recommendations.
        keys: rule and signal of those that count.
    """
    query = (
        select(
            RECOMMENDATIONS.c.analysis_id,
            RECOMMENDATIONS.c.rank,
            RECOMMENDATIONS.c.rule,
            RECOMMENDATIONS.c.signal,
            ANALYSES.c.source_epoch,
            ANALYSES.c.drive_key,
            RECOMMENDATIONS.c.drive_started_at,
            RECOMMENDATIONS.c.recommendation,
            RECOMMENDATIONS.c.superseded_by,
        )
        .join(ANALYSES, ANALYSES.c.analysis_id == RECOMMENDATIONS.c.analysis_id)
        .where(
            ANALYSES.c.source_device == source_device,
            ANALYSES.c.drive_key.is_not(None),
            RECOMMENDATIONS.c.rule.in_(sorted({rule for rule, _ in keys})),
            RECOMMENDATIONS.c.signal.in_(sorted({signal for _, signal in keys})),
        )
        .order_by(ANALYSES.c.created_at.desc(), RECOMMENDATIONS.c.rank)
    )
    return [EarlierAdvice(*row) for row in session.connection().execute(query)]


def supersede(session: Session, replaced: Sequence[tuple[str, int]], by: str) -> None:
    """Note that recommendations gave way to a newer one about the same.

    Args:
        session: in a transaction.
        replaced: analysis id and rank of each.
        by: ``<analysis id>/<rank>`` of the newer one.
    """
    for analysis_id, rank in replaced:
        session.connection().execute(
            update(RECOMMENDATIONS)
            .where(RECOMMENDATIONS.c.analysis_id == analysis_id, RECOMMENDATIONS.c.rank == rank)
            .values(superseded_by=by)
        )


def remove_analysis(session: Session, analysis_id: str) -> None:
    """Delete an analysis, for another takes its place and id; what it had superseded stands until then."""
    gave_way = RECOMMENDATIONS.c.superseded_by.startswith(f"{analysis_id}/", autoescape=True)
    session.connection().execute(update(RECOMMENDATIONS).where(gave_way).values(superseded_by=None))
    for table in (RECOMMENDATIONS, CALLS, ANALYSES):
        session.connection().execute(delete(table).where(table.c.analysis_id == analysis_id))


def point_repeats_anew(session: Session, analysis_id: str) -> None:
    """Let what repeats an analysis that was replaced name the same advice in the new one, or none where it is gone."""
    connection, advice = session.connection(), RECOMMENDATIONS.c
    query = select(advice.rule, advice.signal, advice.rank).where(advice.analysis_id == analysis_id)
    names = {(rule, signal): f"{analysis_id}/{rank}" for rule, signal, rank in connection.execute(query)}
    repeats = select(advice.analysis_id, advice.rank, advice.rule, advice.signal).where(
        advice.is_duplicate_of.startswith(f"{analysis_id}/", autoescape=True)
    )
    for repeat in connection.execute(repeats).all():
        connection.execute(
            update(RECOMMENDATIONS)
            .where(advice.analysis_id == repeat.analysis_id, advice.rank == repeat.rank)
            .values(is_duplicate_of=names.get((repeat.rule, repeat.signal)))
        )


def store_analysis(session: Session, analysis: dict[str, Any], recommendations: Sequence[dict[str, Any]]) -> None:
    """Write one analysis with its recommendations.

    Args:
        session: in a transaction.
        analysis: values by column of ``analyses``.
        recommendations: values by column of ``recommendations``, without the analysis id.
    """
    connection = session.connection()
    connection.execute(insert(ANALYSES), analysis)
    if recommendations:
        rows = [{"analysis_id": analysis["analysis_id"], **row} for row in recommendations]
        connection.execute(insert(RECOMMENDATIONS), rows)

"""Reads and writes answered analyses."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, delete, insert, or_, select
from sqlmodel import Session

from obd2_analyzer.advice.adviser import EarlierRecommendation
from obd2_analyzer.repository.drives import is_drive
from obd2_analyzer.repository.rows import Source
from obd2_common.tables.analyses import Analysis, ModelCall, Recommendation

ANALYSES: Table = Analysis.__table__  # type: ignore[attr-defined]
RECOMMENDATIONS: Table = Recommendation.__table__  # type: ignore[attr-defined]
CALLS: Table = ModelCall.__table__  # type: ignore[attr-defined]

EARLIER_RECOMMENDATIONS = 50
"""How far back repetitions are looked for."""


def earlier_recommendations(
    session: Session, source_device: str, *, except_drive: tuple[Source, str] | None
) -> tuple[EarlierRecommendation, ...]:
    """Return what a device was last told about its drives, by rule or in words, newest first, repetitions left out.

    Args:
        session: only reads.
        source_device: whose recommendations.
        except_drive: source and key of the drive that is spoken of now; of it only the same words are a repetition.
    """
    query = (
        select(
            RECOMMENDATIONS.c.analysis_id,
            RECOMMENDATIONS.c.rank,
            RECOMMENDATIONS.c.category,
            RECOMMENDATIONS.c.recommendation,
        )
        .join(ANALYSES, ANALYSES.c.analysis_id == RECOMMENDATIONS.c.analysis_id)
        .where(
            ANALYSES.c.source_device == source_device,
            ANALYSES.c.drive_key.is_not(None),
            RECOMMENDATIONS.c.is_duplicate_of.is_(None),
            RECOMMENDATIONS.c.recommendation.is_not(None),
        )
        .order_by(ANALYSES.c.created_at.desc(), RECOMMENDATIONS.c.rank)
        .limit(EARLIER_RECOMMENDATIONS)
    )
    if except_drive is not None:
        source, drive_key = except_drive
        query = query.where(
            or_(ANALYSES.c.source_epoch != source.source_epoch, ANALYSES.c.drive_key != drive_key),
        )
    rows = session.connection().execute(query)
    return tuple(EarlierRecommendation(*row) for row in rows)


def told_of_drive(session: Session, source: Source, drive_key: str) -> dict[str, str]:
    """Return what was recommended for a drive so far, and the ``<analysis id>/<rank>`` it was first said under."""
    query = (
        select(RECOMMENDATIONS.c.recommendation, RECOMMENDATIONS.c.analysis_id, RECOMMENDATIONS.c.rank)
        .join(ANALYSES, ANALYSES.c.analysis_id == RECOMMENDATIONS.c.analysis_id)
        .where(
            *is_drive(ANALYSES, source, drive_key),
            RECOMMENDATIONS.c.is_duplicate_of.is_(None),
            RECOMMENDATIONS.c.recommendation.is_not(None),
        )
        .order_by(ANALYSES.c.created_at.desc(), RECOMMENDATIONS.c.rank.desc())
        .limit(EARLIER_RECOMMENDATIONS)
    )
    return {row.recommendation: f"{row.analysis_id}/{row.rank}" for row in session.connection().execute(query)}


def remove_analysis(session: Session, analysis_id: str) -> None:
    """Delete an analysis with everything that belongs to it, for another one takes its place and id."""
    for table in (RECOMMENDATIONS, CALLS, ANALYSES):
        session.connection().execute(delete(table).where(table.c.analysis_id == analysis_id))


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

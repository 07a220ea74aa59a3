"""Reads and writes answered analyses."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, insert, select
from sqlmodel import Session

from obd2_analyzer.words.dialogue import EarlierRecommendation
from obd2_common.tables.analyses import Analysis, Recommendation

ANALYSES: Table = Analysis.__table__  # type: ignore[attr-defined]
RECOMMENDATIONS: Table = Recommendation.__table__  # type: ignore[attr-defined]


def earlier_recommendations(
    session: Session, source_device: str, drive_key: str, *, limit: int
) -> list[EarlierRecommendation]:
    """Return what a device was last told about drives other than this one, newest first."""
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
            ANALYSES.c.drive_key != drive_key,
            RECOMMENDATIONS.c.recommendation.is_not(None),
        )
        .order_by(ANALYSES.c.created_at.desc(), RECOMMENDATIONS.c.rank)
        .limit(limit)
    )
    return [EarlierRecommendation(*row) for row in session.connection().execute(query)]


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

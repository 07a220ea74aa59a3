"""Writes answered analyses."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, insert
from sqlmodel import Session

from obd2_common.tables.analyses import Analysis, Recommendation

ANALYSES: Table = Analysis.__table__  # type: ignore[attr-defined]
RECOMMENDATIONS: Table = Recommendation.__table__  # type: ignore[attr-defined]


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

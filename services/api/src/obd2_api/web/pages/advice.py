"""`/advice`: what was recommended, worst first, the same advice once with how often it was given."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from obd2_api.dependencies import DatabaseDep
from obd2_api.repository.analyses import ANSWERED
from obd2_api.web.gate import VisitorDep
from obd2_api.web.rendering import PageRoute, page
from obd2_api.web.wording import SEVERITIES
from obd2_common.tables.analyses import Analysis, Recommendation

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Item:
    """One recommendation and the analysis it came with."""

    analysis: Analysis
    recommendation: Recommendation


@router.get("/advice")
def show_advice(request: Request, visitor: VisitorDep, database: DatabaseDep) -> Response:
    """Show the recommendations that stand: nothing later says the same again."""
    items = database.read(_standing)
    order = {severity: place for place, severity in enumerate(SEVERITIES)}
    items.sort(key=lambda item: order.get(item.recommendation.severity or "", len(order)))
    return page(request, "advice.html", visitor, items=items)


def _standing(session: Session) -> list[Item]:
    query = (
        select(Analysis, Recommendation)
        .join(Recommendation, col(Recommendation.analysis_id) == col(Analysis.analysis_id))
        .where(col(Analysis.status) == ANSWERED, col(Recommendation.superseded_by).is_(None))
        .order_by(col(Analysis.finished_at).desc(), col(Recommendation.rank))
        .limit(MOST_ITEMS)
    )
    return [Item(analysis, recommendation) for analysis, recommendation in session.exec(query)]

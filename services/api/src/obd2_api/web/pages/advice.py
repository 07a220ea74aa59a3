"""`/advice`: what was recommended, worst first, each once; and what the owner decides about it."""

from dataclasses import dataclass
from typing import Annotated, get_args

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from obd2_api.auth.middleware import SHARED_KEY
from obd2_api.decisions import State
from obd2_api.dependencies import ClockDep, DatabaseDep
from obd2_api.repository import decisions
from obd2_api.repository.analyses import ANSWERED
from obd2_api.schemas.analyses import RecommendationItem
from obd2_api.web.gate import ChangingVisitorDep, VisitorDep, own_path, see_other
from obd2_api.web.rendering import PageRoute, page
from obd2_api.web.wording import SEVERITIES
from obd2_common.errors import InvalidInputError
from obd2_common.tables.analyses import Analysis, Recommendation

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST_ITEMS = 100
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class Item:
    """One recommendation and the analysis it came with."""

    analysis: Analysis
    document: RecommendationItem


@router.get("/advice")
def show_advice(
    request: Request, visitor: VisitorDep, database: DatabaseDep, show: Annotated[State, Query()] = "open"
) -> Response:
    """Show the recommendations that stand, nothing later says the same again: those open, done or dismissed."""
    found = database.read(_standing)
    order = {severity: place for place, severity in enumerate(SEVERITIES)}
    items = [item for item in found if item.document.state == show][:MOST_ITEMS]
    items.sort(key=lambda item: order.get(item.document.severity or "", len(order)))
    counts = {state: sum(item.document.state == state for item in found) for state in STATES}
    return page(request, "advice.html", visitor, items=items, show=show, states=STATES, counts=counts)


@router.post("/advice/decision")
def decide(
    request: Request,
    *,
    visitor: ChangingVisitorDep,
    database: DatabaseDep,
    clock: ClockDep,
    recommendation: Annotated[str, Form(max_length=128)],
    decision: Annotated[State, Form()],
    reason: Annotated[str, Form(max_length=2000)] = "",
    target: Annotated[str, Form(alias="next", max_length=2000)] = "/advice",
) -> Response:
    """Keep a decision and return to where it was taken."""
    if decision == "dismissed" and not reason.strip():
        raise InvalidInputError("Say why you dismiss it; whoever looks later wants to know")
    verdict = decisions.Verdict(decision, reason.strip() or None, visitor.client.key_id or SHARED_KEY)
    now = clock()
    database.run(lambda session: decisions.decide(session, recommendation, verdict, now=now))
    return see_other(request, own_path(target))


def _standing(session: Session) -> list[Item]:
    query = (
        select(Analysis, Recommendation)
        .join(Recommendation, col(Recommendation.analysis_id) == col(Analysis.analysis_id))
        .where(col(Analysis.status) == ANSWERED, col(Recommendation.superseded_by).is_(None))
        .order_by(col(Analysis.finished_at).desc(), col(Recommendation.rank))
        .limit(MOST_ITEMS * len(STATES))
    )
    rows = list(session.exec(query))
    decided = decisions.latest_decisions(session, {analysis.source_device for analysis, _ in rows})
    return [Item(analysis, decisions.item_document(analysis, row, decided)) for analysis, row in rows]

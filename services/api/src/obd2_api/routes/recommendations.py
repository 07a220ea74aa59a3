"""`/recommendations`: what was recommended since a device last asked, and what an operator decided about it."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Path, Query, Request
from sqlmodel import Session

from obd2_api.auth.middleware import asker_of, check_device
from obd2_api.dependencies import ClockDep, DatabaseDep
from obd2_api.repository import decisions
from obd2_api.repository.decisions import item_document
from obd2_api.repository.recommendations import RecommendationFilter, list_recommendations
from obd2_api.request_parameters import PageSize
from obd2_api.schemas.recommendations import (
    DecisionAnswer,
    DecisionRequest,
    RecommendationPage,
    ToldRecommendation,
)
from obd2_api.schemas.wire import UtcBound, problem_responses
from obd2_common.tables.analyses import Analysis, Recommendation
from obd2_common.tables.operators import AdviceDecision

router = APIRouter(prefix="/recommendations", tags=["analysis"])

COMPLETE_AFTER = timedelta(seconds=5)
"""How old an answer has to be: by then every answer finished before it is in the database, too."""


@router.get("", summary="Fetch new recommendations", responses=problem_responses(s422="A filter is not valid."))
def read_recommendations(  # noqa: PLR0917 - what a query may name
    request: Request,
    database: DatabaseDep,
    clock: ClockDep,
    device_id: Annotated[str | None, Query(alias="deviceId", description="Only about this device's rows.")] = None,
    since: Annotated[UtcBound | None, Query(description="Only those told then or later; UTC if no zone.")] = None,
    cursor: Annotated[str | None, Query(max_length=1000, description="`nextCursor` of the last answer.")] = None,
    limit: PageSize = 100,
    *,
    duplicates: Annotated[bool, Query(description="Also those that gave way to a newer one about the same.")] = False,
) -> RecommendationPage:
    """Return recommendations after a cursor, oldest first: a device that keeps the cursor sees each once.

    What several drives showed is one recommendation, that of the latest, with `firstSeenAt` and `occurrences`. They
    appear a few seconds after they were made.
    """
    check_device(request.scope, device_id)
    wanted = RecommendationFilter(clock() - COMPLETE_AFTER, device_id, since, duplicates)

    def read(session: Session) -> RecommendationPage:
        page = list_recommendations(session, wanted, limit=limit, cursor=cursor)
        decided = decisions.latest_decisions(session, {analysis.source_device for analysis, _ in page.rows})
        return RecommendationPage(
            recommendations=[_told(analysis, item, decided) for analysis, item in page.rows],
            next_cursor=page.cursor,
            has_more=page.has_more,
        )

    return database.read(read)


@router.post(
    "/{recommendation:path}/decision",
    summary="Decide about a recommendation",
    responses=problem_responses(s404="No such recommendation.", s422="The decision is not valid."),
)
def decide(
    request: Request,
    database: DatabaseDep,
    clock: ClockDep,
    recommendation: Annotated[str, Path(description="`<analysisId>/<rank>`.", examples=["an-7d0be1a4/1"])],
    asked: DecisionRequest,
) -> DecisionAnswer:
    """Keep that a recommendation is done or dismissed, or take that back; it is about all that the rule says of it.

    Findings and the answers about a drive stay as they are: what changes is the state shown with a recommendation, and
    whether it counts as open.
    """
    now, by, name = clock(), asker_of(request.scope).key, unquote(recommendation)

    def write(session: Session) -> AdviceDecision:
        return decisions.decide(session, name, decisions.Verdict(asked.decision, asked.reason, by), now=now)

    return DecisionAnswer.model_validate(database.run(write))


def _told(analysis: Analysis, item: Recommendation, decided: decisions.Decisions) -> ToldRecommendation:
    return ToldRecommendation(
        **item_document(analysis, item, decided).model_dump(by_alias=False, exclude={"is_repeat"}),
        analysis_id=analysis.analysis_id,
        device_id=analysis.source_device,
        epoch=analysis.source_epoch,
        drive_key=analysis.drive_key,
        engine=analysis.engine,
        told_at=analysis.finished_at or analysis.created_at,
        is_duplicate_of=item.is_duplicate_of,
        superseded_by=item.superseded_by,
    )

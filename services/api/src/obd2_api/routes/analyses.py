"""`GET /analyses/{id}`: a stored analysis."""

from typing import Annotated

from fastapi import APIRouter, Path

from obd2_api.dependencies import DatabaseDep
from obd2_api.repository.analyses import AnalysisWithAdvice, find_analysis
from obd2_api.schemas.analyses import AnalysisDocument, RecommendationDocument
from obd2_api.schemas.wire import problem_responses
from obd2_common.errors import NotFoundError

router = APIRouter(prefix="/analyses", tags=["analysis"])


@router.get("/{analysis_id}", summary="Read one analysis", responses=problem_responses(s404="No such analysis."))
def read_analysis(
    database: DatabaseDep,
    analysis_id: Annotated[str, Path(description="The id `/analyze` answered.", examples=["an-7d0be1a4"])],
) -> AnalysisDocument:
    """Return a stored analysis with its recommendations and the facts they cite."""
    found = database.read(lambda session: find_analysis(session, analysis_id))
    if found is None:
        raise NotFoundError("No such analysis")
    return analysis_document(found)


def analysis_document(found: AnalysisWithAdvice) -> AnalysisDocument:
    """Return a stored analysis as the document that shows it."""
    return AnalysisDocument.model_validate(
        {
            **found.analysis.model_dump(),
            "recommendations": [RecommendationDocument.model_validate(row) for row in found.recommendations],
        },
    )

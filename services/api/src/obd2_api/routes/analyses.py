"""`GET /analyses/{id}`: a stored analysis."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from sqlmodel import Session

from obd2_api.auth.middleware import check_device
from obd2_api.dependencies import DatabaseDep
from obd2_api.repository.analyses import AnalysisWithAdvice, find_analysis, find_request
from obd2_api.repository.decisions import item_document
from obd2_api.schemas.analyses import AnalysisDocument, RecommendationDocument
from obd2_api.schemas.wire import problem_responses
from obd2_common.errors import NotFoundError
from obd2_common.jobs import queue as jobs
from obd2_common.jobs.analysis import AnalysisRequest, analysis_id_of
from obd2_common.tables.jobs import Job

router = APIRouter(prefix="/analyses", tags=["analysis"])

PENDING, FAILED = "pending", "failed"
_PROGRESS = {
    jobs.QUEUED: "The request waits for the analyzer",
    jobs.RUNNING: "The analyzer is at work",
    jobs.DONE: "The analysis left no answer",
    jobs.DEAD: "The analysis failed; the server's log tells why",
}


@router.get("/{analysis_id}", summary="Read one analysis", responses=problem_responses(s404="No such analysis."))
def read_analysis(
    request: Request,
    database: DatabaseDep,
    analysis_id: Annotated[str, Path(description="The id `/analyze` answered.", examples=["an-7d0be1a4"])],
) -> AnalysisDocument:
    """Return an analysis with its recommendations and the facts they cite, or how far it is when it was asked for."""
    document = database.read(lambda session: _document(session, analysis_id))
    if document is None:
        raise NotFoundError("No such analysis")
    check_device(request.scope, document.device_id)
    return document


def _document(session: Session, analysis_id: str) -> AnalysisDocument | None:
    # The job first: an answer that is stored between the two looks is then found by the second.
    job = find_request(session, analysis_id)
    found = find_analysis(session, analysis_id)
    if found is not None:
        return analysis_document(found)
    return None if job is None else request_document(job)


def request_document(job: Job) -> AnalysisDocument:
    """Return an analysis that was asked for and has no answer, as the document that shows how far it is."""
    asked = AnalysisRequest.from_payload(job.payload or {})
    is_over = job.state in {jobs.DEAD, jobs.DONE}
    return AnalysisDocument(
        analysis_id=analysis_id_of(job.job_id),
        status=FAILED if is_over else PENDING,
        trigger=jobs.REASON_REQUEST,
        source_device=asked.source_device,
        source_epoch=asked.source_epoch,
        drive_key=asked.drive_key,
        window_started_at=asked.window_started_at,
        window_ended_at=asked.window_ended_at,
        request=job.payload,
        engine=None,
        model=None,
        message=_PROGRESS[job.state],
        facts_digest=None,
        created_at=job.created_at,
        finished_at=job.finished_at,
        processing_time_ms=None,
    )


def analysis_document(found: AnalysisWithAdvice) -> AnalysisDocument:
    """Return a stored analysis as the document that shows it."""
    return AnalysisDocument.model_validate(
        {
            **found.analysis.model_dump(),
            "is_model_awaited": found.is_model_awaited,
            "recommendations": [
                RecommendationDocument(
                    **item_document(found.analysis, row, found.decided).model_dump(
                        by_alias=False, exclude={"is_repeat"}
                    ),
                    evidence=row.evidence,
                    is_duplicate_of=row.is_duplicate_of,
                )
                for row in found.recommendations
            ],
        },
    )

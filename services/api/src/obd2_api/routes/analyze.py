"""`POST /analyze`: asks the analyzer about a drive or a window and waits for its answer."""

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from obd2_api.analysis_requests import resolve, wait_for_result
from obd2_api.auth.middleware import asker_of, check_device, own_device
from obd2_api.dependencies import ClockDep, DatabaseDep, SettingsDep
from obd2_api.errors import AnalysisFailedError, AnalysisTimeoutError, OllamaUnavailableError
from obd2_api.ingest.body import read_body
from obd2_api.middleware.access_log import note
from obd2_api.middleware.path_prefix import root_path
from obd2_api.middleware.paths import PREFIX
from obd2_api.repository.analyses import AnalysisWithAdvice, enqueue_analysis, find_analysis, find_job
from obd2_api.repository.decisions import item_document
from obd2_api.repository.fair_shares import Asker, check_share
from obd2_api.routes.analyses import request_document
from obd2_api.schemas.analyses import AnalysisDocument, AnalyzeAnswer, AnalyzeRequest
from obd2_api.schemas.wire import problem_responses, request_body
from obd2_api.settings import ApiSettings
from obd2_common.addresses import without_credentials
from obd2_common.db.database import Database
from obd2_common.jobs.analysis import AnalysisResult, Outcome, analysis_id_of

LIMIT_BYTES = 1024 * 1024
LONGEST_DETAIL = 500
_PATH = re.compile(r"(?:\b[A-Za-z]:)?(?:[/\\][\w.@%+~-]+){2,}")

router = APIRouter(tags=["analysis"])


@router.post(
    "/analyze",
    summary="Ask for recommendations",
    response_model=AnalyzeAnswer,
    responses={
        202: {"model": AnalysisDocument, "description": "Asked with `Prefer: respond-async`: read it at `Location`."},
        **problem_responses(
            s404="The drive is not known: neither derived nor in any row.",
            s413="The body is too large.",
            s422="The request names no drive and no window, or is no JSON.",
            s429="Too many requests of this key or device wait already.",
            s502="The analysis failed; with `requireLlm` also: the language model failed or said nothing.",
            s503="No analyzer took the request in time; with `requireLlm` also: Ollama or its model cannot be had.",
            s504="The analysis, or with `requireLlm` the language model, did not finish in time.",
        ),
    },
    openapi_extra=request_body(AnalyzeRequest),
)
async def analyze(
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    clock: ClockDep,
    prefer: Annotated[
        list[str] | None,
        Header(description="`respond-async` (RFC 7240) answers 202 at once instead of waiting."),
    ] = None,
) -> AnalyzeAnswer | JSONResponse:
    """Answer with recommendations from the language model, or from the rules when it cannot speak.

    The request becomes a job for the analyzer; this call waits for it, at most ANALYSIS_TIMEOUT_SECONDS. The answer
    is stored and can be read again under its id. A window or parameters without data get an empty list. Whoever goes
    away does not call the job off.
    """
    body = await read_body(request.stream(), declared_bytes=None, limit_bytes=LIMIT_BYTES)
    try:
        asked = AnalyzeRequest.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]) from error
    if asked.device_id is None:
        asked = asked.model_copy(update={"device_id": own_device(request.scope)})
    check_device(request.scope, asked.device_id)
    asker = asker_of(request.scope)
    began, is_awaited = clock(), not _prefers_not_to_wait(prefer or [])
    job_id = await run_in_threadpool(
        database.run, lambda session: _enqueue(session, asked, asker, is_awaited=is_awaited, now=began)
    )
    if not is_awaited:
        return await run_in_threadpool(_accepted, database, job_id, root_path(request))
    result = await wait_for_result(database, job_id, timeout_seconds=settings.analysis_timeout_seconds, clock=clock)
    analysis_id = _analysis_id(result, settings)
    found = await run_in_threadpool(database.read, lambda session: find_analysis(session, analysis_id))
    if found is None:
        raise AnalysisFailedError("The analysis left no answer")
    return _answer(found, waited_ms=round((clock() - began).total_seconds() * 1000))


def _enqueue(session: Session, asked: AnalyzeRequest, asker: Asker, *, is_awaited: bool, now: datetime) -> str:
    check_share(session, asker, now=now)
    subject = resolve(session, asked)
    note(**({"device_id": subject.source_device} if subject.source_device else {}))
    return enqueue_analysis(session, subject, is_awaited=is_awaited, asked_by=asker.key, now=now)


def _prefers_not_to_wait(prefer: list[str]) -> bool:
    """Read the Prefer header (RFC 7240): preferences in one or several lines, each perhaps with parameters."""
    named = (preference.partition(";")[0].strip().lower() for line in prefer for preference in line.split(","))
    return "respond-async" in named


def _accepted(database: Database, job_id: str, prefix: str) -> JSONResponse:
    job = database.read(lambda session: find_job(session, job_id))
    if job is None:
        raise AnalysisFailedError("The analysis left no answer")
    analysis_id = analysis_id_of(job_id)
    place = f"{prefix}{PREFIX}/analyses/{analysis_id}"
    document = request_document(job).model_dump(mode="json")
    return JSONResponse(document, status_code=202, headers={"Location": place, "Preference-Applied": "respond-async"})


def _analysis_id(result: AnalysisResult, settings: ApiSettings) -> str:
    match result.outcome:
        case Outcome.OLLAMA_UNAVAILABLE:
            raise OllamaUnavailableError("Ollama unavailable", *_model(settings))
        case Outcome.MODEL_MISSING:
            raise OllamaUnavailableError(without_paths(result.detail or "Model missing"), *_model(settings))
        case Outcome.LLM_TIMEOUT:
            raise AnalysisTimeoutError("The language model did not finish in time")
        case Outcome.LLM_ERROR:
            said = without_paths(result.detail or "it said nothing")
            raise AnalysisFailedError(f"The language model failed: {said}")
        case _ if result.analysis_id is None:
            raise AnalysisFailedError("The analysis left no answer")
        case _:
            return result.analysis_id


def _model(settings: ApiSettings) -> tuple[str, str]:
    """Return where the model was looked for, without credentials, and which one."""
    return without_credentials(settings.ollama_base_url), settings.ollama_model


def without_paths(text: str) -> str:
    """Return an error text of a neighbour without the file-system paths it may name, cut to a sensible length."""
    return _PATH.sub("[path]", text)[:LONGEST_DETAIL]


def _answer(found: AnalysisWithAdvice, *, waited_ms: int) -> AnalyzeAnswer:
    analysis = found.analysis
    count = len(found.recommendations)
    return AnalyzeAnswer(
        analysis_id_snake=analysis.analysis_id,
        analysis_id=analysis.analysis_id,
        engine=analysis.engine,
        model=analysis.model,
        message=analysis.message or f"{count} recommendation{'' if count == 1 else 's'}",
        processing_time_ms=waited_ms if analysis.processing_time_ms is None else analysis.processing_time_ms,
        recommendations=[item_document(analysis, row, found.decided) for row in found.recommendations],
    )

"""Turns errors into RFC 9457 problem documents; the only place that knows which error has which status."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from obd2_api import errors
from obd2_api.schemas.wire import PROBLEM_MEDIA_TYPE
from obd2_common.backups.part_file import PartBusyError
from obd2_common.backups.vault_marker import VaultUnavailableError
from obd2_common.errors import (
    ConflictError,
    DatabaseUnavailableError,
    InvalidInputError,
    NotFoundError,
    Obd2Error,
    StorageFaultError,
)

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 5
DATABASE_UNAVAILABLE = "The database cannot take the request now; nothing was stored."
UNEXPECTED = "The server met an unexpected error; its log tells more under the request's id."

_STATUS: dict[type[Obd2Error], int] = {
    errors.ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    errors.OffsetConflictError: 409,
    errors.UploadGoneError: 410,
    errors.ProtocolVersionError: 412,
    errors.EntityChangedError: 412,
    errors.PayloadTooLargeError: 413,
    errors.UnsupportedFileError: 415,
    errors.UnsupportedEncodingError: 415,
    errors.RangeNotSatisfiableError: 416,
    InvalidInputError: 422,
    PartBusyError: 423,
    errors.ChecksumMismatchError: 460,
    errors.TooManyWaitingError: 429,
    errors.AnalysisFailedError: 502,
    DatabaseUnavailableError: 503,
    VaultUnavailableError: 503,
    errors.AnalyzerAbsentError: 503,
    errors.NoReleaseError: 503,
    errors.OllamaUnavailableError: 503,
    errors.AnalysisTimeoutError: 504,
    errors.StorageFullError: 507,
}
_TITLE = {
    413: "Content Too Large",
    416: "Range Not Satisfiable",
    460: "Checksum Mismatch",
    422: "Unprocessable Content",
}
"""Names that differ between Python versions."""
_RETRIED = frozenset({503, 504})


def problem(
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """Build a problem document as an answer.

    Args:
        status: HTTP status.
        detail: what happened, for people; no SQL, row content or paths.
        headers: further headers of the answer.
        members: further members of the document.
    """
    title = _TITLE.get(status) or HTTPStatus(status).phrase
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(members or {})}
    extra = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status in _RETRIED else {}
    return JSONResponse(
        content, status_code=status, headers={**extra, **(headers or {})}, media_type=PROBLEM_MEDIA_TYPE
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Answer every error of an application with a problem document."""
    app.add_exception_handler(Obd2Error, _on_obd2_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(OperationalError, _on_database_error)
    app.add_exception_handler(InterfaceError, _on_database_error)


def status_of(error: Obd2Error) -> int:
    """Return the status of an error by its nearest known class, 500 for one that nobody expects."""
    return next((_STATUS[cls] for cls in type(error).__mro__ if cls in _STATUS), 500)


async def _on_obd2_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Obd2Error)  # noqa: S101 - what it is registered for
    status = status_of(error)
    if isinstance(error, StorageFaultError):
        return problem(status, DATABASE_UNAVAILABLE)
    if isinstance(error, DatabaseUnavailableError):
        log.warning("database_unavailable", method=request.method, reason=str(error))
        return problem(status, DATABASE_UNAVAILABLE)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", method=request.method, exc_info=error)
        return problem(status, UNEXPECTED)
    headers: Mapping[str, str] | None = getattr(error, "headers", None)
    return problem(status, str(error), headers=headers, members=getattr(error, "members", None))


async def _on_database_error(request: Request, error: Exception) -> JSONResponse:
    log.error("database_error", method=request.method, exc_info=error)
    return problem(503, DATABASE_UNAVAILABLE)


async def _on_http_exception(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # What FastAPI makes of a body that is no text at all; elsewhere such a body is as invalid as any other.
        return problem(422, str(error.detail), headers=error.headers)
    return problem(error.status_code, str(error.detail), headers=error.headers)


async def _on_validation_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    return invalid_input([(fault["loc"], fault["msg"]) for fault in error.errors()])


def invalid_input(faults: list[tuple[tuple[int | str, ...], str]]) -> JSONResponse:
    """Build the answer to input that does not validate; it names places and reasons, never the input itself."""
    named = [{"location": ".".join(str(step) for step in place), "message": message} for place, message in faults]
    detail = "; ".join(f"{fault['location']}: {fault['message']}" for fault in named)
    return problem(422, detail, members={"errors": named})

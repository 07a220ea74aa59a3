"""`GET /health`: how the server is, for anyone who asks."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from obd2_api.auth.credentials import Verdict, presented_keys
from obd2_api.dependencies import HealthDep, keys_of
from obd2_api.schemas.health import Health

router = APIRouter(tags=["service"])


@router.get(
    "/health",
    summary="Tell how the server is",
    responses={503: {"model": Health, "description": "Only with `strict=1`: the server is not healthy."}},
)
async def health(
    request: Request,
    monitor: HealthDep,
    response: Response,
    strict: Annotated[
        Literal["0", "1"],
        Query(description="1: answer 503 unless `status` is `healthy`, for monitors that read no body."),
    ] = "0",
) -> Health:
    """Answer 200 within five seconds, whatever is down; `status` tells, and `reasons` why.

    The database gets three seconds and Ollama four, side by side. Without the shared key the answer may be one second
    old.
    """
    presented, keys = presented_keys(request.headers.raw, request.scope["query_string"]), keys_of(request)
    is_known = not isinstance(presented, Verdict) and keys.is_shared(presented)
    told = await (monitor.report() if is_known else monitor.recent_report())
    if strict == "1" and told.status != "healthy":
        response.status_code = 503
    return told

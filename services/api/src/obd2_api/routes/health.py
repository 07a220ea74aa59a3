"""`GET /health`: how the server is, for anyone who asks."""

from fastapi import APIRouter, Request

from obd2_api.auth.credentials import Verdict, presented_keys
from obd2_api.dependencies import HealthDep, keys_of
from obd2_api.schemas.health import Health

router = APIRouter(tags=["service"])


@router.get("/health", summary="Tell how the server is")
async def health(request: Request, monitor: HealthDep) -> Health:
    """Answer 200 within five seconds, whatever is down; `status` tells.

    The database gets three seconds and Ollama four, side by side. Without the shared key the answer may be one second
    old.
    """
    presented, keys = presented_keys(request.headers.raw, request.scope["query_string"]), keys_of(request)
    is_known = not isinstance(presented, Verdict) and keys.is_shared(presented)
    return await (monitor.report() if is_known else monitor.recent_report())

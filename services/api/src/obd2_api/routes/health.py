"""`GET /health`: how the server is, for anyone who asks."""

from fastapi import APIRouter

from obd2_api.dependencies import HealthDep
from obd2_api.schemas.health import Health

router = APIRouter(tags=["service"])


@router.get("/health", summary="Tell how the server is")
async def health(monitor: HealthDep) -> Health:
    """Answer 200 within five seconds, whatever is down; `status` tells.

    The database gets three seconds and Ollama four, side by side.
    """
    return await monitor.report()

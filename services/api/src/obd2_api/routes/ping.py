"""`GET /ping`: the Pi asks for a sign of life just before it loses power."""

from fastapi import APIRouter

from obd2_api.dependencies import ClockDep
from obd2_api.schemas.ping import Pong

router = APIRouter(tags=["service"])


@router.get("/ping", summary="Ask for a sign of life")
async def ping(clock: ClockDep) -> Pong:
    """Answer at once, whatever state database and language model are in.

    The Pi calls this only before it shuts down and then waits at most three seconds; on any 2xx it flushes what it
    still holds.
    """
    return Pong(server_time=clock())

"""`GET /backups`: what has been received."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from obd2_api.dependencies import DatabaseDep
from obd2_api.repository import backups
from obd2_api.schemas.backups import BackupItem, BackupList
from obd2_api.schemas.wire import problem_responses

router = APIRouter(tags=["backup"])


@router.get("/backups", summary="List backups", responses=problem_responses(s422="A filter is not valid."))
def list_backups(
    database: DatabaseDep,
    *,
    device_id: Annotated[str | None, Query(alias="deviceId", description="Only this device's.")] = None,
    type: Annotated[  # noqa: A002 - its name on the wire
        Literal["database", "logs", "config"] | None,
        Query(description="Only of this type."),
    ] = None,
    state: Annotated[
        Literal["spooled", "stored", "rotating", "rotated", "missing"] | None,
        Query(description="Only in this state."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=1000, description="`nextCursor` of the page before.")] = None,
) -> BackupList:
    """Return a page of backups, latest first, those already rotated away included."""
    wanted = backups.BackupFilter(device_id, type, state)
    rows, next_cursor = database.read(
        lambda session: backups.list_backups(session, wanted, limit=limit, cursor=cursor),
    )
    return BackupList(backups=[BackupItem.model_validate(row) for row in rows], next_cursor=next_cursor)

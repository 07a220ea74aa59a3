"""`/drives`: every drive, month by month, and those that meet a filter."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from obd2_api.dependencies import DatabaseDep
from obd2_api.repository import drives
from obd2_api.repository.devices import display_names
from obd2_api.repository.drive_summaries import summaries
from obd2_api.web.gate import VisitorDep, WordingDep
from obd2_api.web.rendering import PageRoute, page
from obd2_api.web.wording import SEVERITIES

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PAGE_SIZE = 40


@router.get("/drives")
def show_drives(
    request: Request,
    *,
    visitor: VisitorDep,
    wording: WordingDep,
    database: DatabaseDep,
    device: Annotated[str, Query(max_length=255)] = "",
    cursor: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """Show a page of drives, latest first."""

    def load(session: Session) -> dict[str, Any]:
        wanted = drives.DriveFilter(device or None)
        found = drives.list_drives(session, wanted, limit=PAGE_SIZE, cursor=cursor or None)
        return {
            "drives": summaries(session, found.rows),
            "next_cursor": found.next_cursor,
            "names": display_names(session),
        }

    found = database.read(load)
    months: dict[str, list[Any]] = {}
    for drive in found["drives"]:
        months.setdefault(wording.month(drive.started_at), []).append(drive)
    return page(
        request,
        "drives.html",
        visitor,
        months=months,
        names=found["names"],
        next_cursor=found["next_cursor"],
        device=device,
        severities=SEVERITIES,
        is_first=not cursor,
    )

"""`/compare`: two to four drives side by side, or the eras of a car."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from obd2_api import comparison
from obd2_api.dependencies import DatabaseDep
from obd2_api.repository import curves, drives
from obd2_api.web.choices import chosen_device
from obd2_api.web.gate import VisitorDep
from obd2_api.web.rendering import PageRoute, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST_SIDES, LISTED_DRIVES = 4, 100
Chosen = Annotated[list[str] | None, Query()]


@router.get("/compare")
def show_comparison(
    request: Request,
    *,
    visitor: VisitorDep,
    database: DatabaseDep,
    device: Annotated[str, Query(max_length=255)] = "",
    drive: Chosen = None,
    era: Chosen = None,
) -> Response:
    """Show drives or eras beside each other, and what else could be chosen."""
    keys = list(dict.fromkeys(drive or ()))[:MOST_SIDES]

    def load(session: Session) -> dict[str, Any]:
        devices, shown = chosen_device(session, device)
        found = [drives.find_drive(session, shown, key, source_epoch=None) for key in keys]
        sides = [comparison.side_of_drive(session, each) for each in found if each is not None]
        eras = curves.eras_of(session, shown)
        sides += [comparison.side_of_era(session, shown, each) for each in eras if (each.name or "") in (era or ())]
        listed = drives.list_drives(session, drives.DriveFilter(shown), limit=LISTED_DRIVES, cursor=None)
        return {
            "devices": devices,
            "device": shown,
            "sides": sides[:MOST_SIDES],
            "listed": listed.rows,
            "eras": eras if len(eras) > 1 else [],
            "names": sorted({name for side in sides for name in side.parameters}),
        }

    return page(request, "compare.html", visitor, chosen=keys, chosen_eras=era or [], **database.read(load))

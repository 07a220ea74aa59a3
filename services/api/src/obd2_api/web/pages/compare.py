"""`/compare`: two to four drives over each other and side by side, or the eras of a car."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from obd2_api import comparison
from obd2_api.dependencies import DatabaseDep
from obd2_api.drive_curves import drawn_series, warm_after
from obd2_api.repository import curves, drives
from obd2_api.web.choices import chosen_device
from obd2_api.web.gate import VisitorDep, WordingDep
from obd2_api.web.pages.drive import FIRST_SHOWN, POINTS, line_document
from obd2_api.web.rendering import PageRoute, page
from obd2_common.tables.drives import Drive

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST_SIDES, LISTED_DRIVES = 4, 100
WARM_CELSIUS = 80.0
WARM = "warm"
_LONGEST = 10.0**8
Chosen = Annotated[list[str] | None, Query()]
Device = Annotated[str, Query(max_length=255)]
Align = Annotated[str, Query(max_length=16)]


@router.get("/compare")
def show_comparison(
    request: Request,
    *,
    visitor: VisitorDep,
    database: DatabaseDep,
    device: Device = "",
    drive: Chosen = None,
    era: Chosen = None,
    align: Align = "",
) -> Response:
    """Show drives or eras beside each other, and what else could be chosen."""
    keys = list(dict.fromkeys(drive or ()))[:MOST_SIDES]

    def load(session: Session) -> dict[str, Any]:
        devices, shown = chosen_device(session, device)
        found = _found(session, shown, keys)
        sides = [comparison.side_of_drive(session, each) for each in found]
        cold = [each.drive_key for each in found if align == WARM and warm_after(session, each, WARM_CELSIUS) is None]
        eras = curves.eras_of(session, shown)
        sides += [comparison.side_of_era(session, shown, each) for each in eras if (each.name or "") in (era or ())]
        listed = drives.list_drives(session, drives.DriveFilter(shown), limit=LISTED_DRIVES, cursor=None)
        return {
            "devices": devices,
            "device": shown,
            "sides": sides[:MOST_SIDES],
            "listed": listed.rows,
            "eras": eras if len(eras) > 1 else [],
            "drawn": [each.drive_key for each in found if each.drive_key not in cold],
            "cold": cold,
            "curves": sorted({name for each in found for name in curves.parameters_of(session, each)}),
            "names": sorted({name for side in sides for name in side.parameters}),
        }

    values = database.read(load)
    chips = [name for name in values.pop("curves") if name not in comparison.NOT_COMPARED]
    first = [name for name in FIRST_SHOWN if name in chips]
    return page(
        request,
        "compare.html",
        visitor,
        chosen=keys,
        chosen_eras=era or [],
        chips=[*first, *(name for name in chips if name not in first)],
        first_shown=first,
        align=align,
        warm=WARM_CELSIUS,
        **values,
    )


@router.get("/compare/curves")
def read_curves(
    *,
    _visitor: VisitorDep,
    wording: WordingDep,
    database: DatabaseDep,
    device: Device,
    drive: Chosen = None,
    align: Align = "",
    parameter: Chosen = None,
    begin: Annotated[float | None, Query(alias="from", ge=-_LONGEST, le=_LONGEST)] = None,
    end: Annotated[float | None, Query(alias="to", ge=-_LONGEST, le=_LONGEST)] = None,
) -> JSONResponse:
    """Return lines of several drives; their seconds count from each start, or from when the engine was warm."""

    def load(session: Session) -> list[dict[str, Any]]:
        lines = []
        for side, each in enumerate(_found(session, device, list(drive or ())[:MOST_SIDES])):
            zero = warm_after(session, each, WARM_CELSIUS) if align == WARM else 0.0
            if zero is None or each.started_at is None:
                continue
            edges = [
                None if edge is None else each.started_at + timedelta(seconds=edge + zero) for edge in (begin, end)
            ]
            drawn = drawn_series(session, each, parameter or (), (edges[0], edges[1]), POINTS)
            lines += [line_document(one, wording, side=side, offset_seconds=zero) for one in drawn]
        return lines

    return JSONResponse({"lines": database.read(load)}, headers={"Cache-Control": "private, max-age=60"})


def _found(session: Session, device: str, keys: list[str]) -> list[Drive]:
    """Return those of some drives of a device that exist."""
    found = (drives.find_drive(session, device, key, source_epoch=None) for key in keys)
    return [each for each in found if each is not None]

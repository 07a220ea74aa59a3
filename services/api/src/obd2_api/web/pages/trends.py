"""`/trends`: one parameter over all drives, eras as bands, with the same numbers as a table."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import Session

from obd2_api.dependencies import DatabaseDep
from obd2_api.middleware.path_prefix import root_path
from obd2_api.repository import curves
from obd2_api.web.choices import chosen_device, known_parameters
from obd2_api.web.drawing import Band, Dot, trend
from obd2_api.web.gate import VisitorDep, WordingDep
from obd2_api.web.rendering import PageRoute, page
from obd2_api.web.wording import Wording, title
from obd2_common.tables.drives import Drive, DriveStatistic

router = APIRouter(include_in_schema=False, route_class=PageRoute)

FIRST_SHOWN = "LONG_FUEL_TRIM_1"
LISTED_DRIVES = 200
"""How many stand in the table; the drawing has all."""


@router.get("/trends")
def show_trends(
    request: Request,
    *,
    visitor: VisitorDep,
    wording: WordingDep,
    database: DatabaseDep,
    device: Annotated[str, Query(max_length=255)] = "",
    parameter: Annotated[str, Query(max_length=255)] = "",
) -> Response:
    """Show where a parameter goes."""

    def load(session: Session) -> dict[str, Any]:
        devices, shown_device = chosen_device(session, device)
        names = known_parameters(session, shown_device)
        shown = parameter or (FIRST_SHOWN if FIRST_SHOWN in names else next(iter(names), ""))
        rows = curves.means_over_drives(session, shown_device, shown, curves.SCOPE_ALL, None)
        return {
            "devices": devices,
            "device": shown_device,
            "parameters": names,
            "parameter": shown,
            "rows": rows,
            "eras": curves.eras_of(session, shown_device),
        }

    found = database.read(load)
    drawing = _drawing(found["rows"], found["eras"], found["parameter"], wording, root_path(request))
    return page(request, "trends.html", visitor, drawing=drawing, listed=LISTED_DRIVES, **found)


def _drawing(
    rows: list[tuple[Drive, DriveStatistic]], eras: list[curves.Era], parameter: str, wording: Wording, root: str
) -> Markup:
    dots = [
        Dot(
            drive.started_at.timestamp(),
            wording.convert(statistic.avg_value, statistic.unit),
            f"{wording.day(drive.started_at)}: {wording.quantity(statistic.avg_value, statistic.unit)}",
            f"{root}/drives/{quote(drive.source_device, safe='')}/{quote(drive.drive_key, safe='')}"
            f"?epoch={drive.source_epoch}",
        )
        for drive, statistic in rows
        if drive.started_at is not None and statistic.avg_value is not None
    ]
    if not dots:
        return Markup("")
    bands = [
        Band(
            dots[0].x if era.bounds.begins_at is None else era.bounds.begins_at.timestamp(),
            dots[-1].x if era.bounds.ends_at is None else era.bounds.ends_at.timestamp(),
            era.name or "",
        )
        for era in eras
        if len(eras) > 1
    ]
    label = f"{title(parameter)} over {len(dots)} drives, in {wording.unit(rows[-1][1].unit) or 'its own unit'}"
    labels = (wording.day(rows[0][0].started_at), wording.day(rows[-1][0].started_at))
    return trend(dots, bands, label, labels=labels)

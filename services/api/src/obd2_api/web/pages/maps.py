"""`/maps`: one parameter over engine speed and load, as a table that can be copied."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from obd2_api.dependencies import DatabaseDep
from obd2_api.repository import curves
from obd2_api.web.choices import chosen_device, known_parameters
from obd2_api.web.gate import VisitorDep
from obd2_api.web.rendering import PageRoute, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

FIRST_SHOWN = "TIMING_ADVANCE"
AXES = frozenset({"RPM", "ENGINE_LOAD"})
SHADES = 7


@router.get("/maps")
def show_map(
    request: Request,
    *,
    visitor: VisitorDep,
    database: DatabaseDep,
    device: Annotated[str, Query(max_length=255)] = "",
    parameter: Annotated[str, Query(max_length=255)] = "",
    era: Annotated[str, Query(max_length=64)] = "",
    minimum: Annotated[int, Query(ge=1, le=100_000)] = 3,
) -> Response:
    """Show what a parameter reads at each engine speed and load."""

    def load(session: Session) -> dict[str, Any]:
        devices, shown_device = chosen_device(session, device)
        names = [name for name in known_parameters(session, shown_device) if name not in AXES]
        shown = parameter or (FIRST_SHOWN if FIRST_SHOWN in names else next(iter(names), ""))
        chosen = curves.era_named(session, shown_device, era) if era else None
        drives = curves.drives_of_era(session, shown_device, chosen)
        cells, unit = curves.map_of(session, drives, shown, minimum_samples=minimum)
        return {
            "devices": devices,
            "device": shown_device,
            "parameters": names,
            "parameter": shown,
            "eras": [each.name for each in curves.eras_of(session, shown_device) if each.name],
            "drive_count": len(drives),
            "cells": cells,
            "unit": unit,
        }

    found = database.read(load)
    cells = found.pop("cells")
    means = [cell.mean for cell in cells]
    low, span = (min(means), (max(means) - min(means)) or 1.0) if means else (0.0, 1.0)
    return page(
        request,
        "maps.html",
        visitor,
        era=era,
        minimum=minimum,
        grid={(cell.load_band, cell.rpm_band): cell for cell in cells},
        shades={
            (cell.load_band, cell.rpm_band): min(int((cell.mean - low) / span * SHADES), SHADES - 1) for cell in cells
        },
        rpm_bands=sorted({cell.rpm_band for cell in cells}),
        load_bands=sorted({cell.load_band for cell in cells}, reverse=True),
        **found,
    )

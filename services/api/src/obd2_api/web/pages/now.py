"""`/`: the last drive, what is changing, and whether everything is here."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool

from obd2_api.dependencies import ClockDep, DatabaseDep, HealthDep
from obd2_api.repository import curves, drives
from obd2_api.routes.drives import drive_detail
from obd2_api.web.drawing import sparkline
from obd2_api.web.gate import VisitorDep
from obd2_api.web.rendering import PageRoute, page
from obd2_api.web.wording import title
from obd2_common.tables.backups import Backup
from obd2_common.tables.devices import Device
from obd2_common.tables.drives import Drive

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST_CHANGES, MOST_DEVICES = 4, 10


@dataclass(frozen=True, slots=True)
class Change:
    """A parameter that clearly moves over the latest drives."""

    parameter: str
    name: str
    direction: str
    drive_count: int
    drawing: Markup


@router.get("/")
async def show_now(
    request: Request, visitor: VisitorDep, database: DatabaseDep, health: HealthDep, clock: ClockDep
) -> Response:
    """Show what an owner who comes home wants to know."""
    found = await run_in_threadpool(database.read, _load)
    return page(request, "now.html", visitor, health=await health.report(), now=clock(), **found)


def _load(session: Session) -> dict[str, Any]:
    last = drives.latest_drive(session)
    return {
        "last": None if last is None else drive_detail(session, last),
        "changes": [] if last is None else changes_up_to(session, last),
        "devices": list(session.exec(select(Device).order_by(col(Device.last_seen_at).desc()).limit(MOST_DEVICES))),
        "backup": session.exec(
            select(Backup).where(col(Backup.state) == "stored").order_by(col(Backup.received_at).desc()).limit(1)
        ).first(),
    }


def changes_up_to(session: Session, drive: Drive) -> list[Change]:
    """Return the clear trends that end with a drive, those that are shown at all and go somewhere."""
    found = []
    for each in (drive.history or {}).get("trends", []):
        if each["direction"] == "STABLE" or not (each["is_significant"] and each["is_shown"]):
            continue
        rows = curves.means_over_drives(session, drive.source_device, each["parameter"], curves.SCOPE_ALL, None)
        values = [statistic.avg_value for _, statistic in rows if statistic.avg_value is not None]
        name = title(each["parameter"])
        label = f"{name} over the last {each['drive_count']} drives"
        drawing = sparkline(values[-each["drive_count"] :], label)
        found.append(Change(each["parameter"], name, each["direction"].lower(), each["drive_count"], drawing))
    return found[:MOST_CHANGES]

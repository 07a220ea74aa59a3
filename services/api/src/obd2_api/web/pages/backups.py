"""`/backups`: what is kept of each device, whether it was read and restored, and how to get it back."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from obd2_api.dependencies import ClockDep, DatabaseDep, SettingsDep
from obd2_api.downloads import file_answer, find_file
from obd2_api.repository import backups
from obd2_api.web.gate import VisitorDep
from obd2_api.web.rendering import PageRoute, page
from obd2_common.tables.backups import BackupRun

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST_BACKUPS, MOST_RUNS = 200, 20


@router.get("/backups")
def show_backups(request: Request, visitor: VisitorDep, database: DatabaseDep, clock: ClockDep) -> Response:
    """Show the backups that are kept and why, by device and type, which go next, and the latest work on them."""

    def load(session: Session) -> dict[str, Any]:
        wanted = backups.BackupFilter(state="stored")
        kept = backups.list_backups(session, wanted, limit=MOST_BACKUPS, cursor=None).rows
        runs = select(BackupRun).order_by(col(BackupRun.started_at).desc()).limit(MOST_RUNS)
        return {"kept": kept, "going": backups.going_next(session), "runs": list(session.exec(runs))}

    found = database.read(load)
    buckets: dict[tuple[str, str], list[Any]] = {}
    for each in found["kept"]:
        buckets.setdefault((each.source_device, each.type), []).append(each)
    going: dict[tuple[str, str], list[Any]] = {}
    for each in found["going"]:
        going.setdefault((each.source_device, each.type), []).append(each)
    return page(request, "backups.html", visitor, buckets=buckets, going=going, runs=found["runs"], now=clock())


@router.get("/backups/{backup_id}/file")
def fetch_backup(
    request: Request, _visitor: VisitorDep, settings: SettingsDep, database: DatabaseDep, backup_id: str
) -> Response:
    """Send the file of a kept backup."""
    found = database.read(lambda session: backups.find_backup(session, backup_id))
    backup, place = find_file(settings.backup_dir, found)
    return file_answer(backup, place, request)

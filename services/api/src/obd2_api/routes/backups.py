"""`GET /backups` and `/backups/{id}/file`: what has been received, and how to get it back."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse, Response

from obd2_api.dependencies import DatabaseDep, SettingsDep
from obd2_api.downloads import file_answer, find_file
from obd2_api.repository import backups
from obd2_api.request_parameters import PageCursor, PageSize, ThisDevice
from obd2_api.schemas.backups import BackupItem, BackupList
from obd2_api.schemas.wire import problem_responses

router = APIRouter(tags=["backup"])


@router.get("/backups", summary="List backups", responses=problem_responses(s422="A filter is not valid."))
def list_backups(
    database: DatabaseDep,
    *,
    device_id: ThisDevice = None,
    type: Annotated[  # noqa: A002 - its name on the wire
        Literal["database", "logs", "config"] | None,
        Query(description="Only of this type."),
    ] = None,
    state: Annotated[
        Literal["spooled", "stored", "rotating", "rotated", "missing"] | None,
        Query(description="Only in this state."),
    ] = None,
    limit: PageSize = 50,
    cursor: PageCursor = None,
) -> BackupList:
    """Return a page of backups, latest first, those already rotated away included."""
    wanted = backups.BackupFilter(device_id, type, state)
    page = database.read(lambda session: backups.list_backups(session, wanted, limit=limit, cursor=cursor))
    return BackupList(backups=[BackupItem.model_validate(row) for row in page.rows], next_cursor=page.next_cursor)


_FILE = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


@router.get(
    "/backups/{backup_id}/file",
    summary="Fetch a backup",
    response_class=FileResponse,
    responses={
        200: {"description": "The file. Its entity tag is its SHA-256.", **_FILE},
        206: {"description": "The part of it that was asked for.", **_FILE},
        304: {"description": "The client has it already."},
        **problem_responses(
            s404="No such backup in the vault.",
            s412="The file is not the one that If-Match names.",
            s416="No asked byte is in the file.",
        ),
    },
)
def fetch_backup(
    request: Request,
    settings: SettingsDep,
    database: DatabaseDep,
    backup_id: Annotated[str, Path(max_length=36, description="`backupId` of the list.")],
) -> Response:
    """Send the file of a stored backup as it was received, a damaged one too.

    A transfer that broke off is taken up with `Range` and `If-Range`. `Repr-Digest` (RFC 9530) and the entity tag carry
    the SHA-256 of the whole file.
    """
    found = database.read(lambda session: backups.find_backup(session, backup_id))
    backup, place = find_file(settings.backup_dir, found)
    return file_answer(backup, place, request)

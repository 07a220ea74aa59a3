"""`GET /drives` and `GET /drives/{device}/{drive}`: what the analyzer derived."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from sqlmodel import Session

from obd2_api.dependencies import DatabaseDep
from obd2_api.middleware.paths import last_segments
from obd2_api.repository import analyses, drive_marks, drives
from obd2_api.routes.analyses import analysis_document
from obd2_api.schemas.drives import DriveDetail, DriveFinding, DriveList, DriveSummary, ParameterStatistic
from obd2_api.schemas.operators import AnnotationDocument
from obd2_api.schemas.wire import UtcMoment, problem_responses
from obd2_common.errors import NotFoundError

router = APIRouter(prefix="/drives", tags=["drives"])


@router.get("", summary="List drives", responses=problem_responses(s422="A filter is not valid."))
def list_drives(
    database: DatabaseDep,
    *,
    device_id: Annotated[str | None, Query(alias="deviceId", description="Only this device's.")] = None,
    epoch: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Only of this life of the database.")] = None,
    since: Annotated[
        UtcMoment | None, Query(description="Only those that began then or later; UTC if no zone.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 50,
    cursor: Annotated[str | None, Query(max_length=1000, description="`nextCursor` of the page before.")] = None,
) -> DriveList:
    """Return a page of drives, latest start first."""
    wanted = drives.DriveFilter(device_id, epoch, since)
    rows, next_cursor = database.read(
        lambda session: drives.list_drives(session, wanted, limit=limit, cursor=cursor),
    )
    return DriveList(drives=[DriveSummary.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.get("/{device}/{drive}", summary="Read one drive", responses=problem_responses(s404="No such drive."))
def read_drive(
    request: Request,
    database: DatabaseDep,
    device: Annotated[str, Path(description="The device's id, percent-encoded.")],
    drive: Annotated[str, Path(description="The drive's key: the Pi's drive id or `derived-N`.")],
    epoch: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Else the latest that has the drive.")] = None,
) -> DriveDetail:
    """Return a drive with its statistics, its findings and the latest analysis of it."""
    # Names with an encoded slash are whole only in the raw path.
    device, drive = last_segments(request.scope, 2)
    detail = database.read(lambda session: _detail(session, device, drive, epoch))
    if detail is None:
        raise NotFoundError("No such drive")
    return detail


def _detail(session: Session, device: str, drive_key: str, epoch: int | None) -> DriveDetail | None:
    drive = drives.find_drive(session, device, drive_key, source_epoch=epoch)
    if drive is None:
        return None
    latest = analyses.latest_analysis_of(session, drive)
    return DriveDetail.model_validate(
        {
            **drive.model_dump(),
            "statistics": [ParameterStatistic.model_validate(row) for row in drives.statistics_of(session, drive)],
            "findings": [DriveFinding.model_validate(row) for row in drives.findings_of(session, drive)],
            "is_reference": drive_marks.is_reference(session, drive),
            "annotations": [
                AnnotationDocument.model_validate(row) for row in drive_marks.annotations_of(session, drive)
            ],
            "latest_analysis": None if latest is None else analysis_document(latest),
        },
    )

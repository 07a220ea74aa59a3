"""`GET /drives` and `GET /drives/{device}/{drive}`: what the analyzer derived."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from sqlmodel import Session

from obd2_api.dependencies import DatabaseDep
from obd2_api.repository import analyses, curves, drive_marks, drives, pi_notes
from obd2_api.repository.drive_summaries import codes_of, summaries
from obd2_api.request_parameters import NamedDrive, NamedDriveDep, PageCursor, PageSize, ThisDevice
from obd2_api.routes.analyses import analysis_document
from obd2_api.schemas.drives import DriveDetail, DriveFinding, DriveList, ParameterStatistic
from obd2_api.schemas.operators import AnnotationDocument
from obd2_api.schemas.trouble_codes import PiAlert, StartConditions, TroubleCodeDetail
from obd2_api.schemas.wire import UtcBound, problem_responses
from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.tables.drives import Drive

router = APIRouter(prefix="/drives", tags=["drives"])

Severity = Literal["WATCH", "ALERT", "INVESTIGATE", "WARNING", "STOP"]


@router.get("", summary="List drives", responses=problem_responses(s404="No such era.", s422="A filter is not valid."))
def list_drives(
    database: DatabaseDep,
    *,
    device_id: ThisDevice = None,
    epoch: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Only of this life of the database.")] = None,
    since: Annotated[UtcBound | None, Query(description="Only those that began then or later; UTC if no zone.")] = None,
    until: Annotated[UtcBound | None, Query(description="Only those that began before.")] = None,
    severity: Annotated[Severity | None, Query(description="Only those with a finding at least as grave.")] = None,
    code: Annotated[str | None, Query(max_length=64, description="Only those with this trouble code.")] = None,
    era: Annotated[str | None, Query(max_length=64, description="Only of this era; needs `deviceId`.")] = None,
    is_real: Annotated[bool | None, Query(alias="isReal", description="Only real drives, or only others.")] = None,
    is_held_out: Annotated[
        bool | None, Query(alias="isHeldOut", description="Only those kept out of baselines, or only others.")
    ] = None,
    limit: PageSize = 50,
    cursor: PageCursor = None,
) -> DriveList:
    """Return a page of drives, latest start first."""
    if era is not None and device_id is None:
        raise InvalidInputError("An era is one device's: name it as deviceId")
    wanted = drives.DriveFilter(
        device_id,
        epoch,
        since,
        is_held_out,
        until=until,
        is_real=is_real,
        least_severity=severity,
        code=None if code is None else code.strip().upper(),
    )

    def read(session: Session) -> DriveList:
        if era is not None and device_id is not None:
            chosen = replace(wanted, era=curves.era_named(session, device_id, era).bounds)
        else:
            chosen = wanted
        page = drives.list_drives(session, chosen, limit=limit, cursor=cursor)
        return DriveList(drives=summaries(session, page.rows), next_cursor=page.next_cursor)

    return database.read(read)


@router.get(
    "/{device}/{drive}",  # noqa: FAST003 - `NamedDriveDep` takes them
    summary="Read one drive",
    responses=problem_responses(s404="No such drive."),
)
def read_drive(database: DatabaseDep, named: NamedDriveDep) -> DriveDetail:
    """Return a drive with its statistics, its findings and the latest analysis of it."""
    return database.read(lambda session: drive_detail(session, the_drive(session, named)))


def the_drive(session: Session, named: NamedDrive) -> Drive:
    """Return the drive a path names.

    Raises:
        NotFoundError: there is none.
    """
    found = drives.find_drive(session, named.source_device, named.drive_key, source_epoch=named.source_epoch)
    if found is None:
        raise NotFoundError("No such drive")
    return found


def drive_detail(session: Session, drive: Drive) -> DriveDetail:
    """Return everything that is known of a drive."""
    latest = analyses.latest_analysis_of(session, drive)
    start = pi_notes.start_of(session, drive)
    return DriveDetail.model_validate(
        {
            **summaries(session, [drive])[0].model_dump(by_alias=False),
            **drive.model_dump(),
            "trouble_codes": [TroubleCodeDetail.model_validate(row) for row in codes_of(session, drive)],
            "pi_alerts": [PiAlert.model_validate(row) for row in pi_notes.alerts_of(session, drive)],
            "start": None if start is None else StartConditions.model_validate(start),
            "statistics": [ParameterStatistic.model_validate(row) for row in drives.statistics_of(session, drive)],
            "findings": [DriveFinding.model_validate(row) for row in drives.findings_of(session, drive)],
            "is_reference": drive_marks.is_reference(session, drive),
            "annotations": [
                AnnotationDocument.model_validate(row) for row in drive_marks.annotations_of(session, drive)
            ],
            "latest_analysis": None if latest is None else analysis_document(latest),
        },
    )

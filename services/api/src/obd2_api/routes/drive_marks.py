"""`/drives/{device}/{drive}/hold`, `/reference` and `/annotations`: what an operator says about a drive."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlmodel import Session

from obd2_api.dependencies import ClockDep, DatabaseDep
from obd2_api.middleware.paths import last_segments
from obd2_api.repository import drive_marks, drives
from obd2_api.schemas.operators import (
    AnnotationDocument,
    AnnotationRequest,
    HoldRequest,
    Recomputed,
    ReferenceDocument,
    ReferenceList,
)
from obd2_api.schemas.wire import problem_responses
from obd2_common.database import Database
from obd2_common.errors import NotFoundError
from obd2_common.tables.drives import Drive

router = APIRouter(tags=["drives"])

_DRIVE = "/drives/{device}/{drive}"
_UNKNOWN = "No such drive"
Device = Annotated[str, Path(description="The device's id, percent-encoded.")]
DriveKey = Annotated[str, Path(description="The drive's key: the Pi's drive id or `derived-N`.")]
EpochFilter = Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Else the latest that has the drive.")]


@router.post(f"{_DRIVE}/hold", summary="Hold a drive out of baselines", responses=problem_responses(s404=_UNKNOWN))
def hold_drive(  # noqa: PLR0917 - what a path names
    request: Request,
    database: DatabaseDep,
    clock: ClockDep,
    device: Device,  # noqa: ARG001 - read from the raw path
    drive: DriveKey,  # noqa: ARG001
    body: HoldRequest | None = None,
    epoch: EpochFilter = None,
) -> Recomputed:
    """Keep a drive out of the baselines, trends and anomalies of later drives; those are computed again."""
    now, reason = clock(), None if body is None else body.reason
    return _recomputed(
        database,
        _named(request, 1),
        epoch,
        lambda session, found: drive_marks.hold_drive(session, found, reason=reason, now=now),
    )


@router.delete(f"{_DRIVE}/hold", summary="Release a held drive", responses=problem_responses(s404=_UNKNOWN))
def release_drive(  # noqa: PLR0917 - what a path names
    request: Request,
    database: DatabaseDep,
    clock: ClockDep,
    device: Device,  # noqa: ARG001 - read from the raw path
    drive: DriveKey,  # noqa: ARG001
    epoch: EpochFilter = None,
) -> Recomputed:
    """Let a drive into the baselines of later drives again; those are computed again."""
    now = clock()
    return _recomputed(
        database,
        _named(request, 1),
        epoch,
        lambda session, found: drive_marks.release_drive(session, found, now=now),
    )


@router.put(
    f"{_DRIVE}/reference",
    summary="Choose a reference drive",
    responses=problem_responses(s404=_UNKNOWN, s409="Nobody knows when the drive was."),
)
def choose_reference(  # noqa: PLR0917 - what a path names
    request: Request,
    database: DatabaseDep,
    clock: ClockDep,
    device: Device,  # noqa: ARG001 - read from the raw path
    drive: DriveKey,  # noqa: ARG001
    epoch: EpochFilter = None,
) -> Recomputed:
    """Measure fuel trims and timing of this drive's era against it, instead of any other; all are computed again."""
    now = clock()
    return _recomputed(
        database,
        _named(request, 1),
        epoch,
        lambda session, found: drive_marks.choose_reference(session, found, now=now),
    )


@router.delete(f"{_DRIVE}/reference", summary="Drop a reference drive", responses=problem_responses(s404=_UNKNOWN))
def drop_reference(  # noqa: PLR0917 - what a path names
    request: Request,
    database: DatabaseDep,
    clock: ClockDep,
    device: Device,  # noqa: ARG001 - read from the raw path
    drive: DriveKey,  # noqa: ARG001
    epoch: EpochFilter = None,
) -> Recomputed:
    """Measure against this drive no longer; a drive that was no reference stays as it is."""
    now = clock()
    return _recomputed(
        database,
        _named(request, 1),
        epoch,
        lambda session, found: drive_marks.drop_reference(session, found, now=now),
    )


@router.get("/reference-drives", summary="List reference drives")
def list_references(
    database: DatabaseDep,
    device_id: Annotated[str | None, Query(alias="deviceId", description="Only this device's.")] = None,
) -> ReferenceList:
    """Return the drives that others are measured against."""
    found = database.read(lambda session: drive_marks.list_references(session, device_id))
    return ReferenceList(references=[ReferenceDocument.model_validate(row) for row in found])


@router.post(
    f"{_DRIVE}/annotations",
    status_code=201,
    summary="Annotate a drive",
    responses=problem_responses(s404=_UNKNOWN),
)
def annotate_drive(  # noqa: PLR0917 - what a path names
    request: Request,
    database: DatabaseDep,
    clock: ClockDep,
    device: Device,  # noqa: ARG001 - read from the raw path
    drive: DriveKey,  # noqa: ARG001
    body: AnnotationRequest,
    epoch: EpochFilter = None,
) -> AnnotationDocument:
    """Add a note to a drive; it is shown with the drive."""
    named, now = _named(request, 1), clock()
    return database.run(
        lambda session: AnnotationDocument.model_validate(
            drive_marks.annotate(session, _find(session, named, epoch), body.note, now=now)
        )
    )


@router.delete(
    f"{_DRIVE}/annotations/{{annotation}}",
    status_code=204,
    summary="Delete a note",
    responses=problem_responses(s404="No such drive, or it has no such note."),
)
def remove_annotation(  # noqa: PLR0917 - what a path names
    request: Request,
    database: DatabaseDep,
    device: Device,  # noqa: ARG001 - read from the raw path
    drive: DriveKey,  # noqa: ARG001
    annotation: Annotated[str, Path(description="The note's id.", max_length=36)],
    epoch: EpochFilter = None,
) -> Response:
    """Delete a note about a drive."""
    named = _named(request, 2)
    if not database.run(
        lambda session: drive_marks.remove_annotation(session, _find(session, named, epoch), annotation)
    ):
        raise NotFoundError("No such note")
    return Response(status_code=204)


def _recomputed(
    database: Database,
    named: tuple[str, str],
    epoch: int | None,
    decide: Callable[[Session, Drive], int],
) -> Recomputed:
    count = database.run(lambda session: decide(session, _find(session, named, epoch)))
    return Recomputed(recomputed=count)


def _named(request: Request, after: int) -> tuple[str, str]:
    """Return device and drive key of a path with so many segments after them."""
    # Names with an encoded slash are whole only in the raw path.
    device, drive, *_ = last_segments(request.scope, 2 + after)
    return device, drive


def _find(session: Session, named: tuple[str, str], epoch: int | None) -> Drive:
    found = drives.find_drive(session, *named, source_epoch=epoch)
    if found is None:
        raise NotFoundError(_UNKNOWN)
    return found

"""`/drives/{device}/{drive}/hold`, `/reference` and `/annotations`: what an operator says about a drive."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Response
from sqlmodel import Session

from obd2_api.dependencies import ClockDep, DatabaseDep
from obd2_api.repository import drive_marks
from obd2_api.request_parameters import NamedDrive, NamedDriveDep, ThisDevice
from obd2_api.routes.drives import the_drive
from obd2_api.schemas.operators import (
    AnnotationDocument,
    AnnotationRequest,
    HoldRequest,
    Recomputed,
    ReferenceDocument,
    ReferenceList,
)
from obd2_api.schemas.wire import problem_responses
from obd2_common.db.database import Database
from obd2_common.errors import NotFoundError
from obd2_common.tables.drives import Drive

router = APIRouter(tags=["drives"])

_DRIVE = "/drives/{device}/{drive}"
_UNKNOWN = "No such drive"


@router.post(f"{_DRIVE}/hold", summary="Hold a drive out of baselines", responses=problem_responses(s404=_UNKNOWN))
def hold_drive(
    database: DatabaseDep, clock: ClockDep, named: NamedDriveDep, body: HoldRequest | None = None
) -> Recomputed:
    """Keep a drive out of the baselines, trends and anomalies of later drives; those are computed again."""
    now, reason = clock(), None if body is None else body.reason
    return _recomputed(
        database, named, lambda session, found: drive_marks.hold_drive(session, found, reason=reason, now=now)
    )


@router.delete(f"{_DRIVE}/hold", summary="Release a held drive", responses=problem_responses(s404=_UNKNOWN))
def release_drive(database: DatabaseDep, clock: ClockDep, named: NamedDriveDep) -> Recomputed:
    """Let a drive into the baselines of later drives again; those are computed again."""
    now = clock()
    return _recomputed(database, named, lambda session, found: drive_marks.release_drive(session, found, now=now))


@router.put(
    f"{_DRIVE}/reference",
    summary="Choose a reference drive",
    responses=problem_responses(s404=_UNKNOWN, s409="Nobody knows when the drive was."),
)
def choose_reference(database: DatabaseDep, clock: ClockDep, named: NamedDriveDep) -> Recomputed:
    """Measure fuel trims and timing of this drive's era against it, instead of any other; all are computed again."""
    now = clock()
    return _recomputed(database, named, lambda session, found: drive_marks.choose_reference(session, found, now=now))


@router.delete(f"{_DRIVE}/reference", summary="Drop a reference drive", responses=problem_responses(s404=_UNKNOWN))
def drop_reference(database: DatabaseDep, clock: ClockDep, named: NamedDriveDep) -> Recomputed:
    """Measure against this drive no longer; a drive that was no reference stays as it is."""
    now = clock()
    return _recomputed(database, named, lambda session, found: drive_marks.drop_reference(session, found, now=now))


@router.get("/reference-drives", summary="List reference drives")
def list_references(database: DatabaseDep, device_id: ThisDevice = None) -> ReferenceList:
    """Return the drives that others are measured against."""
    found = database.read(lambda session: drive_marks.list_references(session, device_id))
    return ReferenceList(references=[ReferenceDocument.model_validate(row) for row in found])


@router.post(
    f"{_DRIVE}/annotations",
    status_code=201,
    summary="Annotate a drive",
    responses=problem_responses(s404=_UNKNOWN),
)
def annotate_drive(
    database: DatabaseDep, clock: ClockDep, named: NamedDriveDep, body: AnnotationRequest
) -> AnnotationDocument:
    """Add a note to a drive; it is shown with the drive."""
    now = clock()
    return database.run(
        lambda session: AnnotationDocument.model_validate(
            drive_marks.annotate(session, the_drive(session, named), body.note, now=now)
        )
    )


@router.delete(
    f"{_DRIVE}/annotations/{{annotation}}",
    status_code=204,
    summary="Delete a note",
    responses=problem_responses(s404="No such drive, or it has no such note."),
)
def remove_annotation(
    database: DatabaseDep,
    named: NamedDriveDep,
    annotation: Annotated[str, Path(description="The note's id.", max_length=36)],
) -> Response:
    """Delete a note about a drive."""
    if not database.run(lambda session: drive_marks.remove_annotation(session, the_drive(session, named), annotation)):
        raise NotFoundError("No such note")
    return Response(status_code=204)


def _recomputed(database: Database, named: NamedDrive, decide: Callable[[Session, Drive], int]) -> Recomputed:
    count = database.run(lambda session: decide(session, the_drive(session, named)))
    return Recomputed(recomputed=count)

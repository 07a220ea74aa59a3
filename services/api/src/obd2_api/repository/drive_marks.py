"""What an operator says about a drive: held out of baselines, chosen as reference, annotated."""

import uuid
from datetime import datetime

from sqlalchemy import Table, delete, update
from sqlmodel import Session, col, select

from obd2_api.repository.drives import about
from obd2_common.db import dialect
from obd2_common.errors import ConflictError
from obd2_common.jobs.recompute import (
    era_at,
    lock_source,
    recompute_drives,
    recompute_era,
    recompute_later,
    repeat_running,
)
from obd2_common.tables.drives import Drive
from obd2_common.tables.operators import DriveAnnotation, ReferenceDrive

DRIVES: Table = Drive.__table__  # type: ignore[attr-defined]
REFERENCES: Table = ReferenceDrive.__table__  # type: ignore[attr-defined]
LONGEST_NOTE = 2000


def hold_drive(session: Session, drive: Drive, *, reason: str | None, now: datetime) -> int:
    """Keep a drive out of baselines, and have the drives that looked back on it computed again; return how many."""
    return _set_hold(session, drive, is_held_out=True, reason=reason, now=now)


def release_drive(session: Session, drive: Drive, *, now: datetime) -> int:
    """Let a drive into baselines again, and have later drives computed again; return how many."""
    return _set_hold(session, drive, is_held_out=False, reason=None, now=now)


def choose_reference(session: Session, drive: Drive, *, now: datetime) -> int:
    """Measure the drives of this one's era and epoch against it, instead of another; return how many.

    Raises:
        ConflictError: nobody knows when the drive was, so it belongs to no era.
    """
    if drive.started_at is None:
        raise ConflictError("A drive without known start belongs to no era and cannot be its reference")
    lock_source(session, drive.source_device, drive.source_epoch)
    _forget_references(session, drive, drive.started_at)
    connection = session.connection()
    key = {
        "source_device": drive.source_device,
        "source_epoch": drive.source_epoch,
        "drive_key": drive.drive_key,
    }
    connection.execute(
        dialect.upsert(connection, REFERENCES, key=tuple(key), update=("chosen_at",)), {**key, "chosen_at": now}
    )
    return _recompute_era_of(session, drive, drive.started_at, now=now)


def drop_reference(session: Session, drive: Drive, *, now: datetime) -> int:
    """Measure against this drive no longer; return how many drives are computed again, 0 when it was no reference."""
    lock_source(session, drive.source_device, drive.source_epoch)
    result = session.connection().execute(delete(REFERENCES).where(*about(ReferenceDrive, drive)))
    if not result.rowcount or drive.started_at is None:
        return 0
    return _recompute_era_of(session, drive, drive.started_at, now=now)


def list_references(session: Session, source_device: str | None = None) -> list[ReferenceDrive]:
    """Return the reference drives, of one device or of all."""
    query = select(ReferenceDrive)
    if source_device is not None:
        query = query.where(col(ReferenceDrive.source_device) == source_device)
    keys = (ReferenceDrive.source_device, ReferenceDrive.source_epoch, ReferenceDrive.drive_key)
    return list(session.exec(query.order_by(*(col(key) for key in keys))))


def is_reference(session: Session, drive: Drive) -> bool:
    """Tell whether a drive is a reference."""
    key = (drive.source_device, drive.source_epoch, drive.drive_key)
    return session.get(ReferenceDrive, key) is not None


def annotate(session: Session, drive: Drive, note: str, *, now: datetime) -> DriveAnnotation:
    """Add a note to a drive."""
    added = DriveAnnotation(
        annotation_id=str(uuid.uuid4()),
        source_device=drive.source_device,
        source_epoch=drive.source_epoch,
        drive_key=drive.drive_key,
        note=note,
        created_at=now,
    )
    session.add(added)
    session.flush()
    return added


def annotations_of(session: Session, drive: Drive) -> list[DriveAnnotation]:
    """Return the notes about a drive, oldest first."""
    query = select(DriveAnnotation).where(*about(DriveAnnotation, drive))
    return list(session.exec(query.order_by(col(DriveAnnotation.created_at), col(DriveAnnotation.annotation_id))))


def remove_annotation(session: Session, drive: Drive, annotation_id: str) -> bool:
    """Delete a note about a drive; tell whether there was one."""
    found = session.get(DriveAnnotation, annotation_id)
    of_found = None if found is None else (found.source_device, found.source_epoch, found.drive_key)
    if found is None or of_found != (drive.source_device, drive.source_epoch, drive.drive_key):
        return False
    session.delete(found)
    return True


def _set_hold(session: Session, drive: Drive, *, is_held_out: bool, reason: str | None, now: datetime) -> int:
    lock_source(session, drive.source_device, drive.source_epoch)
    session.connection().execute(
        update(DRIVES).where(*about(Drive, drive)).values(is_held_out=is_held_out, hold_reason=reason)
    )
    if drive.is_held_out == is_held_out or drive.started_at is None:
        return 0
    repeat_running(session, drive.source_device)
    # Those it overlaps with are doubtful because of it, unless it is held out.
    concerned = [drive.drive_key, *(drive.overlaps_with or ())]
    recompute_drives(session, drive.source_device, drive.source_epoch, concerned, now=now)
    return recompute_later(session, drive.source_device, drive.source_epoch, drive.started_at, now=now)


def _forget_references(session: Session, drive: Drive, moment: datetime) -> None:
    """Delete the references of the drive's era and epoch."""
    era = era_at(session, drive.source_device, moment)
    keys = select(Drive.drive_key).where(
        col(Drive.source_device) == drive.source_device,
        col(Drive.source_epoch) == drive.source_epoch,
        *era.conditions(DRIVES.c.started_at),
    )
    session.connection().execute(
        delete(REFERENCES).where(
            REFERENCES.c.source_device == drive.source_device,
            REFERENCES.c.source_epoch == drive.source_epoch,
            REFERENCES.c.drive_key.in_(keys),
        )
    )


def _recompute_era_of(session: Session, drive: Drive, moment: datetime, *, now: datetime) -> int:
    repeat_running(session, drive.source_device)
    era = era_at(session, drive.source_device, moment)
    return recompute_era(session, drive.source_device, era, now=now, source_epoch=drive.source_epoch)

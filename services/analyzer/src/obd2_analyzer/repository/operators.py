"""What operators decided about drives, kept in step when drives are computed again."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Table, delete, select, update
from sqlmodel import Session

from obd2_analyzer.repository.drives import DRIVES, IS_REFERENCE, REFERENCES, is_drive
from obd2_analyzer.repository.rows import Source, of_source
from obd2_common.jobs.recompute import era_at, recompute_era
from obd2_common.tables.drives import Drive
from obd2_common.tables.operators import DriveAnnotation

ANNOTATIONS: Table = DriveAnnotation.__table__  # type: ignore[attr-defined]


def pass_on_marks(session: Session, source: Source, gone: Drive, successors: Sequence[str]) -> None:
    """Pass what an operator said about a derived drive on to the drives its rows now make.

    All of them stay out of baselines if it did; notes and the choice as reference go to the first.
    """
    if gone.is_held_out:
        for key in successors:
            session.connection().execute(
                update(DRIVES)
                .where(*is_drive(DRIVES, source, key))
                .values(is_held_out=True, hold_reason=gone.hold_reason)
            )
    if not successors:
        return
    of_gone, of_successor = is_drive(REFERENCES, source, gone.drive_key), is_drive(REFERENCES, source, successors[0])
    if session.connection().execute(select(REFERENCES.c.drive_key).where(*of_successor)).first() is not None:
        session.connection().execute(delete(REFERENCES).where(*of_gone))
    session.connection().execute(update(REFERENCES).where(*of_gone).values(drive_key=successors[0]))
    notes = is_drive(ANNOTATIONS, source, gone.drive_key)
    session.connection().execute(update(ANNOTATIONS).where(*notes).values(drive_key=successors[0]))


def recompute_beside_reference(session: Session, source: Source, changed: Collection[str], *, now: datetime) -> None:
    """Enqueue every drive of an era whose reference drive is among those whose facts changed."""
    if not changed:
        return
    query = (
        select(DRIVES.c.started_at)
        .join(REFERENCES, IS_REFERENCE)
        .where(
            *of_source(DRIVES, source),
            DRIVES.c.drive_key.in_(sorted(changed)),
            DRIVES.c.started_at.is_not(None),
        )
    )
    for started_at in session.connection().execute(query).scalars().all():
        era = era_at(session, source.source_device, started_at)
        recompute_era(session, source.source_device, era, now=now, source_epoch=source.source_epoch)

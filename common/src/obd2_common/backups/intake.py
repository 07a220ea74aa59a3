"""Writes the row of a file that has come into the spool, whether a device sent it or the server made it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, select

from obd2_common.backups.names import BackupName
from obd2_common.backups.spool import SpooledFile
from obd2_common.tables.backups import Backup

ONE_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Intake:
    """A file that is complete in the spool, with what was said about it; everything checked."""

    backup_id: str
    source_device: str
    type: str
    original_name: str
    name: BackupName
    file: SpooledFile


def record_intake(session: Session, intake: Intake, *, now: datetime) -> Backup:
    """Record a file in the spool and return its row.

    Each receipt of a bucket gets a number that is higher than those before, whatever the server's clock does: it says
    what is the newest backup.

    Args:
        session: the caller commits.
        intake: the file; recording it again changes nothing.
        now: aware UTC.
    """
    # A commit whose confirmation was lost is run again: then the row is there already.
    if already := session.get(Backup, intake.backup_id):
        return already
    folder = f"{intake.source_device}/{intake.type}"
    bucket = (Backup.source_device == intake.source_device, Backup.type == intake.type)
    highest = session.exec(select(func.max(Backup.receipt_number)).where(*bucket)).one()
    received_at = now
    while session.exec(select(Backup.backup_id).where(Backup.path == _path(folder, intake, received_at))).first():
        received_at += ONE_TICK
    backup = Backup(
        backup_id=intake.backup_id,
        source_device=intake.source_device,
        type=intake.type,
        original_name=intake.original_name,
        filename=intake.name.stamped(received_at),
        path=_path(folder, intake, received_at),
        size_bytes=intake.file.size_bytes,
        sha256=intake.file.sha256,
        state="spooled",
        verification="pending",
        received_at=received_at,
        receipt_number=(highest or 0) + 1,
    )
    session.add(backup)
    session.flush()
    return backup


def _path(folder: str, intake: Intake, received_at: datetime) -> str:
    return f"{folder}/{intake.name.stamped(received_at)}"

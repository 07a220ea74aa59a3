"""Writes the row of a file that has come into the spool, whether a device sent it or the server made it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

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

    The receipt times of a bucket never run backwards, even when the server's clock does: they decide what is the newest
    backup and give each file a name of its own.

    Args:
        session: the caller commits.
        intake: the file; recording it again changes nothing.
        now: aware UTC.
    """
    # A commit whose confirmation was lost is run again: then the row is there already.
    if already := session.get(Backup, intake.backup_id):
        return already
    newest = session.exec(
        select(Backup.received_at)
        .where(Backup.source_device == intake.source_device, Backup.type == intake.type)
        .order_by(col(Backup.received_at).desc())
        .limit(1),
    ).first()
    received_at = now if newest is None else max(now, newest + ONE_TICK)
    filename = intake.name.stamped(received_at)
    backup = Backup(
        backup_id=intake.backup_id,
        source_device=intake.source_device,
        type=intake.type,
        original_name=intake.original_name,
        filename=filename,
        path=f"{intake.source_device}/{intake.type}/{filename}",
        size_bytes=intake.file.size_bytes,
        sha256=intake.file.sha256,
        state="spooled",
        verification="pending",
        received_at=received_at,
    )
    session.add(backup)
    session.flush()
    return backup

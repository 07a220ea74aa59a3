"""Records the files of the vault that the database has lost sight of, such as after it was put back from a dump."""

import re
import uuid
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlmodel import Session, col, select

from obd2_backup import repository
from obd2_backup.vault import Vault
from obd2_common.backups.names import BACKUP_TYPES, SERVER_DEVICE, kept_name, parse_device_id
from obd2_common.clock import Clock
from obd2_common.db.database import Database
from obd2_common.errors import InvalidInputError
from obd2_common.file_hash import sha256_of
from obd2_common.tables.backups import Backup

log = structlog.get_logger(__name__)

_KEPT = re.compile(r"(?P<stem>.+)-(?P<stamp>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{6})(?P<extension>\.[a-z.]+)")
_STAMP = "%Y-%m-%dT%H-%M-%S-%f"


def adopt(database: Database, vault: Vault, clock: Clock) -> list[str]:
    """Record every file that has a name the server gives, lies where it puts such a file, and has no row.

    The row says what that of a file says which was moved into the vault by a run that died before it could record
    that: the service goes on from there, checks it and rotates its bucket. Any other file is left alone, and so is one
    whose name claims a time that is still to come.

    A backup that is recorded as missing and lies there again is taken up as well.

    Returns:
        The paths of what was recorded.

    Raises:
        VaultUnavailableError: the vault is not there.
        DatabaseUnavailableError: the database does not answer.
    """
    found = find_missing(database, vault)
    known = set(database.read(lambda session: session.exec(select(Backup.path)).all()))
    adopted = []
    for backup in _unrecorded(vault, known, now=clock()):
        if database.run(lambda session, backup=backup: _record(session, backup)):  # type: ignore[misc]
            adopted.append(backup.path)
            log.info("backup_adopted", backup_id=backup.backup_id, device_id=backup.source_device)
    return found + adopted


def find_missing(database: Database, vault: Vault) -> list[str]:
    """Have every missing backup stored and checked again whose file is there after all, and return the paths.

    Raises:
        VaultUnavailableError: the vault is not there.
        DatabaseUnavailableError: the database does not answer.
    """
    vault.check()
    missing = database.read(lambda session: repository.in_state(session, "missing"))
    found = [backup for backup in missing if vault.spooled(backup.backup_id).is_file() or vault.holds(backup.path)]
    if found:
        ids = [backup.backup_id for backup in found]
        database.run(lambda session: repository.record_found(session, ids))
        log.warning("missing_backups_found", count=len(found))
    return [backup.path for backup in found]


def _record(session: Session, backup: Backup) -> bool:
    if session.exec(select(Backup.backup_id).where(col(Backup.path) == backup.path)).first():
        return False
    bucket = repository.Bucket(backup.source_device, backup.type)
    number = repository.receipt_number_at(session, bucket, backup.received_at)
    session.add(Backup(**{**backup.model_dump(), "receipt_number": number}))
    return True


def _unrecorded(vault: Vault, known: Collection[str], *, now: datetime) -> Iterator[Backup]:
    for place in sorted(vault.root.glob("*/*/*")):
        path = str(place.relative_to(vault.root))
        if path in known or vault.spool_dir in place.parents or not vault.holds(path):
            continue
        backup = _row(place, path)
        if backup is not None and backup.received_at <= now:
            yield backup


def _row(place: Path, path: str) -> Backup | None:
    """Return the row of a file, or None when it has no name of ours."""
    device, kind, filename = Path(path).parts
    match = _KEPT.fullmatch(filename)
    if match is None or kind not in BACKUP_TYPES:
        return None
    try:
        original_name = match["stem"] + match["extension"]
        kept_name(original_name)
        received_at = datetime.strptime(match["stamp"], _STAMP).replace(tzinfo=UTC)
        if device != SERVER_DEVICE:
            parse_device_id(device)
    except (ValueError, InvalidInputError):
        return None
    return Backup(
        backup_id=str(uuid.uuid4()),
        source_device=device,
        type=kind,
        original_name=original_name,
        filename=filename,
        path=path,
        size_bytes=place.stat().st_size,
        sha256=sha256_of(place),
        state="spooled",
        verification="pending",
        received_at=received_at,
    )

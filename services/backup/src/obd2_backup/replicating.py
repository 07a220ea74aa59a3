"""Keeps the second copy like the vault: what is stored is copied and read back, what was rotated goes there too."""

import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from pyrage.x25519 import Recipient

from obd2_backup import repository, runs
from obd2_backup.context import BackupContext
from obd2_backup.replica import STORE_ERRORS, Replica, ReplicaError
from obd2_backup.sealing import SEALED_EXTENSION, seal
from obd2_common.backups.spool import free_bytes
from obd2_common.errors import Obd2Error
from obd2_common.file_hash import sha256_of
from obd2_common.tables.backups import Backup

log = structlog.get_logger(__name__)

_MARKER = re.compile(r"Second copies of OBD2-Server's backups\.\nPlace [0-9a-f-]{36}, encrypted for (?P<names>.*)\.\n")


class SourceGoneError(Obd2Error):
    """The file in the vault is gone or is no longer what was received."""


def replicate(context: BackupContext, replica: Replica, recipients: Sequence[Recipient] = ()) -> int:
    """Bring the second copy up to date and return how many files were copied.

    Each file counts as copied only once it was read back and its SHA-256 is right; a pass that is broken off is taken
    up with the next file. Reads the vault only, so it need not wait for other work, nor others for it.

    Args:
        context: the vault and its database.
        replica: where copies go.
        recipients: whom they are encrypted for; without any they go as they are.

    Raises:
        ReplicaError: the place is not there, or did not take everything; the record of runs says so too.
        DatabaseUnavailableError: the database went away.
    """
    started_at = context.clock()
    details: dict[str, Any] = {"copied": 0, "removed": 0}
    try:
        details["marker"] = _recognise(context, replica, recipients)
        for backup in context.database.read(repository.gone_but_replicated):
            _remove(replica, backup)
            context.database.run(partial(repository.record_replicated, backup_id=backup.backup_id, at=None))
            details["removed"] += 1
        for backup in context.database.read(repository.not_replicated):
            if context.should_stop():
                break
            details["copied"] += _copy(context, replica, recipients, backup)
    except ReplicaError as error:
        details["reason"] = str(error)
    except STORE_ERRORS as error:
        details["reason"] = f"the replica failed: {type(error).__name__}"
    run = runs.Run("replica", started_at, is_success="reason" not in details, details=details)
    context.database.run(lambda session: runs.record_run(session, run, now=context.clock()))
    if "reason" in details:
        log.error("replication_failed", reason=details["reason"])
        raise ReplicaError(details["reason"])
    return int(details["copied"])


def _recognise(context: BackupContext, replica: Replica, recipients: Sequence[Recipient]) -> str:
    """Return what the marker says; in a place not used before, or in another way, every copy is to be made anew."""
    names = ", ".join(sorted(map(str, recipients))) or "nobody"
    marker = replica.check()
    match = _MARKER.fullmatch(marker)
    if match is None or match["names"] != names:
        marker = f"Second copies of OBD2-Server's backups.\nPlace {uuid.uuid4()}, encrypted for {names}.\n"
        replica.mark(marker)
    if marker != context.database.read(runs.last_marker):
        context.database.run(repository.forget_replicas)
        log.info("replica_is_new", encrypted_for=names)
    return marker


def _copy(context: BackupContext, replica: Replica, recipients: Sequence[Recipient], backup: Backup) -> bool:
    """Copy one file and tell whether that was done; one that is gone or rotten holds up no other."""
    other_form = backup.path if recipients else backup.path + SEALED_EXTENSION
    try:
        if recipients:
            _copy_sealed(context, replica, recipients, backup)
        else:
            _copy_plain(context, replica, backup)
    except SourceGoneError as error:
        log.error("backup_not_replicated", backup_id=backup.backup_id, reason=str(error))  # noqa: TRY400
        return False
    replica.remove(other_form)
    context.database.run(lambda session: repository.record_replicated(session, backup.backup_id, at=context.clock()))
    log.info("backup_replicated", backup_id=backup.backup_id, size_bytes=backup.size_bytes)
    return True


def _copy_plain(context: BackupContext, replica: Replica, backup: Backup) -> None:
    if replica.sha256(backup.path) == backup.sha256:
        return
    place = context.vault.path(backup.path)
    with _reading(place):
        replica.put(place, backup.path)
    if replica.sha256(backup.path) != backup.sha256:
        if sha256_of(place) == backup.sha256:
            raise ReplicaError("a copy read back differs from what was sent")
        replica.remove(backup.path)
        raise SourceGoneError("it rotted before it was copied")


def _copy_sealed(context: BackupContext, replica: Replica, recipients: Sequence[Recipient], backup: Backup) -> None:
    place = context.vault.path(backup.path)
    if free_bytes(context.vault.root) - backup.size_bytes < context.reserve_bytes:
        raise ReplicaError("the vault's disk has no room to encrypt a copy")
    with _scratch(context, backup) as scratch:
        with _reading(place):
            sealed = seal(place, scratch, recipients)
        if sealed.plain_sha256 != backup.sha256:
            raise SourceGoneError("it rotted before it was copied")
        replica.put(scratch, backup.path + SEALED_EXTENSION)
        if replica.sha256(backup.path + SEALED_EXTENSION) != sealed.sealed_sha256:
            raise ReplicaError("a copy read back differs from what was sent")


@contextmanager
def _reading(place: Path) -> Iterator[None]:
    """Tell a file that is gone from the vault from everything else that may not be found."""
    try:
        yield
    except FileNotFoundError as error:
        if place.is_file():
            raise
        raise SourceGoneError("its file is gone") from error


@contextmanager
def _scratch(context: BackupContext, backup: Backup) -> Iterator[Path]:
    """Give a place on the vault's disk for an encrypted copy on its way."""
    scratch = context.vault.scratch(f"{backup.backup_id}{SEALED_EXTENSION}")
    scratch.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)


def _remove(replica: Replica, backup: Backup) -> None:
    """Delete a copy, in whichever form it is there."""
    for name in (backup.path, backup.path + SEALED_EXTENSION):
        replica.remove(name)

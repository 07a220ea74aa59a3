"""Keeps the second copy like the vault: what is stored is copied and read back, what was rotated goes there too."""

from functools import partial

import structlog

from obd2_backup import repository, runs
from obd2_backup.replica import STORE_ERRORS, Replica, ReplicaError
from obd2_backup.verification import sha256_of
from obd2_backup.workshop import Workshop
from obd2_common.tables.backups import Backup

log = structlog.get_logger(__name__)


def replicate(shop: Workshop, replica: Replica) -> int:
    """Bring the second copy up to date and return how many files were copied.

    Each file counts as copied only once it was read back and its SHA-256 is right; a pass that is broken off is taken
    up with the next file. Reads the vault only, so it need not wait for other work, nor others for it.

    Raises:
        ReplicaError: the place is not there, or did not take everything; the record of runs says so too.
        DatabaseUnavailableError: the database went away.
    """
    started_at = shop.clock()
    copied = removed = 0
    reason: str | None = None
    try:
        replica.check()
        for backup in shop.database.read(repository.gone_but_replicated):
            replica.remove(backup.path)
            shop.database.run(partial(repository.record_replicated, backup_id=backup.backup_id, at=None))
            removed += 1
        for backup in shop.database.read(repository.not_replicated):
            if shop.should_stop():
                break
            copied += _copy(shop, replica, backup)
    except ReplicaError as error:
        reason = str(error)
    except STORE_ERRORS as error:
        reason = f"the replica failed: {type(error).__name__}"
    details = {"copied": copied, "removed": removed, **({"reason": reason} if reason else {})}
    run = runs.Run("replica", started_at, is_success=reason is None, details=details)
    shop.database.run(lambda session: runs.record_run(session, run, now=shop.clock()))
    if reason is not None:
        log.error("replication_failed", reason=reason)
        raise ReplicaError(reason)
    return copied


def _copy(shop: Workshop, replica: Replica, backup: Backup) -> bool:
    """Copy one file and tell whether that was done; one that is gone or rotten holds up no other."""
    if replica.sha256(backup.path) != backup.sha256:
        try:
            replica.put(shop.vault.path(backup.path), backup.path)
        except FileNotFoundError:
            log.warning("backup_not_replicated", backup_id=backup.backup_id, reason="its file is gone")
            return False
        if replica.sha256(backup.path) != backup.sha256:
            if sha256_of(shop.vault.path(backup.path)) == backup.sha256:
                raise ReplicaError("a copy read back differs from what was sent")
            replica.remove(backup.path)
            log.error("backup_not_replicated", backup_id=backup.backup_id, reason="it rotted before it was copied")
            return False
    shop.database.run(lambda session: repository.record_replicated(session, backup.backup_id, at=shop.clock()))
    log.info("backup_replicated", backup_id=backup.backup_id, size_bytes=backup.size_bytes)
    return True

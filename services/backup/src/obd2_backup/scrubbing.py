"""Reads the vault again from time to time: bit rot, vanished files and damage are found while other copies exist."""

from datetime import timedelta

import structlog

from obd2_backup import repository
from obd2_backup.checking import check_thoroughly
from obd2_backup.context import BackupContext
from obd2_backup.errors import StoppingError
from obd2_backup.vault import OutsideVaultError
from obd2_backup.verification import Verdict
from obd2_common.tables.backups import Backup

log = structlog.get_logger(__name__)


def scrub_next(context: BackupContext, *, interval: timedelta) -> bool:
    """Check the stored backup whose last check is longest ago; False when none is due.

    The whole file is hashed again, and a database gets SQLite's `integrity_check`.

    Args:
        context: where.
        interval: how long a check is good for.
    """
    due_before = context.clock() - interval
    backup = context.database.read(lambda session: repository.longest_unchecked(session, due_before))
    if backup is None or context.should_stop():
        return False
    try:
        verdict = _check(context, backup)
    except StoppingError:
        return False
    if not context.database.read(lambda session: repository.is_stored(session, backup.backup_id)):
        # It was rotated away meanwhile.
        return True
    if verdict is None:
        context.database.run(
            lambda session: repository.record_missing(
                session,
                backup.backup_id,
                was="stored",
                detail="the file vanished from the vault",
            ),
        )
        log.error("backup_missing", backup_id=backup.backup_id, device_id=backup.source_device)
        return True
    context.database.run(
        lambda session: repository.record_verdict(session, backup.backup_id, verdict, now=context.clock()),
    )
    if verdict.status == "damaged" and backup.verification != "damaged":
        log.error("backup_rotted", backup_id=backup.backup_id, device_id=backup.source_device, detail=verdict.detail)
    return True


def _check(context: BackupContext, backup: Backup) -> Verdict | None:
    """Return the verdict, or None when the file is gone."""
    try:
        if not context.vault.holds(backup.path):
            return None
        return check_thoroughly(context, backup, context.vault.path(backup.path), purpose="scrub")
    except FileNotFoundError:
        context.vault.check()
        return None
    except OutsideVaultError:
        return Verdict("damaged", "its place now leads out of the vault")
    except OSError as error:
        context.vault.check()
        return Verdict("damaged", f"it cannot be read: {error.strerror}")

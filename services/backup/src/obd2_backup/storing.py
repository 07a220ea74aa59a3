"""Stores what waits in the spool: check, move into the vault, record, rotate.

Every step leaves a state from which the next run goes on, so the process may die between any two of them:

    spooled --check, move, record--> stored --condemn--> rotating --delete, record--> rotated
       |                                |
       +-------- file is gone ----------+--> missing
"""

from datetime import timedelta
from itertools import count
from pathlib import Path, PurePosixPath

import structlog

from obd2_backup import repository
from obd2_backup.checking import check_in_turn
from obd2_backup.context import BackupContext
from obd2_backup.errors import StoppingError
from obd2_backup.rotation import rotate_after
from obd2_backup.sandbox import SandboxError, UnfinishedError
from obd2_backup.vault import OutsideVaultError
from obd2_backup.verification import Verdict
from obd2_common.backups.names import kept_name
from obd2_common.file_hash import sha256_of
from obd2_common.tables.backups import Backup

log = structlog.get_logger(__name__)


def store_waiting(context: BackupContext) -> int:
    """Store the uploads that wait, oldest first, and return how many were stored.

    One that cannot be stored, or whose check takes long, is left for a later run: the others do not wait for it.

    Raises:
        DatabaseUnavailableError: the database went away.
    """
    stored = 0
    waiting = context.database.read(lambda session: repository.in_state(session, "spooled"))
    for backup in context.slow_checks.in_turn(waiting):
        if context.should_stop():
            break
        was_slow = context.slow_checks.is_running(backup)
        try:
            stored += _store(context, backup)
        except UnfinishedError:
            if was_slow:
                continue
            log.info("backup_check_is_slow", backup_id=backup.backup_id, device_id=backup.source_device)
            # Whatever came meanwhile is looked at before the rest of this list.
            break
        except StoppingError:
            break
        except (OSError, OutsideVaultError, SandboxError) as error:
            log.error("backup_not_stored", backup_id=backup.backup_id, reason=type(error).__name__)  # noqa: TRY400
    return stored


def _store(context: BackupContext, backup: Backup) -> bool:
    spooled = context.vault.spooled(backup.backup_id)
    is_spooled = spooled.is_file()
    if is_spooled and context.vault.is_taken(backup.path):
        if context.vault.holds(backup.path) and _is_content_of(context, context.vault.path(backup.path), backup):
            context.vault.drop_spooled(backup.backup_id)
            is_spooled = False
        else:
            backup = _give_free_place(context, backup)
    if not is_spooled and not context.vault.holds(backup.path):
        _mark_missing(context, backup)
        return False
    twin = _find_twin(context, backup)
    if twin is not None:
        verdict = Verdict(twin.verification, twin.verification_detail)
        duplicate_of = twin.duplicate_of or twin.backup_id
        if is_spooled:
            context.vault.link_in(backup.backup_id, backup.path, twin.path)
    else:
        # A file that is already in its place was moved by a run that died before it could say so.
        place = spooled if is_spooled else context.vault.path(backup.path)
        verdict = check_in_turn(context, backup, place)
        duplicate_of = None
        if is_spooled:
            context.vault.take_in(backup.backup_id, backup.path)
    context.database.run(
        lambda session: repository.record_stored(
            session,
            backup.backup_id,
            verdict,
            duplicate_of=duplicate_of,
            now=context.clock(),
        ),
    )
    log.info("backup_stored", backup_id=backup.backup_id, device_id=backup.source_device, verification=verdict.status)
    if verdict.status == "damaged":
        log.error("backup_damaged", backup_id=backup.backup_id, device_id=backup.source_device, detail=verdict.detail)
    rotate_after(context, backup)
    return True


def _find_twin(context: BackupContext, backup: Backup) -> Backup | None:
    """Return a stored backup of the same bucket whose file still holds the same bytes."""
    twin = context.database.read(lambda session: repository.stored_twin(session, backup))
    if twin is None or not context.vault.holds(twin.path):
        return None
    if _is_content_of(context, context.vault.path(twin.path), backup):
        return twin
    # The kept file has rotted since; the new upload brings the content back, and the next scrub tells of the old one.
    log.error("backup_rotted", backup_id=twin.backup_id, device_id=twin.source_device)
    return None


def _is_content_of(context: BackupContext, place: Path, backup: Backup) -> bool:
    return place.stat().st_size == backup.size_bytes and sha256_of(place, context.raise_if_stopping) == backup.sha256


def _mark_missing(context: BackupContext, backup: Backup) -> None:
    context.database.run(
        lambda session: repository.record_missing(
            session,
            backup.backup_id,
            was="spooled",
            detail="the file is neither in the spool nor in the vault",
        ),
    )
    log.error("backup_missing", backup_id=backup.backup_id, device_id=backup.source_device)


def _give_free_place(context: BackupContext, backup: Backup) -> Backup:
    """Something the server did not put there has the backup's name: choose a later one, never overwrite."""
    name = kept_name(backup.original_name)
    folder = PurePosixPath(backup.path).parent
    for microseconds in count(1):
        filename = name.stamped(backup.received_at + timedelta(microseconds=microseconds))
        path = str(folder / filename)
        if not context.vault.is_taken(path):
            break
    context.database.run(
        lambda session: repository.give_place(session, backup.backup_id, filename=filename, path=path),
    )
    log.warning("backup_place_was_taken", backup_id=backup.backup_id)
    return backup.model_copy(update={"filename": filename, "path": path})

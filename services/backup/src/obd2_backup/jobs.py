"""The work of the service: store what waits, rotate buckets, expire what nobody claimed.

Every step leaves a state from which the next run goes on, so the process may die between any two of them:

    spooled --verify, move, record--> stored --condemn--> rotating --delete, record--> rotated
       |                                 |
       +------- file is gone ------------+--> missing
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import PurePosixPath

import structlog
from sqlmodel import Session

from obd2_backup import repository, retention
from obd2_backup.repository import Bucket
from obd2_backup.retention import RetentionPolicy
from obd2_backup.vault import OutsideVaultError, Vault
from obd2_backup.verification import Check, VerificationInterruptedError, verify
from obd2_common.backup_names import parse_file_name
from obd2_common.clock import Clock
from obd2_common.database import Database
from obd2_common.errors import DatabaseUnavailableError
from obd2_common.tables.backups import Backup

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Workshop:
    """What the work needs, put together once."""

    database: Database
    vault: Vault
    policy: RetentionPolicy
    clock: Clock
    max_expanded_bytes: int
    should_stop: Callable[[], bool]


def store_waiting(shop: Workshop) -> int:
    """Store every upload that waits, oldest first, and return how many were stored.

    One that cannot be stored is left for the next run and does not hold up the others.

    Raises:
        DatabaseUnavailableError: the database went away.
    """
    stored = 0
    for backup in shop.database.read(lambda session: repository.in_state(session, "spooled")):
        if shop.should_stop():
            break
        try:
            stored += _store(shop, backup)
        except VerificationInterruptedError:
            break
        except DatabaseUnavailableError:
            raise
        except (OSError, OutsideVaultError) as error:
            log.error("backup_not_stored", backup_id=backup.backup_id, reason=type(error).__name__)  # noqa: TRY400
    return stored


def finish_rotations(shop: Workshop) -> None:
    """Take up the rotations that a stop or crash left unfinished."""
    _delete_condemned(shop)
    for backup in shop.database.read(repository.waiting_for_rotation):
        _rotate_after(shop, backup)


def rotate_all(shop: Workshop) -> int:
    """Rotate every bucket and return how many backups went."""
    found = shop.database.read(repository.buckets)
    return sum(rotate(shop, bucket) for bucket in found if not shop.should_stop())


def rotate(shop: Workshop, bucket: Bucket, *, just_stored: str | None = None) -> int:
    """Delete what the retention policy lets go from a bucket and return how many went."""

    def condemn(session: Session) -> list[str]:
        decisions = retention.plan(
            repository.kept(session, bucket),
            shop.policy,
            now=shop.clock(),
            protected={just_stored} if just_stored else set(),
        )
        going = [decision.backup.backup_id for decision in decisions if not decision.is_kept]
        repository.condemn(session, going)
        return going

    condemned = shop.database.run(condemn)
    if condemned:
        _delete_condemned(shop)
        log.info("bucket_rotated", device_id=bucket.source_device, type=bucket.type, deleted=len(condemned))
    return len(condemned)


def expire_uploads(shop: Workshop, *, age: timedelta) -> int:
    """Delete old uploads that no row claims, complete or not, and return how many went."""
    candidates = shop.vault.expired_uploads((shop.clock() - age).timestamp())
    ids = {path.name.removesuffix(".part") for path in candidates}
    claimed = shop.database.read(lambda session: repository.known_ids(session, ids)) if ids else set()
    expired = [path for path in candidates if path.suffix == ".part" or path.name not in claimed]
    for path in expired:
        path.unlink(missing_ok=True)
    if expired:
        log.warning("uploads_expired", count=len(expired))
    return len(expired)


def _store(shop: Workshop, backup: Backup) -> bool:
    spooled = shop.vault.spooled(backup.backup_id)
    is_spooled = spooled.is_file()
    if not is_spooled and not shop.vault.holds(backup.path):
        _mark_missing(shop, backup)
        return False
    if is_spooled and shop.vault.is_taken(backup.path):
        backup = _give_free_place(shop, backup)
    # A file that is already in its place was moved by a run that died before it could say so.
    verdict = verify(
        spooled if is_spooled else shop.vault.path(backup.path),
        Check(
            filename=backup.filename,
            size_bytes=backup.size_bytes,
            sha256=backup.sha256,
            scratch=shop.vault.scratch(backup.backup_id),
            max_expanded_bytes=shop.max_expanded_bytes,
        ),
        should_stop=shop.should_stop,
    )
    if is_spooled:
        shop.vault.take_in(backup.backup_id, backup.path)
    shop.database.run(
        lambda session: repository.record_stored(session, backup.backup_id, verdict, now=shop.clock()),
    )
    log.info("backup_stored", backup_id=backup.backup_id, device_id=backup.source_device, verification=verdict.status)
    if verdict.status == "damaged":
        log.error("backup_damaged", backup_id=backup.backup_id, device_id=backup.source_device, detail=verdict.detail)
    _rotate_after(shop, backup)
    return True


def _rotate_after(shop: Workshop, backup: Backup) -> None:
    rotated = rotate(shop, Bucket(backup.source_device, backup.type), just_stored=backup.backup_id)
    shop.database.run(
        lambda session: repository.record_rotation(session, backup.backup_id, rotated_count=rotated),
    )


def _delete_condemned(shop: Workshop) -> None:
    condemned = shop.database.read(lambda session: repository.in_state(session, "rotating"))
    if not condemned:
        return
    gone = []
    for backup in condemned:
        try:
            shop.vault.remove(backup.path)
        except (OSError, OutsideVaultError) as error:
            log.error("backup_not_deleted", backup_id=backup.backup_id, reason=type(error).__name__)  # noqa: TRY400
        else:
            gone.append(backup.backup_id)
    shop.database.run(lambda session: repository.record_rotated(session, gone, now=shop.clock()))


def _mark_missing(shop: Workshop, backup: Backup) -> None:
    shop.database.run(
        lambda session: repository.record_missing(
            session,
            backup.backup_id,
            was="spooled",
            detail="the file is neither in the spool nor in the vault",
        ),
    )
    log.error("backup_missing", backup_id=backup.backup_id, device_id=backup.source_device)


def _give_free_place(shop: Workshop, backup: Backup) -> Backup:
    """Something the server did not put there has the backup's name: choose a later one, never overwrite."""
    name = parse_file_name(backup.original_name)
    folder = PurePosixPath(backup.path).parent
    for microseconds in count(1):
        filename = name.stamped(backup.received_at + timedelta(microseconds=microseconds))
        path = str(folder / filename)
        if not shop.vault.is_taken(path):
            break
    shop.database.run(
        lambda session: repository.give_place(session, backup.backup_id, filename=filename, path=path),
    )
    log.warning("backup_place_was_taken", backup_id=backup.backup_id)
    return backup.model_copy(update={"filename": filename, "path": path})

"""Deletes what the retention policy lets go: first the row says so, then the file goes, then the row says it went."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby

import structlog
from sqlmodel import Session

from obd2_backup import repository, retention, runs
from obd2_backup.context import BackupContext
from obd2_backup.repository import Bucket
from obd2_backup.retention import Decision, RetentionPolicy
from obd2_backup.vault import OutsideVaultError
from obd2_common.tables.backups import Backup

log = structlog.get_logger(__name__)


def plan_bucket(
    session: Session,
    bucket: Bucket,
    policy: RetentionPolicy,
    *,
    now: datetime,
    protected: Collection[str] = (),
) -> list[Decision]:
    """Return what a rotation of a bucket would do now; the rotation itself does exactly this."""
    return retention.plan(repository.kept(session, bucket), policy, now=now, protected=protected)


def rotate(context: BackupContext, bucket: Bucket, *, just_stored: str | None = None) -> int:
    """Delete what the retention policy lets go from a bucket, record why the rest stays, and return how many went.

    Right after the server's clock was set nothing goes: a later rotation decides.
    """
    if not context.may_delete():
        return 0
    protected = {just_stored} if just_stored else set()

    def condemn(session: Session) -> list[str]:
        now = context.clock()
        decisions = plan_bucket(session, bucket, context.policy, now=now, protected=protected)
        going = [decision.backup.backup_id for decision in decisions if not decision.is_kept]
        repository.condemn(session, going)
        staying = [decision for decision in decisions if decision.is_kept]
        repository.record_plan(
            session,
            bucket,
            {decision.backup.backup_id: decision.reasons for decision in staying},
            retention.going_next((decision.backup for decision in staying), context.policy, now=now),
        )
        return going

    condemned = context.database.run(condemn)
    if condemned:
        delete_condemned(context)
    return len(condemned)


def rotate_all(context: BackupContext) -> int:
    """Rotate every bucket and return how many backups went."""
    found = context.database.read(repository.buckets)
    return sum(rotate(context, bucket) for bucket in found if not context.should_stop())


def rotate_after(context: BackupContext, backup: Backup) -> None:
    """Rotate the bucket of a backup that was just stored, and record with it how many left."""
    rotated = rotate(context, Bucket(backup.source_device, backup.type), just_stored=backup.backup_id)
    context.database.run(
        lambda session: repository.record_rotation(session, backup.backup_id, rotated_count=rotated),
    )


def finish_rotations(context: BackupContext) -> None:
    """Take up the rotations that a stop or crash left unfinished."""
    delete_condemned(context)
    for backup in context.database.read(repository.waiting_for_rotation):
        rotate_after(context, backup)


def delete_condemned(context: BackupContext) -> None:
    """Delete the files of all condemned backups and record that they went, bucket by bucket."""
    condemned = context.database.read(lambda session: repository.in_state(session, "rotating"))
    by_bucket = sorted(condemned, key=_bucket_key)
    for _key, members in groupby(by_bucket, key=_bucket_key):
        _delete(context, list(members))


def _bucket_key(backup: Backup) -> tuple[str, str]:
    return backup.source_device, backup.type


def _delete(context: BackupContext, condemned: list[Backup]) -> None:
    started_at = context.clock()
    gone = list(_remove_files(context, condemned))
    run = runs.Run(
        kind="rotation",
        source_device=condemned[0].source_device,
        type=condemned[0].type,
        started_at=started_at,
        is_success=len(gone) == len(condemned),
        details={
            "deleted": [backup.filename for backup in gone],
            "failed": [backup.filename for backup in condemned if backup not in gone],
        },
    )

    def record(session: Session) -> None:
        repository.record_rotated(session, [backup.backup_id for backup in gone], now=context.clock())
        runs.record_run(session, run, now=context.clock())

    context.database.run(record)
    log.info("bucket_rotated", device_id=run.source_device, type=run.type, deleted=len(gone))


def _remove_files(context: BackupContext, condemned: Iterable[Backup]) -> Iterable[Backup]:
    for backup in condemned:
        try:
            context.vault.remove(backup.path)
        except (OSError, OutsideVaultError) as error:
            log.error("backup_not_deleted", backup_id=backup.backup_id, reason=type(error).__name__)  # noqa: TRY400
        else:
            yield backup

"""Clears away what nobody waits for: uploads that were never acknowledged."""

from datetime import timedelta

import structlog

from obd2_backup import repository
from obd2_backup.context import BackupContext

ENDED_FOR = timedelta(days=7)

log = structlog.get_logger(__name__)


def expire_uploads(context: BackupContext, *, age: timedelta) -> int:
    """Delete old uploads that no row claims, complete or not, and return how many went."""
    candidates = context.vault.expired_uploads((context.clock() - age).timestamp())
    ids = {path.name.removesuffix(".part") for path in candidates}
    claimed = context.database.read(lambda session: repository.known_ids(session, ids)) if ids else set()
    expired = [path for path in candidates if path.suffix == ".part" or path.name not in claimed]
    for path in expired:
        path.unlink(missing_ok=True)
    if expired:
        log.warning("uploads_expired", count=len(expired))
    return len(expired)


def expire_resting(context: BackupContext) -> int:
    """Give up the resumable uploads that rested for too long, delete their bytes, and return how many there were.

    The rows of those that ended stay for a while, so that a client that comes back late is told what became of its own.
    """
    context.database.run(lambda session: repository.delete_ended_uploads(session, context.clock() - ENDED_FOR))
    resting = context.database.read(lambda session: repository.resting_uploads(session, context.clock()))
    if not resting:
        return 0
    context.database.run(lambda session: repository.record_expired(session, resting))
    for upload_id in resting:
        context.vault.drop_resumable(upload_id)
    log.warning("resumable_uploads_expired", count=len(resting))
    return len(resting)

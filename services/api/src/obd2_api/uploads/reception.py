"""Receives a backup: streams it into the spool, records it, and waits a little for it to be stored.

The order makes the acknowledgement true: every byte on the disk, then the file's name, then its row, then the answer.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import structlog
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from obd2_api.errors import StorageFullError
from obd2_api.repository.backups import find_backup
from obd2_api.repository.uploads import record_upload
from obd2_api.uploads.active import RECORDING
from obd2_api.uploads.incoming import Incoming
from obd2_common.backups.intake import Intake
from obd2_common.clock import Clock
from obd2_common.db.database import Database
from obd2_common.errors import DatabaseUnavailableError
from obd2_common.tables.backups import Backup

log = structlog.get_logger(__name__)

HAND_OVER_BYTES = 1 << 20
"""How much is gathered before a worker thread takes it; twice this is what an upload holds in memory."""
NAME_ATTEMPTS = 5
FIRST_LOOK_SECONDS = 0.02
LAST_LOOK_SECONDS = 0.3


async def receive_upload(body: AsyncIterator[bytes], incoming: Incoming) -> Intake:
    """Stream a request body into the spool and return the complete upload.

    While one piece is hashed and written in a worker thread, the next is received; nothing else is held.

    Raises:
        InvalidInputError: the upload is refused.
        PayloadTooLargeError: it is too large.
        StorageFullError: there is no room for it.
    """
    writing: asyncio.Task[None] | None = None
    is_complete = False
    try:
        await run_in_threadpool(incoming.admit)
        gathered = bytearray()
        async for chunk in body:
            gathered += chunk
            if len(gathered) >= HAND_OVER_BYTES:
                if writing is not None:
                    await writing
                writing = asyncio.create_task(run_in_threadpool(incoming.feed, bytes(gathered)))
                gathered.clear()
        if writing is not None:
            await writing
        await run_in_threadpool(incoming.feed, bytes(gathered))
        upload = await run_in_threadpool(incoming.finish)
        is_complete = True
        return upload
    finally:
        if not is_complete:
            if writing is not None:
                await asyncio.wait({writing})
            await run_in_threadpool(incoming.discard)


def record(database: Database, upload: Intake, clock: Clock, *, quota_bytes: int | None) -> Backup:
    """Write the row of a complete upload; when this returns, the upload may be acknowledged.

    Raises:
        DatabaseUnavailableError: it could not be written. The file stays in the spool, where it is stored should the
            row exist after all, and expires otherwise.
        StorageFullError: the device's quota is used up; the file is gone.
    """
    write = partial(record_upload, upload=upload, quota_bytes=quota_bytes)
    for attempt in range(1, NAME_ATTEMPTS + 1):
        try:
            with RECORDING:
                return database.run(lambda session: write(session, now=clock()))
        except StorageFullError:
            upload.file.path.unlink(missing_ok=True)
            raise
        except IntegrityError:
            # Two uploads of one name met in the same microsecond; the next attempt sees the other's row.
            if attempt == NAME_ATTEMPTS:
                raise
    raise AssertionError("unreachable")


async def wait_until_stored(database: Database, backup: Backup, *, wait_seconds: float) -> Backup:
    """Return the row once the backup service has stored and rotated, or as it is when the wait is over."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_seconds
    pause_seconds = FIRST_LOOK_SECONDS
    while backup.rotated_count is None and backup.state in {"spooled", "stored"} and loop.time() < deadline:
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(pause_seconds * 1.5, LAST_LOOK_SECONDS)
        try:
            found = await run_in_threadpool(database.read, partial(find_backup, backup_id=backup.backup_id))
        except DatabaseUnavailableError:
            # The upload is recorded; a database that goes away now takes nothing back.
            log.warning("upload_state_unknown", backup_id=backup.backup_id)
            break
        backup = found or backup
    return backup

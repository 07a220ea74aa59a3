"""Receives the parts of a resumable upload: what is acknowledged is on the disk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from obd2_api.errors import ChecksumMismatchError, OffsetConflictError, PayloadTooLargeError
from obd2_api.repository import resumable_uploads as repository
from obd2_api.uploads.incoming import storage_error
from obd2_api.uploads.resumable import Reception
from obd2_api.uploads.tus import PartChecksum
from obd2_common.backups.part_file import PartFile
from obd2_common.errors import InvalidInputError
from obd2_common.tables.backups import ResumableUpload

MAX_WAITING_BYTES = 4 << 20
"""How much may wait in memory for the disk."""
SYNC_BYTES = 8 << 20
"""After so much a part is made durable on the way, so that not even a power cut costs more."""
IDLE_SECONDS = 60.0
"""A connection that brings nothing for so long is given up; the client goes on with another."""

LAST_PAUSE_SECONDS = 0.25
"""A stopped part ends when nothing came for so long,"""
LAST_BYTES_SECONDS = 2.0
"""or after this."""


@dataclass(frozen=True)
class IncomingPart:
    """A part while it arrives."""

    body: AsyncIterator[bytes]
    checksum: PartChecksum | None
    stop: asyncio.Event
    """Set when another request wants to go on with the upload."""


async def append(
    reception: Reception,
    upload: ResumableUpload,
    incoming: IncomingPart,
) -> int:
    """Take in a part and return the new offset; with the last part the upload becomes a backup.

    A part that is cut off is kept as far as it came, unless it has a checksum, which then cannot be checked.

    Args:
        reception: what receiving needs.
        upload: its row, which says where the part begins.
        incoming: the part.

    Raises:
        ChecksumMismatchError: the part is not what its checksum says; nothing of it was kept.
        OffsetConflictError: bytes that were acknowledged are gone; the client has to ask for the offset again.
        PayloadTooLargeError: the part goes beyond the declared size; nothing of it was kept.
        InvalidInputError: the connection was cut, or the complete file is not what its digest says.
        StorageFullError: the disk is full.
        VaultUnavailableError: the vault's disk is not mounted.
        PartBusyError: another process is receiving this upload.
    """
    part = await run_in_threadpool(_open_part, reception, upload)
    try:
        return await _receive(reception, upload, part, incoming)
    except OSError as error:
        raise storage_error(error) from error
    finally:
        await run_in_threadpool(part.close)


def _open_part(reception: Reception, upload: ResumableUpload) -> PartFile:
    reception.check_vault()
    part = PartFile(reception.settings.spool_dir, upload.upload_id)
    size_bytes = part.size_bytes
    if size_bytes < upload.offset_bytes:
        part.close()
        _record_offset(reception, upload, size_bytes)
        raise OffsetConflictError(f"the server has only {size_bytes} bytes of the upload left")
    part.cut(upload.offset_bytes)
    return part


async def _receive(
    reception: Reception,
    upload: ResumableUpload,
    part: PartFile,
    incoming: IncomingPart,
) -> int:
    start = offset = synced = upload.offset_bytes
    pump = _Pump(incoming)
    try:
        while data := await pump.next_piece():
            if refusal := _too_much(upload, offset + len(data)):
                raise refusal
            await run_in_threadpool(_write, part, data, incoming.checksum)
            offset += len(data)
            if incoming.checksum is None and offset - synced >= SYNC_BYTES:
                await run_in_threadpool(_sync, reception, upload, part, offset)
                synced = offset
        if refusal := _mismatch(incoming, is_whole=pump.is_whole):
            raise refusal
    except (PayloadTooLargeError, ChecksumMismatchError):
        await run_in_threadpool(part.cut, start)
        await run_in_threadpool(_sync, reception, upload, part, start)
        raise
    finally:
        await pump.close()
    await run_in_threadpool(_sync, reception, upload, part, offset)
    if not pump.is_whole:
        raise InvalidInputError("the connection was cut; what had come is kept")
    return offset


def _too_much(upload: ResumableUpload, offset_bytes: int) -> Exception | None:
    if offset_bytes <= upload.size_bytes:
        return None
    return PayloadTooLargeError(f"the upload was declared to have {upload.size_bytes} bytes")


def _mismatch(incoming: IncomingPart, *, is_whole: bool) -> Exception | None:
    if incoming.checksum is None or (is_whole and incoming.checksum.is_right):
        return None
    return ChecksumMismatchError("the part is not what its checksum says; nothing of it was kept")


class _Pump:
    """Reads a body as fast as it comes, while what came before is written.

    What is still in the server's own buffers when the connection breaks is lost, so they are kept empty.
    """

    def __init__(self, incoming: IncomingPart) -> None:
        self.is_whole = False
        self._gathered = bytearray()
        self._deadline: float | None = None
        self._has_news = asyncio.Event()
        self._has_room = asyncio.Event()
        self._reading = asyncio.create_task(self._read(incoming.body))
        self._stopping = asyncio.create_task(incoming.stop.wait())

    async def next_piece(self) -> bytes:
        """Return what has come since the last call; nothing once the body has ended, stopped, or dried up."""
        if not self._gathered and not self._reading.done():
            await self._wait_for_news()
        piece = bytes(self._gathered)
        self._gathered.clear()
        self._has_room.set()
        return piece

    async def _wait_for_news(self) -> None:
        """Wait for more, but not for long once somebody newer waits: what is still on its way is read, no more."""
        self._has_news.clear()
        news = asyncio.create_task(self._has_news.wait())
        waited_for = {news, self._reading}
        if not self._stopping.done():
            waited_for |= {self._stopping}
            await asyncio.wait(waited_for, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            waited_for -= {self._stopping}
        if self._stopping.done() and not news.done():
            self._deadline = self._deadline or asyncio.get_running_loop().time() + LAST_BYTES_SECONDS
            is_late = asyncio.get_running_loop().time() > self._deadline
            timeout = 0 if is_late else LAST_PAUSE_SECONDS
            await asyncio.wait(waited_for, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        news.cancel()

    async def close(self) -> None:
        """Stop reading."""
        for task in (self._reading, self._stopping):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _read(self, body: AsyncIterator[bytes]) -> None:
        try:
            async for chunk in body:
                self._gathered += chunk
                self._has_news.set()
                while len(self._gathered) >= MAX_WAITING_BYTES:
                    self._has_room.clear()
                    await self._has_room.wait()
        except ClientDisconnect:
            return
        self.is_whole = True


def _write(part: PartFile, data: bytes, checksum: PartChecksum | None) -> None:
    part.write(data)
    if checksum is not None:
        checksum.update(data)


def _sync(reception: Reception, upload: ResumableUpload, part: PartFile, offset_bytes: int) -> None:
    part.sync()
    _record_offset(reception, upload, offset_bytes)


def _record_offset(reception: Reception, upload: ResumableUpload, offset_bytes: int) -> None:
    expires_at = reception.expires_at()
    reception.database.run(
        lambda session: repository.record_offset(
            session,
            upload.upload_id,
            offset_bytes=offset_bytes,
            expires_at=expires_at,
        ),
    )

"""Knows which resumable uploads this process is receiving, and lets a newer request take over."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

RECORDING = threading.Lock()
"""Taken while a finished upload is recorded: a device without a row has none that another could wait for."""


@dataclass
class _Holder:
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)


class ActiveUploads:
    """One request at a time works on an upload, the newest.

    A car that drives out of Wi-Fi leaves a connection behind that looks alive for minutes. When the client is back on
    another one, the old request is told to stop and keeps what it has.
    """

    def __init__(self) -> None:
        self._holders: dict[str, _Holder] = {}

    @asynccontextmanager
    async def hold(self, upload_id: str) -> AsyncIterator[asyncio.Event]:
        """Work on an upload once nobody else does; the event is set when somebody newer waits."""
        while (holder := self._holders.get(upload_id)) is not None:
            holder.stop.set()
            await holder.done.wait()
        mine = self._holders[upload_id] = _Holder()
        try:
            yield mine.stop
        finally:
            del self._holders[upload_id]
            mine.done.set()

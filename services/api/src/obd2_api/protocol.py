"""Uvicorn's HTTP protocol, except that what came before a connection broke still reaches the request."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LOOK_SECONDS = 0.005
LONGEST_WAIT_SECONDS = 1.0


class PatientProtocol(HttpToolsProtocol):
    """Tells a request of a broken connection only after it has read what lies in the buffer.

    Uvicorn (0.54) tells it at once and drops up to 64 KiB with every connection that breaks, which an upload over a bad
    line pays for again and again. Remove this when `receive` hands out the rest by itself.
    """

    def connection_lost(self, exc: Exception | None) -> None:
        """End the connection; a request that has not read everything learns of it a moment later."""
        cycle: Any = self.cycle
        super().connection_lost(exc)
        if cycle is not None and cycle.disconnected and cycle.body:
            cycle.disconnected = False
            self.flow.read_paused = False
            loop = asyncio.get_running_loop()
            _tell_once_read(loop, cycle, loop.time() + LONGEST_WAIT_SECONDS)


def _tell_once_read(loop: asyncio.AbstractEventLoop, cycle: Any, deadline: float) -> None:  # noqa: ANN401 - uvicorn's own
    if cycle.body and loop.time() < deadline:
        loop.call_later(LOOK_SECONDS, _tell_once_read, loop, cycle, deadline)
        return
    cycle.disconnected = True
    cycle.message_event.set()

"""Ends the body of a request that stalls or trickles, as if its connection had broken."""

import asyncio
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

SLOWEST_BYTES_PER_SECOND = 256
_TOO_SLOW = "obd2_too_slow"


class SlowBodies:
    """ASGI middleware: whoever reads a body that comes too slowly is told that the client is gone.

    So everybody deals with it as with a broken line: a resumable upload keeps what has come, anything else nothing.

    Args:
        app: what serves the request.
        timeout_seconds: how long a body may pause, and after how long its speed counts.
    """

    def __init__(self, app: ASGIApp, *, timeout_seconds: float) -> None:
        self._app = app
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        began = time.monotonic()
        received_bytes = 0
        is_complete = False

        def is_too_slow() -> bool:
            seconds = time.monotonic() - began
            return seconds > self._timeout_seconds + received_bytes / SLOWEST_BYTES_PER_SECOND

        async def receive_in_time() -> Message:
            nonlocal received_bytes, is_complete
            if is_complete:
                return await receive()
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    message = await receive()
            except TimeoutError:
                return give_up()
            received_bytes += len(message.get("body", b""))
            is_complete = message["type"] == "http.disconnect" or not message.get("more_body", False)
            return give_up() if not is_complete and is_too_slow() else message

        def give_up() -> Message:
            nonlocal is_complete
            is_complete = state[_TOO_SLOW] = True
            log.warning("body_too_slow", method=scope["method"], received_bytes=received_bytes)
            return {"type": "http.disconnect"}

        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start" and _TOO_SLOW in state:
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive_in_time, send_last)


def is_too_slow(scope: Scope) -> bool:
    """Tell whether the body of a request was given up for being too slow."""
    return _TOO_SLOW in scope.get("state", {})

"""Reads what is left of a request body before the answer goes out.

A client that is still sending when the answer comes and the connection closes sees a broken pipe, not the answer, and
the Pi takes that for a network fault worth three more tries.
"""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obd2_api.auth.middleware import has_right_key

UNKNOWN_CLIENT_BYTES = 64 * 1024 * 1024
"""How much is read and thrown away for a client without the right key."""
UNKNOWN_CLIENT_SECONDS = 20.0
"""How long that may take: the Pi hangs up after 30."""
STALL_SECONDS = 2.0
"""A body that pauses this long is not waited for: its client may be listening already."""


class Draining:
    """ASGI middleware that reads and discards the unread rest of a body before an answer starts.

    Args:
        app: what serves the request.
        known_client_bytes: how much is read for a client that has the right key.
        timeout_seconds: how long the reading may take.
    """

    def __init__(self, app: ASGIApp, *, known_client_bytes: int, timeout_seconds: float) -> None:
        self._app = app
        self._known_client_bytes = known_client_bytes
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and see to it that its body is gone before the answer starts."""
        if scope["type"] != "http" or not has_body(scope):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})  # Shared with every copy of the scope, so that the verdict is seen here.
        is_read = False
        has_begun = False

        async def receive_watched() -> Message:
            nonlocal is_read, has_begun
            has_begun = True
            message = await receive()
            is_read = message["type"] == "http.disconnect" or not message.get("more_body", False)
            return message

        async def send_drained(message: Message) -> None:
            # A client that waits for "100 Continue" has sent nothing yet and will not once it has its answer.
            is_waiting = not has_begun and Headers(scope=scope).get("expect", "").lower() == "100-continue"
            if message["type"] == "http.response.start" and not is_read:
                is_emptied = not is_waiting and await self._drain(receive_watched, scope)
                if not is_emptied:
                    message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive_watched, send_drained)

    async def _drain(self, receive: Receive, scope: Scope) -> bool:
        """Read to the end; False when the body is longer or slower than is worth waiting for."""
        is_known = has_right_key(scope)
        left = self._known_client_bytes if is_known else UNKNOWN_CLIENT_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout_seconds if is_known else UNKNOWN_CLIENT_SECONDS):
                while left > 0:
                    async with asyncio.timeout(STALL_SECONDS):
                        message = await receive()
                    left -= len(message.get("body", b""))
                    if message["type"] == "http.disconnect" or not message.get("more_body", False):
                        return True
        return False


def has_body(scope: Scope) -> bool:
    """Tell whether a request announces a body."""
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"

"""Answers 503 when the work behind a request hangs, before the client hangs up."""

import asyncio

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obd2_api.middleware.draining import has_body
from obd2_api.problems import problem

log = structlog.get_logger(__name__)

TOO_LATE = "The database did not answer in time; send the same again."


class AnswerDeadline:
    """ASGI middleware that waits a bounded time for an answer to begin, counted from the end of the request's body.

    What is late goes on in the background and is thrown away; the threads and connections it keeps are bounded by
    their pools.

    Args:
        app: what serves the request.
        paths: which paths have the deadline.
        timeout_seconds: how long they may take.
    """

    def __init__(self, app: ASGIApp, *, paths: frozenset[str], timeout_seconds: float) -> None:
        self._app = app
        self._paths = paths
        self._timeout_seconds = timeout_seconds
        self._late: set[asyncio.Future[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        answer = _Answer(receive, send, self._timeout_seconds)
        if not has_body(scope):
            answer.start_timer()
        working = asyncio.ensure_future(self._app(scope, answer.receive, answer.send))
        try:
            await asyncio.wait({working, answer.expired}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            working.cancel()
            raise
        if working.done() or answer.has_begun:
            answer.stop_timer()
            await working
            return
        answer.is_too_late = True
        log.error("answer_too_late", method=scope["method"], timeout_seconds=self._timeout_seconds)
        self._late.add(working)
        working.add_done_callback(self._forget)
        await problem(503, TOO_LATE)(scope, receive, send)

    def _forget(self, working: asyncio.Future[None]) -> None:
        self._late.discard(working)
        if not working.cancelled() and (error := working.exception()) is not None:
            log.warning("late_request_failed", error=type(error).__name__)


class _Answer:
    """One request's way in and out, watched; its timer starts when the body is complete."""

    def __init__(self, receive: Receive, send: Send, timeout_seconds: float) -> None:
        self.expired: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.has_begun = self.is_too_late = False
        self._receive = receive
        self._send = send
        self._timeout_seconds = timeout_seconds
        self._timer: asyncio.TimerHandle | None = None

    def start_timer(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._timeout_seconds, self.expired.set_result, None)

    def stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    async def receive(self) -> Message:
        message = await self._receive()
        if not message.get("more_body", False):
            self.start_timer()
        return message

    async def send(self, message: Message) -> None:
        if not self.is_too_late:
            self.has_begun = True
            await self._send(message)

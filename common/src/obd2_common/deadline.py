"""Waits a bounded time for a call that may hang."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Deadline(Generic[Result]):
    """A call whose callers give up after a while; it never runs twice at once, however many ask.

    Args:
        call: what may hang. It runs in a thread of its own and is not interrupted.
        timeout_seconds: how long a caller waits.
    """

    def __init__(self, call: Callable[[], Result], timeout_seconds: float) -> None:
        self._call = call
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._running: Future[Result] | None = None

    def __call__(self) -> Result:
        """Return what the call returns, or raise what it raises.

        Raises:
            TimeoutError: it took too long; the next caller waits for the same run while it lasts.
        """
        return self.start().result(self._timeout_seconds)

    def start(self) -> Future[Result]:
        """Begin a run unless one is under way, and return what will hold its result."""
        with self._lock:
            if self._running is None or self._running.done():
                self._running = Future()
                # A daemon, so that a hung call cannot keep a stopping process alive.
                threading.Thread(target=self._run, args=(self._running,), name="deadline", daemon=True).start()
            return self._running

    def _run(self, future: Future[Result]) -> None:
        try:
            future.set_result(self._call())
        except BaseException as error:  # noqa: BLE001 - it belongs to the callers, who get it from the future
            future.set_exception(error)

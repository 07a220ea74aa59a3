"""Waits a bounded time for a call that may hang."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from obd2_common.background import Background

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
        self._background = Background[Result]("deadline")

    def __call__(self) -> Result:
        """Return what the call returns, or raise what it raises.

        Raises:
            TimeoutError: it took too long; the next caller waits for the same run while it lasts.
        """
        return self.start().result(self._timeout_seconds)

    def start(self) -> Future[Result]:
        """Begin a run unless one is under way, and return what will hold its result."""
        return self._background.start(self._call)

"""Runs calls that may take long or hang in a thread that keeps no process alive."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Background(Generic[Result]):
    """Runs one call at a time in a thread of its own, which is not interrupted.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._running: Future[Result] | None = None

    @property
    def is_busy(self) -> bool:
        """Tell whether a call is under way."""
        return self._running is not None and not self._running.done()

    def start(self, call: Callable[[], Result]) -> Future[Result]:
        """Begin a call unless one is under way, and return what will hold the result of the one that is."""
        with self._lock:
            if self._running is None or self._running.done():
                self._running = Future()
                # A daemon, so that a hung call cannot keep a stopping process alive.
                threading.Thread(target=_run, args=(call, self._running), name=self._name, daemon=True).start()
            return self._running


def _run(call: Callable[[], Result], future: Future[Result]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - it belongs to the callers, who get it from the future
        future.set_exception(error)

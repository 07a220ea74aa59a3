"""Having the model loaded, in the background, so that whoever cannot wait any longer does not abort it."""

import threading
from collections.abc import Mapping
from typing import Any

import structlog

from obd2_analyzer.ollama.chat import OllamaChat
from obd2_analyzer.ollama.errors import LoadTimeoutError, OllamaError

log = structlog.get_logger(__name__)


class ModelLoader:
    """Loads one model, once at a time.

    The server aborts a load whose client hangs up. With a time-out shorter than the load it would never succeed, hence
    the load goes on in a thread of its own while callers wait as long as they can.

    Args:
        chat: connection of its own, since a load must not stand in the way of a call.
        timeout_seconds: for one load in all.
    """

    def __init__(self, chat: OllamaChat, *, timeout_seconds: float) -> None:
        self._chat, self._timeout_seconds = chat, timeout_seconds
        self._guard = threading.Lock()
        self._load: _Load | None = None

    def wait_until_loaded(self, body: Mapping[str, Any], timeout_seconds: float) -> None:
        """Have the model loaded and wait for it; quick when it is loaded already.

        Args:
            body: of a chat without messages.
            timeout_seconds: how long to wait; the load goes on afterwards.

        Raises:
            OllamaError: it cannot be loaded, or is not yet.
        """
        with self._guard:
            if self._load is None or self._load.is_over.is_set():
                self._load = _Load()
                target, arguments = self._run, (self._load, dict(body))
                threading.Thread(target=target, args=arguments, name="model-load", daemon=True).start()
            load = self._load
        if not load.is_over.wait(timeout_seconds):
            raise LoadTimeoutError("the model is still being loaded")
        if load.error is not None:
            raise load.error

    def close(self) -> None:
        """Break off a load that is under way."""
        self._chat.close()

    def _run(self, load: "_Load", body: Mapping[str, Any]) -> None:
        try:
            self._chat.load(body, self._timeout_seconds)
        except OllamaError as error:
            load.error = error
            log.warning("model_not_loaded", model=body.get("model"), error=str(error))
        finally:
            load.is_over.set()


class _Load:
    """One load under way or over."""

    def __init__(self) -> None:
        self.is_over = threading.Event()
        self.error: OllamaError | None = None

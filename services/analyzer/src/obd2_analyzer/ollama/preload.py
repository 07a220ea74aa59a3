"""Having the model loaded, in the background, so that whoever cannot wait any longer does not abort it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog

from obd2_analyzer.ollama.chat import OllamaChat
from obd2_analyzer.ollama.errors import LoadTimeoutError, OllamaError
from obd2_common.background import Background

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
        self._background = Background[None]("model-load")

    def wait_until_loaded(self, body: Mapping[str, Any], timeout_seconds: float) -> None:
        """Have the model loaded and wait for it; quick when it is loaded already.

        Args:
            body: of a chat without messages.
            timeout_seconds: how long to wait; the load goes on afterwards.

        Raises:
            OllamaError: it cannot be loaded, or is not yet.
        """
        load = self._background.start(partial(self._load, dict(body)))
        try:
            load.result(timeout_seconds)
        except TimeoutError as error:
            raise LoadTimeoutError("the model is still being loaded") from error

    def close(self) -> None:
        """Break off a load that is under way."""
        self._chat.close()

    def _load(self, body: Mapping[str, Any]) -> None:
        try:
            self._chat.load(body, self._timeout_seconds)
        except OllamaError as error:
            log.warning("model_not_loaded", model=body.get("model"), error=str(error))
            raise

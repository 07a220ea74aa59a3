"""Pulling a missing model in the background, once at a time, visible in log and metrics."""

import time
from collections.abc import Callable
from concurrent.futures import Future, wait

import structlog

from obd2_analyzer.ollama.errors import OllamaError
from obd2_analyzer.ollama.metrics import AdviceMetrics
from obd2_analyzer.ollama.models import OllamaModels, PullProgress
from obd2_common.background import Background

log = structlog.get_logger(__name__)

LOG_EVERY_SECONDS = 10.0
RETRY_AFTER_SECONDS = 300.0


class BackgroundPull:
    """Pulls one model when asked to, unless it is being pulled or has just failed.

    Args:
        models: of the server.
        model: to pull.
        metrics: show the progress.
        monotonic: clock for the pauses between log lines and tries.
    """

    def __init__(
        self,
        models: OllamaModels,
        model: str,
        metrics: AdviceMetrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._models, self._model, self._metrics, self._monotonic = models, model, metrics, monotonic
        self._background = Background[None]("model-pull")
        self._running: Future[None] | None = None
        self._failed_at: float | None = None
        self._said = ""
        self._logged_at = float("-inf")

    def start(self) -> str:
        """Begin to pull if nothing speaks against it, and return what there is to say about it."""
        has_just_failed = self._failed_at is not None and self._monotonic() - self._failed_at < RETRY_AFTER_SECONDS
        if not self._background.is_busy and not has_just_failed:
            self._said = "it is being pulled"
            self._running = self._background.start(self._pull)
        return self._said

    def wait(self, timeout_seconds: float) -> bool:
        """Wait for the pull that is running; False when it takes longer."""
        return self._running is None or bool(wait([self._running], timeout_seconds).done)

    def _pull(self) -> None:
        log.info("model_pull_started", model=self._model)
        try:
            self._models.pull(self._model, self._show)
        except OllamaError as error:
            self._said = f"pulling it failed: {error}"
            self._failed_at = self._monotonic()
            log.warning("model_pull_failed", model=self._model, error=str(error))
        else:
            self._said, self._failed_at = "it has been pulled", None
            log.info("model_pull_finished", model=self._model)
        finally:
            self._metrics.show_pull(None)

    def _show(self, progress: PullProgress) -> None:
        self._metrics.show_pull(progress)
        share = f"{progress.completed_bytes / progress.total_bytes:.0%}" if progress.total_bytes else progress.status
        self._said = f"it is being pulled ({share})"
        now = self._monotonic()
        if now - self._logged_at >= LOG_EVERY_SECONDS:
            self._logged_at = now
            log.info(
                "model_pull_progress",
                model=self._model,
                status=progress.status,
                completed_bytes=progress.completed_bytes,
                total_bytes=progress.total_bytes,
            )

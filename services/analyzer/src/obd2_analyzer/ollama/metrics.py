"""Counters of the language model's side."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from obd2_analyzer.ollama.chat import Usage
from obd2_analyzer.ollama.models import PullProgress

ANSWERED = "answered"
_BUCKETS = (0.5, 1, 2, 5, 10, 20, 40, 60, 90, 120, 180, 300, 600)


class AdviceMetrics:
    """What is counted of calls, items and pulls."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "obd2_advice_calls_total",
            "Calls of the language model by outcome: answered, or the kind of failure.",
            ["outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "obd2_advice_call_duration_seconds",
            "Time one call took in all, waiting and loading included.",
            buckets=_BUCKETS,
            registry=registry,
        )
        self._tokens = Counter(
            "obd2_advice_tokens_total",
            "Tokens the server counted: of prompts it read, of replies the model wrote.",
            ["part"],
            registry=registry,
        )
        self._items = Counter(
            "obd2_advice_items_total",
            "Items of the model's replies: accepted, or the reason why one was refused.",
            ["verdict"],
            registry=registry,
        )
        self._pulled = Gauge(
            "obd2_ollama_pull_completed_bytes", "Bytes of the layer being pulled that are here.", registry=registry
        )
        self._pull_size = Gauge(
            "obd2_ollama_pull_size_bytes", "Size in bytes of the layer being pulled, 0 when none is.", registry=registry
        )

    def count_call(self, outcome: str, *, waited_seconds: float, usage: Usage, verdicts: Iterable[str]) -> None:
        """Count one call, how long it took and what became of each item of its reply."""
        self._calls.labels(outcome).inc()
        self._seconds.observe(waited_seconds)
        self._tokens.labels("prompt").inc(usage.prompt_tokens or 0)
        self._tokens.labels("reply").inc(usage.reply_tokens or 0)
        for verdict in verdicts:
            self._items.labels(verdict).inc()

    def show_pull(self, progress: PullProgress | None) -> None:
        """Show how far a pull is; None when it is over."""
        self._pulled.set(progress.completed_bytes if progress else 0)
        self._pull_size.set(progress.total_bytes if progress else 0)

"""What the analyzer tells: the job table's state, and whether the language model can be reached."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import httpx
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import func
from sqlmodel import Session, col, select

from obd2_common.clock import Clock, utc_now
from obd2_common.deadline import Deadline
from obd2_common.jobs.queue import DEAD, DONE, QUEUED, RUNNING
from obd2_common.model_names import full_model_name
from obd2_common.tables.jobs import Job

OLLAMA_TIMEOUT_SECONDS = 3.0
_STATES = (QUEUED, RUNNING, DONE, DEAD)


class JobMetrics:
    """Reads the job table.

    Args:
        clock: tells how long a job has waited.
    """

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock

    def __call__(self, session: Session) -> Sequence[Metric]:
        """Return the metrics that live in the database."""
        now = self._clock()
        counts = GaugeMetricFamily("obd2_jobs", "Jobs by state.", labels=["state"])
        ages = GaugeMetricFamily(
            "obd2_jobs_oldest_age_seconds",
            "How long the job that waits or runs longest has done so; 0 when there is none.",
            labels=["state"],
        )
        counted = dict(session.exec(select(Job.state, func.count()).group_by(Job.state)).all())
        for state in _STATES:
            counts.add_metric([state], counted.get(state, 0))
        overdue = select(func.min(Job.due_at)).where(Job.state == QUEUED, col(Job.due_at) <= now)
        started = select(func.min(Job.updated_at)).where(Job.state == RUNNING)
        ages.add_metric([QUEUED], _age_seconds(session.exec(overdue).one(), now))
        ages.add_metric([RUNNING], _age_seconds(session.exec(started).one(), now))
        return [counts, ages]


class OllamaState(Collector):
    """Tells whether Ollama answers and has the model, in a bounded time.

    Args:
        base_url: where Ollama is.
        model: the model's name; without a tag it means the tag latest.
    """

    def __init__(self, base_url: str, model: str) -> None:
        self._url = f"{base_url.rstrip('/')}/api/tags"
        self._model = full_model_name(model)
        self._ask = Deadline(self._ask_models, OLLAMA_TIMEOUT_SECONDS + 1)

    def describe(self) -> Iterable[Metric]:
        """Name nothing in advance, so that registering asks nobody."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Ask Ollama which models it has."""
        up = GaugeMetricFamily("obd2_ollama_up", "1 when Ollama answers.")
        present = GaugeMetricFamily("obd2_ollama_model_present", "1 when Ollama has the model.", labels=["model"])
        try:
            models = self._ask()
        except (httpx.HTTPError, ValueError, TypeError, KeyError, TimeoutError):
            up.add_metric([], 0)
            present.add_metric([self._model], 0)
        else:
            up.add_metric([], 1)
            present.add_metric([self._model], self._model in models)
        return [up, present]

    def _ask_models(self) -> set[str]:
        # Without proxies and certificates of the environment: Ollama is a neighbour.
        answer = httpx.get(self._url, timeout=OLLAMA_TIMEOUT_SECONDS, trust_env=False)
        answer.raise_for_status()
        return {model["name"] for model in answer.json()["models"]}


def _age_seconds(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())

"""What the analyzer tells Prometheus: waiting work, and whether the language model is there."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from sqlmodel import Session

from obd2_analyzer.metrics import JobMetrics, OllamaState
from obd2_common.db.database import Database
from obd2_common.jobs.queue import ANALYSIS, JobRequest, enqueue
from obd2_common.metrics import DatabaseMetrics
from support.fake_tags import fake_tags

NOW = datetime(2026, 7, 11, 18, 2, 44, tzinfo=UTC)
TAGS = b'{"models": [{"name": "llama3.1:8b"}, {"name": "tiny:latest"}]}'


def ollama(base_url: str, model: str) -> tuple[float | None, float | None]:
    """Return what is told of reaching Ollama and of its having a model."""
    registry = CollectorRegistry()
    registry.register(OllamaState(base_url, model))
    name = model if ":" in model else f"{model}:latest"
    return (
        registry.get_sample_value("obd2_ollama_up"),
        registry.get_sample_value("obd2_ollama_model_present", {"model": name}),
    )


def test_the_age_of_the_queue_is_that_of_the_job_due_longest(database: Database) -> None:
    registry = CollectorRegistry()
    registry.register(DatabaseMetrics(database, {"analyzer": JobMetrics(lambda: NOW)}, timeout_seconds=30))

    def enqueue_all(session: Session) -> None:
        for seconds in (-90, -30, 600):
            due_at = NOW + timedelta(seconds=seconds)
            enqueue(session, JobRequest(kind=ANALYSIS, reason="request", due_at=due_at), now=NOW)

    database.run(enqueue_all)

    assert registry.get_sample_value("obd2_jobs", {"state": "queued"}) == 3
    assert registry.get_sample_value("obd2_jobs", {"state": "dead"}) == 0
    assert registry.get_sample_value("obd2_jobs_oldest_age_seconds", {"state": "queued"}) == 90
    assert registry.get_sample_value("obd2_jobs_oldest_age_seconds", {"state": "running"}) == 0


@pytest.mark.parametrize(("model", "is_present"), [("llama3.1:8b", 1), ("tiny", 1), ("llama3.1:70b", 0)])
def test_ollama_is_up_and_has_the_model_or_not(model: str, is_present: int) -> None:
    with fake_tags(TAGS) as base_url:
        assert ollama(base_url, model) == (1, is_present)


@pytest.mark.parametrize("body", [b"<html>", b'{"models": [{}]}', b"[]"])
def test_what_answers_in_ollamas_place_but_is_not_ollama_is_down(body: bytes) -> None:
    with fake_tags(body) as base_url:
        assert ollama(base_url, "tiny") == (0, 0)


def test_nobody_listening_is_down() -> None:
    assert ollama("http://127.0.0.1:9", "tiny") == (0, 0)

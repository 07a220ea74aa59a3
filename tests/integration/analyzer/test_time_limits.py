"""How long an analysis may take: while a client waits, in the background, and when it is tried again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.context import TimeLimits
from obd2_analyzer.ollama.metrics import AdviceMetrics
from obd2_analyzer.ollama.settings import OllamaSettings
from obd2_analyzer.worker import BACKGROUND_ANALYSES, Worker
from obd2_common.db.database import Database
from obd2_common.jobs.analysis import AnalysisRequest, AnalysisResult, Outcome, analysis_id_of, is_model_awaited
from obd2_common.jobs.queue import REASON_ASYNC_REQUEST, REASON_REQUEST
from obd2_common.tables.analyses import Analysis, ModelCall, Recommendation
from obd2_common.tables.jobs import Job
from support.analysis_requests import HOT
from support.analyzer_store import CAR, LEASE, Garage
from support.drive_rows import drive_rows
from support.fake_ollama import FakeOllama

MODEL = "llama3.1:8b"
REQUEST = AnalysisRequest(CAR, 1, "7", 7).to_payload()
REQUIRED = AnalysisRequest(CAR, 1, "7", 7, require_llm=True).to_payload()


@pytest.fixture
def fake() -> Iterator[FakeOllama]:
    with FakeOllama(MODEL).running() as server:
        server.replies.append("[]")
        yield server


@pytest.fixture
def garage(database: Database, fake: FakeOllama) -> Iterator[Garage]:
    """A car with a hot drive whose facts are known, and a model that has 0.2 s when no client waits."""
    made = Garage(database, adviser=adviser_of(fake))
    made.context = replace(made.context, limits=TimeLimits(request_seconds=120, background_seconds=0.2))
    made.know()
    made.receive(drive_rows(600, signals=HOT))
    made.work()
    yield made
    assert made.context.adviser is not None
    made.context.adviser.close()


def adviser_of(fake: FakeOllama) -> OllamaAdviser:
    settings = OllamaSettings(_env_file=None, ollama_base_url=fake.base_url, ollama_model=MODEL)
    return OllamaAdviser(settings, AdviceMetrics(CollectorRegistry()))


def asked(garage: Garage, payload: dict[str, object], reason: str = REASON_ASYNC_REQUEST) -> Job:
    """Ask, let the analyzer work, and return the job."""
    job_id = garage.ask(payload, reason=reason)
    garage.work()
    return garage.job(job_id)


def answers_of(garage: Garage, job: Job) -> list[Analysis]:
    return garage.all(Analysis, job_id=job.job_id)


def test_a_background_analysis_whose_model_is_too_slow_is_answered_by_rule_for_now(
    garage: Garage, fake: FakeOllama
) -> None:
    fake.may_answer.clear()

    job = asked(garage, REQUEST)

    (analysis,) = answers_of(garage, job)
    assert (analysis.analysis_id, analysis.status, analysis.engine) == (analysis_id_of(job.job_id), "ok", "rules")
    assert "until the model answers: the model did not answer within 0.2 s" in (analysis.message or "")
    assert is_model_awaited(job, analysis.analysis_id)
    assert (job.state, job.attempts, job.due_at - garage.clock()) == ("queued", 1, timedelta(minutes=10))


def test_the_models_answer_takes_the_place_of_the_rules(garage: Garage, fake: FakeOllama) -> None:
    fake.may_answer.clear()
    job = asked(garage, REQUEST)
    fake.may_answer.set()
    garage.clock.advance(minutes=10)

    garage.work()

    (analysis,) = answers_of(garage, job)
    (call,) = garage.all(ModelCall, analysis_id=analysis.analysis_id)
    assert (analysis.analysis_id, analysis.engine, call.failure) == (analysis_id_of(job.job_id), "llm", None)
    assert not is_model_awaited(garage.job(job.job_id), analysis.analysis_id)
    assert garage.job(job.job_id).state == "done"
    ranks = [advice.rank for advice in garage.all(Recommendation, analysis_id=analysis.analysis_id)]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))


def test_a_model_that_stays_too_slow_is_asked_three_times_each_time_later(garage: Garage, fake: FakeOllama) -> None:
    fake.may_answer.clear()
    job, before = asked(garage, REQUEST), len(fake.chats())
    pauses = []

    while (job := garage.job(job.job_id)).state != "done":
        pauses.append(job.due_at - garage.clock())
        garage.clock.now = job.due_at
        garage.work()

    (analysis,) = answers_of(garage, job)
    assert pauses == [timedelta(minutes=10), timedelta(minutes=20)]
    assert len(fake.chats()) - before == 2
    assert (analysis.engine, is_model_awaited(job, analysis.analysis_id)) == ("rules", False)
    assert "until" not in (analysis.message or "")


def test_an_automatic_analysis_is_tried_again_too(garage: Garage, fake: FakeOllama) -> None:
    fake.may_answer.clear()
    garage.receive(drive_rows(400, signals=HOT, first_id=90_000, drive_id=8, started_at=1.8e9))
    garage.work()
    (interim,) = garage.all(Analysis, drive_key="8")
    fake.may_answer.set()
    garage.clock.advance(minutes=10)

    garage.work()

    (analysis,) = garage.all(Analysis, drive_key="8")
    assert (interim.engine, analysis.engine) == ("rules", "llm")


def test_a_required_model_that_is_too_slow_leaves_nothing_until_the_last_try(garage: Garage, fake: FakeOllama) -> None:
    fake.may_answer.clear()
    job = asked(garage, REQUIRED)
    assert (job.state, answers_of(garage, job)) == ("queued", [])

    for _ in range(2):
        garage.clock.advance(minutes=20)
        garage.work()

    (analysis,) = answers_of(garage, job)
    result = AnalysisResult.from_json(garage.job(job.job_id).result or {})
    assert (analysis.analysis_id, analysis.status) == (analysis_id_of(job.job_id), "failed")
    assert result.outcome == Outcome.LLM_TIMEOUT


def test_who_waits_is_answered_at_once_and_finally(garage: Garage, fake: FakeOllama) -> None:
    fake.may_answer.clear()
    job_id = garage.ask(REQUEST)
    garage.clock.advance(seconds=118)  # leaves the model the shortest time there is

    garage.work()

    (analysis,) = garage.all(Analysis, job_id=job_id)
    assert (garage.job(job_id).state, analysis.engine) == ("done", "rules")
    assert not is_model_awaited(garage.job(job_id), analysis.analysis_id)


def test_whose_client_has_gone_goes_on_in_the_background(garage: Garage) -> None:
    job_id = garage.ask(REQUEST)
    garage.clock.advance(seconds=121)
    worker = garage.worker()

    worker.work_once()

    job = garage.job(job_id)
    assert (job.state, job.reason, job.attempts) == ("queued", REASON_ASYNC_REQUEST, 0)
    garage.work(worker)
    (analysis,) = garage.all(Analysis, job_id=job_id)
    assert (analysis.analysis_id, analysis.engine, analysis.trigger) == (analysis_id_of(job_id), "llm", REASON_REQUEST)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [(REQUEST, REASON_ASYNC_REQUEST), (REQUIRED, REASON_ASYNC_REQUEST), (REQUIRED, REASON_REQUEST)],
)
def test_a_stop_puts_a_request_back_in_the_queue(
    garage: Garage, fake: FakeOllama, payload: dict[str, object], reason: str
) -> None:
    assert garage.context.adviser is not None
    garage.context.adviser.close()
    job_id = garage.ask(payload, reason=reason)
    garage.worker().work_once()
    stopped = garage.job(job_id)
    garage.context = replace(garage.context, adviser=adviser_of(fake))

    garage.work()

    (analysis,) = garage.all(Analysis, job_id=job_id)
    assert (stopped.state, stopped.attempts, stopped.result) == ("queued", 0, {})
    assert (garage.job(job_id).state, analysis.engine) == ("done", "llm")


def test_a_stop_answers_by_rule_who_waits_and_takes_the_rules(garage: Garage) -> None:
    assert garage.context.adviser is not None
    garage.context.adviser.close()

    job = asked(garage, REQUEST, REASON_REQUEST)

    (analysis,) = answers_of(garage, job)
    assert (job.state, analysis.engine) == ("done", "rules")


def test_an_analysis_asked_for_comes_before_those_nobody_asked_for(garage: Garage) -> None:
    automatic = garage.ask(REQUEST, reason="drive_computed")
    garage.clock.advance(seconds=1)
    requested = garage.ask(REQUEST, reason=REASON_ASYNC_REQUEST)

    Worker(garage.context, name="w", lease=LEASE, max_attempts=5, selections=BACKGROUND_ANALYSES).work_once()

    assert (garage.job(requested).state, garage.job(automatic).state) == ("done", "queued")

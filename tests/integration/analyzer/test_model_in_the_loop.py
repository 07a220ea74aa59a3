"""Jobs and the language model: who is asked when, what waits, what is stored."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.ollama.metrics import AdviceMetrics
from obd2_analyzer.ollama.settings import OllamaSettings
from obd2_analyzer.rules import RULES
from obd2_common.db.database import Database
from obd2_common.jobs.analysis import AnalysisRequest, AnalysisResult, Outcome
from obd2_common.tables.analyses import Analysis, ModelCall, Recommendation
from obd2_common.tables.jobs import Job
from support.analyzer_store import CAR, Garage
from support.drive_rows import NOON, at, between, drive_rows
from support.fake_ollama import FakeOllama, Mishap

MODEL = "llama3.1:8b"
HOT = {"COOLANT_TEMP": between(400, 500, 105.0, 90.0)}
REQUEST = AnalysisRequest(CAR, 1, "7", 7)
REQUIRED = AnalysisRequest(CAR, 1, "7", 7, require_llm=True)


@pytest.fixture
def fake() -> Iterator[FakeOllama]:
    with FakeOllama(MODEL).running() as server:
        server.replies.append(reply("coolant.fan"))
        yield server


@pytest.fixture
def garage(database: Database, fake: FakeOllama) -> Iterator[Garage]:
    made = garage_with(database, fake.base_url)
    yield made
    assert made.context.adviser is not None
    made.context.adviser.close()


def garage_with(database: Database, base_url: str, **more: Any) -> Garage:  # noqa: ANN401
    settings = OllamaSettings(_env_file=None, ollama_base_url=base_url, ollama_model=MODEL, **more)
    made = Garage(database, adviser=OllamaAdviser(settings, AdviceMetrics(CollectorRegistry())))
    made.know()
    return made


def reply(*checks: str, evidence: str = "E1") -> str:
    """Return a reply that chooses checks for the coolant finding, the only evidence of these drives."""
    return json.dumps([{"evidence": evidence, "category": "Cooling", "checks": list(checks)}])


def answer_of(garage: Garage, request: AnalysisRequest) -> tuple[AnalysisResult, Analysis]:
    job_id = garage.ask(request.to_payload())
    garage.work()
    job = garage.job(job_id)
    assert (job.state, job.result is not None) == ("done", True), job.last_error
    result = AnalysisResult.from_json(job.result or {})
    (analysis,) = garage.all(Analysis, analysis_id=result.analysis_id)
    return result, analysis


def automatic_job(garage: Garage) -> Job:
    (job,) = garage.all(Job, kind="analysis", reason="drive_computed")
    assert isinstance(job, Job)
    return job


def test_a_computed_drive_is_commented_and_the_call_is_kept(garage: Garage, fake: FakeOllama) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    garage.work()

    (analysis,) = garage.all(Analysis)
    (advice,) = garage.all(Recommendation)
    (call,) = garage.all(ModelCall)
    assert (analysis.engine, analysis.model, analysis.trigger) == ("llm", MODEL, "drive_computed")
    assert (advice.recommendation or "").endswith(RULES["coolant"].checks[2].text)
    assert advice.evidence is not None
    assert advice.evidence[0]["parameters"] == ["COOLANT_TEMP"]
    assert (call.analysis_id, call.model, call.failure) == (analysis.analysis_id, MODEL, None)
    assert (call.model_digest, call.raw_reply) == (fake.models[0].digest, fake.replies[0])
    assert call.user_message == fake.chats()[0]["messages"][1]["content"]
    assert call.verdicts is not None
    assert [verdict["is_accepted"] for verdict in call.verdicts] == [True]


def test_the_same_facts_are_commented_once(garage: Garage, fake: FakeOllama) -> None:
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    job = automatic_job(garage)

    garage.ask(job.payload or {}, reason="drive_computed")
    garage.work()

    assert (len(fake.chats()), len(garage.all(Analysis))) == (1, 1)


def test_other_facts_are_commented_again(garage: Garage, fake: FakeOllama) -> None:
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()

    garage.receive(drive_rows(20, signals=HOT, started_at=NOON + 620, first_id=90_000))
    garage.work()

    assert (len(fake.chats()), len(garage.all(Analysis))) == (2, 2)


def test_while_the_model_is_away_the_rules_answer_and_the_job_waits_without_attempts(database: Database) -> None:
    with FakeOllama(MODEL).running() as gone:
        garage = garage_with(database, gone.base_url)
    garage.receive(drive_rows(600, signals=HOT))

    garage.work()
    for _ in range(24):
        garage.clock.advance(hours=1)
        garage.work()

    job = automatic_job(garage)
    (analysis,) = garage.all(Analysis)
    assert (analysis.engine, analysis.status) == ("rules", "ok")
    assert (job.state, job.attempts) == ("queued", 0)
    assert (job.last_error or "").startswith("Ollama does not answer")
    assert len(garage.all(Recommendation)) == 1
    assert garage.all(ModelCall) == []


def test_when_the_model_is_back_the_waiting_drives_are_commented(database: Database) -> None:
    with FakeOllama(MODEL).running() as gone:
        port = int(gone.base_url.rpartition(":")[2])
    garage = garage_with(database, gone.base_url)
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    garage.clock.advance(days=1)

    with FakeOllama(MODEL).running(port) as back:
        back.replies.append(reply("COOLANT_TEMP reached 105.0 °C; check the fan."))
        garage.work()

    assert [analysis.engine for analysis in garage.all(Analysis)] == ["llm"]
    assert automatic_job(garage).state == "done"


def test_a_drive_does_not_wait_for_ever(database: Database) -> None:
    with FakeOllama(MODEL).running() as gone:
        garage = garage_with(database, gone.base_url)
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    garage.clock.advance(days=8)

    garage.work()

    assert (automatic_job(garage).state, len(garage.all(Analysis))) == ("done", 1)


def test_new_rows_of_a_waiting_drive_are_answered_by_rule_at_once(database: Database) -> None:
    with FakeOllama(MODEL).running() as gone:
        garage = garage_with(database, gone.base_url)
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()

    garage.receive(drive_rows(20, signals=HOT, started_at=NOON + 620, first_id=90_000))
    garage.work()

    assert [analysis.engine for analysis in garage.all(Analysis)] == ["rules", "rules"]
    assert automatic_job(garage).state == "queued"


@pytest.mark.parametrize(
    ("mishaps", "said", "outcome", "detail"),
    [
        ([Mishap.BUSY], None, Outcome.OLLAMA_UNAVAILABLE, "server busy"),
        ([Mishap.NO_MODEL], None, Outcome.MODEL_MISSING, "Model missing"),
        ([Mishap.ENGINE_DIED] * 2, None, Outcome.LLM_ERROR, "unexpected EOF"),
        ([Mishap.NOT_JSON], None, Outcome.LLM_ERROR, "not JSON"),
        ([Mishap.LOAD_STALLED], None, Outcome.LLM_TIMEOUT, "timed out"),
        ([], "", Outcome.LLM_ERROR, "empty"),
        ([], "Let me think about it.", Outcome.LLM_ERROR, "JSON array"),
        ([], reply("coolant.fan", evidence="E99"), Outcome.LLM_ERROR, "no_evidence"),
    ],
)
def test_a_required_model_that_fails_is_no_answer_and_its_call_is_kept(
    garage: Garage, fake: FakeOllama, *, mishaps: list[Mishap], said: str | None, outcome: Outcome, detail: str
) -> None:
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    fake.mishaps.extend(mishaps)
    if said is not None:
        fake.replies[0] = said

    result, analysis = answer_of(garage, REQUIRED)

    assert (result.outcome, analysis.status, analysis.engine) == (outcome, "failed", None)
    assert detail in (result.detail or "")
    (call,) = garage.all(ModelCall, analysis_id=analysis.analysis_id)
    assert call.failure is not None


def test_a_failing_model_gives_way_to_the_rules_and_its_call_is_kept(garage: Garage, fake: FakeOllama) -> None:
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    fake.replies[0] = reply("coolant.fan", evidence="E99")

    result, analysis = answer_of(garage, REQUEST)

    assert (result.outcome, analysis.engine) == (Outcome.ANSWERED, "rules")
    (call,) = garage.all(ModelCall, analysis_id=analysis.analysis_id)
    assert call.failure == "nothing_survived"
    assert call.verdicts is not None
    assert call.verdicts[0]["reason"] == "no_evidence"


def test_who_asked_and_cannot_wait_gets_the_rules_in_time(database: Database, fake: FakeOllama) -> None:
    garage = garage_with(database, fake.base_url)
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    fake.may_answer.clear()
    job_id = garage.ask(REQUEST.to_payload())
    garage.clock.advance(seconds=118)

    garage.work()

    assert garage.context.adviser is not None
    garage.context.adviser.close()
    result = AnalysisResult.from_json(garage.job(job_id).result or {})
    (analysis,) = garage.all(Analysis, analysis_id=result.analysis_id)
    (call,) = garage.all(ModelCall, analysis_id=result.analysis_id)
    assert (analysis.engine, call.failure) == ("rules", "timeout")


def test_a_drive_in_which_nothing_stands_out_waits_for_no_model(database: Database) -> None:
    with FakeOllama(MODEL).running() as gone:
        garage = garage_with(database, gone.base_url)
    garage.receive(drive_rows(600))

    garage.work()
    required, _ = answer_of(garage, REQUIRED)

    (analysis,) = garage.all(Analysis, trigger="drive_computed")
    assert (analysis.status, analysis.engine) == ("ok", "rules")
    assert (analysis.message or "").startswith("No recommendation: nothing stands out")
    assert automatic_job(garage).state == "done"
    assert required.outcome == Outcome.OLLAMA_UNAVAILABLE


def test_the_same_on_a_later_drive_is_one_recommendation_that_says_since_when(garage: Garage) -> None:
    for day, drive_id in enumerate((7, 8, 9)):
        started_at = NOON + day * 86_400
        garage.receive(drive_rows(600, signals=HOT, drive_id=drive_id, started_at=started_at, first_id=1 + day * 9000))
        garage.work()

    told = sorted(garage.all(Recommendation), key=lambda advice: advice.occurrences)
    assert [advice.occurrences for advice in told] == [1, 2, 3]
    assert {advice.first_seen_at for advice in told} == {at(0)}
    assert [advice.superseded_by for advice in told] == [f"{told[1].analysis_id}/1", f"{told[2].analysis_id}/1", None]
    assert told[2].is_duplicate_of == f"{told[1].analysis_id}/1"
    assert (told[2].recommendation or "").endswith("Seen on 3 drives since 11 July 2025.")


def test_an_earlier_drive_that_is_analysed_later_does_not_take_its_place(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT, drive_id=8, started_at=NOON + 86_400, first_id=9000))
    garage.work()
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()

    (late,), (early,) = (
        garage.all(Recommendation, analysis_id=analysis.analysis_id)
        for analysis in (*garage.all(Analysis, drive_key="8"), *garage.all(Analysis, drive_key="7"))
    )
    assert (late.superseded_by, early.superseded_by) == (None, f"{late.analysis_id}/1")
    assert (early.occurrences, early.is_duplicate_of) == (1, None)


def test_telling_the_same_drive_the_same_again_is_marked(garage: Garage, fake: FakeOllama) -> None:
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    (first,) = garage.all(Analysis)

    _, second = answer_of(garage, REQUEST)
    fake.replies[0] = reply("coolant.thermostat")
    _, third = answer_of(garage, REQUEST)

    told = [garage.all(Recommendation, analysis_id=analysis.analysis_id)[0] for analysis in (first, second, third)]
    assert [advice.is_duplicate_of for advice in told] == [None, f"{first.analysis_id}/1", None]
    assert [advice.superseded_by for advice in told] == [f"{third.analysis_id}/1", f"{first.analysis_id}/1", None]
    assert {advice.occurrences for advice in told} == {1}


def test_odd_characters_of_a_reply_can_be_stored(garage: Garage, fake: FakeOllama) -> None:
    odd = '[{"rank": 1e999, "category": "\\ud800", "text": "\\u0000 \\ud83d\\ude97 \U0001f697", "x": -Infinity}]'
    fake.replies[0] = odd
    garage.receive(drive_rows(600, signals=HOT))

    garage.work()

    (call,) = garage.all(ModelCall)
    assert call.failure == "nothing_survived"
    assert call.raw_reply is not None
    assert "\U0001f697" in call.raw_reply


def test_waiting_is_counted_from_the_first_answer(database: Database) -> None:
    with FakeOllama(MODEL).running() as gone:
        garage = garage_with(database, gone.base_url)
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    began = (automatic_job(garage).result or {})["waitsForModelSince"]
    garage.clock.now += timedelta(days=2)

    garage.work()

    assert (automatic_job(garage).result or {})["waitsForModelSince"] == began

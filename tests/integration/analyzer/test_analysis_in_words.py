"""Answers to analysis requests where a model speaks, fails or is missing."""

import pytest

from obd2_analyzer.advice.adviser import (
    AdviceAnswer,
    AdviceFailure,
    AdviceTask,
    ModelRecommendation,
    ModelState,
)
from obd2_analyzer.advice.audit import CallRecord
from obd2_analyzer.advice.evidence import Evidence, Fact, Kind
from obd2_analyzer.facts.findings import Finding as DriveFinding
from obd2_analyzer.ollama.errors import FailureKind
from obd2_common.db.database import Database
from obd2_common.jobs.analysis import AnalysisRequest, Outcome
from support.analysis_requests import HOT, answered
from support.analyzer_store import CAR, Garage
from support.drive_rows import NOON, at, drive_rows


def test_a_required_model_that_is_not_there_is_no_answer(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    result, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7, require_llm=True))

    assert (result.outcome, result.detail) == (Outcome.OLLAMA_UNAVAILABLE, "Ollama unavailable")
    assert (analysis.status, analysis.engine, advice) == ("failed", None, [])


class FakeAdviser:
    """A model that says what it was told to say."""

    def __init__(self, reply: AdviceAnswer | AdviceFailure, refusal: AdviceFailure | None = None) -> None:
        self.reply = reply
        self.refusal = refusal
        self.tasks: list[AdviceTask] = []

    def preflight(self) -> AdviceFailure | None:
        return self.refusal

    def advise(self, task: AdviceTask) -> AdviceAnswer | AdviceFailure:
        self.tasks.append(task)
        return self.reply

    def state(self) -> ModelState:
        return ModelState("http://fake", "fake", is_reachable=True, is_present=True)

    def identity(self) -> tuple[str, str]:
        return "1", "llama3.1:8b"

    def close(self) -> None:
        self.tasks.clear()


def spoken(*findings: DriveFinding) -> AdviceAnswer:
    evidence = Evidence("E1", Fact(Kind.STATISTIC, "mean", ("BATTERY_V",), (), ("7",)), "E1 line")
    said = ModelRecommendation(1, "Electrical", "BATTERY_V averaged 13.1 V.", 0.7, (evidence,))
    record = CallRecord("1", "llama3.1:8b", None, "", "", {}, {}, 0, (), (), at(0))
    return AdviceAnswer((said,), tuple(findings), record)


def garage_with(database: Database, adviser: FakeAdviser) -> Garage:
    garage = Garage(database, adviser=adviser)
    garage.know()
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    return garage


def test_a_model_that_speaks_answers_in_its_words(database: Database) -> None:
    adviser = FakeAdviser(spoken())
    garage = garage_with(database, adviser)

    _, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7, parameters=("BATTERY_V",)))

    assert (analysis.engine, analysis.model) == ("llm", "llama3.1:8b")
    assert (analysis.message or "").startswith("1 recommendation from llama3.1:8b")
    assert [(held.recommendation, held.confidence) for held in advice] == [("BATTERY_V averaged 13.1 V.", 0.7)]
    assert adviser.tasks[-1].parameters == ("BATTERY_V",)
    assert [subject.drive_key for subject in adviser.tasks[-1].subjects] == ["7"]


def test_a_model_hears_what_the_device_was_told_about_other_drives(database: Database) -> None:
    adviser = FakeAdviser(spoken())
    garage = garage_with(database, adviser)
    garage.receive(drive_rows(600, started_at=NOON + 9000, first_id=50_000, drive_id=8))

    garage.work()

    assert [held.recommendation for held in adviser.tasks[0].earlier] == []
    assert [held.recommendation for held in adviser.tasks[-1].earlier] == ["BATTERY_V averaged 13.1 V."]


def test_what_a_model_may_not_swallow_is_said_by_rule_first(database: Database) -> None:
    adviser = FakeAdviser(spoken())
    garage = garage_with(database, adviser)
    adviser.reply = spoken(*adviser.tasks[-1].subjects[0].facts.findings[:1])

    _, _, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7))

    assert [(held.rank, held.category) for held in advice] == [(1, "Cooling"), (2, "Electrical")]


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (FailureKind.UNAVAILABLE, Outcome.OLLAMA_UNAVAILABLE),
        (FailureKind.MODEL_MISSING, Outcome.MODEL_MISSING),
        (FailureKind.ERROR, Outcome.LLM_ERROR),
        (FailureKind.NOTHING_SURVIVED, Outcome.LLM_ERROR),
        (FailureKind.TIMEOUT, Outcome.LLM_TIMEOUT),
    ],
)
def test_a_failing_model_leaves_the_rules_unless_it_is_required(
    database: Database, kind: FailureKind, outcome: Outcome
) -> None:
    garage = garage_with(database, FakeAdviser(AdviceFailure(kind, "out of memory")))

    by_rules, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7))
    required, _, _ = answered(garage, AnalysisRequest(CAR, 1, "7", 7, require_llm=True))

    assert (by_rules.outcome, analysis.engine, len(advice)) == (Outcome.ANSWERED, "rules", 2)
    assert (required.outcome, required.detail) == (outcome, "out of memory")


def test_a_model_that_cannot_be_had_is_not_asked(database: Database) -> None:
    adviser = FakeAdviser(spoken(), AdviceFailure(FailureKind.UNAVAILABLE, "no answer"))
    garage = garage_with(database, adviser)

    result, _, _ = answered(garage, AnalysisRequest(CAR, 1, "7", 7, require_llm=True))

    assert result.outcome == Outcome.OLLAMA_UNAVAILABLE
    assert adviser.tasks == []

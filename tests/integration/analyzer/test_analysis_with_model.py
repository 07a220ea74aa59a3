"""Answers to analysis requests where a model chooses, fails or is missing."""

from dataclasses import replace

import pytest

from obd2_analyzer.advice.adviser import AdviceAnswer, AdviceFailure, AdviceTask, ModelState
from obd2_analyzer.advice.audit import CallRecord
from obd2_analyzer.advice.evidence import Choice
from obd2_analyzer.advice.fact_sheet import facts_of_task
from obd2_analyzer.analyses.reanalysis import NEWEST_DRIVES, ask_again_of_newest
from obd2_analyzer.ollama.errors import FailureKind
from obd2_analyzer.rules import RULES
from obd2_common.db.database import Database
from obd2_common.jobs.analysis import AnalysisRequest, Outcome
from obd2_common.jobs.queue import Priority
from obd2_common.tables.analyses import Analysis
from obd2_common.tables.drives import Finding
from obd2_common.tables.jobs import Job
from support.analysis_requests import HOT, answered
from support.analyzer_store import CAR, Garage
from support.drive_rows import NOON, at, drive_rows


def test_a_required_model_that_is_not_there_is_no_answer(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    result, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7, require_llm=True))

    assert (result.outcome, result.detail) == (Outcome.OLLAMA_UNAVAILABLE, "Ollama unavailable")
    assert (analysis.status, analysis.engine, advice) == ("failed", None, [])


class FakeAdviser:
    """A model that fails as it was told to, or chooses the last check of every fact."""

    def __init__(
        self,
        failure: AdviceFailure | None = None,
        refusal: AdviceFailure | None = None,
        identity: tuple[str, str] = ("1", "llama3.1:8b"),
    ) -> None:
        self.failure = failure
        self.asked = identity
        self.refusal = refusal
        self.tasks: list[AdviceTask] = []

    def preflight(self) -> AdviceFailure | None:
        return self.refusal

    def advise(self, task: AdviceTask) -> AdviceAnswer | AdviceFailure:
        self.tasks.append(task)
        if self.failure is not None:
            return self.failure
        choices = tuple(Choice(fact, "Diagnostic", fact.checks[-1:]) for fact in facts_of_task(task))
        return AdviceAnswer(choices, CallRecord(*self.asked, None, "", "", {}, {}, 0, (), (), at(0)))

    def state(self) -> ModelState:
        return ModelState("http://fake", "fake", is_reachable=True, is_present=True)

    def identity(self) -> tuple[str, str]:
        return self.asked

    def close(self) -> None:
        self.tasks.clear()


class Silent(FakeAdviser):
    """An adviser that finds nothing worth saying."""

    def advise(self, task: AdviceTask) -> AdviceAnswer | AdviceFailure:
        self.tasks.append(task)
        return AdviceAnswer((), None)


def garage_with(database: Database, adviser: FakeAdviser) -> Garage:
    garage = Garage(database, adviser=adviser)
    garage.know()
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    return garage


def test_what_a_model_chooses_is_told_behind_the_rules_sentence(database: Database) -> None:
    adviser = FakeAdviser()
    garage = garage_with(database, adviser)

    _, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7, parameters=("BATTERY_V",)))

    assert (analysis.engine, analysis.model) == ("llm", "llama3.1:8b")
    assert (analysis.message or "").startswith("2 recommendations from llama3.1:8b")
    assert [(each.rule, each.severity, each.category) for each in advice] == [
        ("coolant", "STOP", "Diagnostic"),
        ("battery", "ALERT", "Diagnostic"),
    ]
    sentences = {finding.rule: finding.sentence for finding in garage.all(Finding, drive_key="7")}
    assert (advice[1].recommendation or "").startswith(sentences["battery"])
    assert (advice[1].recommendation or "").endswith(RULES["battery"].checks[-1].text)
    assert adviser.tasks[-1].parameters == ("BATTERY_V",)
    assert [subject.drive_key for subject in adviser.tasks[-1].subjects] == ["7"]


def test_where_nothing_stands_out_the_rules_answer_even_a_request_for_the_model(database: Database) -> None:
    garage = Garage(database, adviser=Silent())
    garage.know()
    garage.receive(drive_rows(600))

    result, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7, require_llm=True))

    assert (result.outcome, analysis.engine, analysis.model, advice) == (Outcome.ANSWERED, "rules", None, [])
    assert (analysis.message or "").startswith("No recommendation: nothing stands out")


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
    adviser = FakeAdviser(refusal=AdviceFailure(FailureKind.UNAVAILABLE, "no answer"))
    garage = garage_with(database, adviser)

    result, _, _ = answered(garage, AnalysisRequest(CAR, 1, "7", 7, require_llm=True))

    assert result.outcome == Outcome.OLLAMA_UNAVAILABLE
    assert adviser.tasks == []


OTHER_MODEL, OTHER_PROMPT = ("1", "qwen2.5:14b"), ("2", "llama3.1:8b")


def with_adviser(garage: Garage, adviser: FakeAdviser) -> Garage:
    garage.context = replace(garage.context, adviser=adviser)
    return garage


@pytest.mark.parametrize("identity", [OTHER_MODEL, OTHER_PROMPT])
def test_another_model_or_prompt_advises_once_more_on_recent_drives(
    database: Database, identity: tuple[str, str]
) -> None:
    garage = garage_with(database, FakeAdviser())
    other = FakeAdviser(identity=identity)
    with_adviser(garage, other)
    garage.clock.advance(minutes=1)

    assert ask_again_of_newest(garage.context, other) == 1
    (job,) = garage.all(Job, reason="model_changed")
    assert (job.state, job.drive_id, job.priority) == ("queued", 7, Priority.BACKLOG)
    garage.work()

    assert len(other.tasks) == 1
    (analysis,) = garage.all(Analysis, trigger="model_changed")
    assert (analysis.engine, analysis.model) == ("llm", identity[1])
    assert ask_again_of_newest(garage.context, other) == 0


def test_the_same_model_and_prompt_are_not_asked_again(database: Database) -> None:
    adviser = FakeAdviser()
    garage = garage_with(database, adviser)

    assert ask_again_of_newest(garage.context, adviser) == 0
    assert garage.all(Job, reason="model_changed") == []


def test_a_model_that_failed_is_not_asked_again_by_a_restart(database: Database) -> None:
    failed = CallRecord("1", "llama3.1:8b", None, "", "", {}, {}, 0, (), (), at(0), failure="nothing_survived")
    adviser = FakeAdviser(AdviceFailure(FailureKind.NOTHING_SURVIVED, "no choice", failed))
    garage = garage_with(database, adviser)

    assert ask_again_of_newest(garage.context, adviser) == 0


def test_a_drive_without_advice_asks_no_other_model(database: Database) -> None:
    garage = Garage(database, adviser=Silent())
    garage.know()
    garage.receive(drive_rows(600))
    garage.work()

    assert ask_again_of_newest(garage.context, FakeAdviser(identity=OTHER_MODEL)) == 0


def test_a_drive_the_rules_alone_advised_on_is_asked_about_when_there_is_a_model(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()

    assert ask_again_of_newest(garage.context, FakeAdviser()) == 1


def test_a_drive_whose_analysis_waits_already_is_not_enqueued_twice(database: Database) -> None:
    garage = garage_with(database, FakeAdviser())
    other = FakeAdviser(identity=OTHER_MODEL)

    assert [ask_again_of_newest(garage.context, other) for _ in range(2)] == [1, 0]


def test_only_the_newest_drives_are_asked_about_again(database: Database) -> None:
    garage = garage_with(database, FakeAdviser())
    for number in range(8, NEWEST_DRIVES + 8):
        began = NOON + number * 86_400
        rows = drive_rows(signals=HOT, started_at=began, every_seconds=5.0, first_id=number * 10_000, drive_id=number)
        garage.receive(rows)
    garage.work()

    assert ask_again_of_newest(garage.context, FakeAdviser(identity=OTHER_MODEL)) == NEWEST_DRIVES
    assert 7 not in {job.drive_id for job in garage.all(Job, reason="model_changed")}

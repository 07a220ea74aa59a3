"""Answers to analysis requests."""

from datetime import UTC, datetime
from typing import Any

import pytest

from analyzer_store import CAR, Garage
from drive_rows import NOON, between, drive_rows
from obd2_analyzer.findings import Finding as DriveFinding
from obd2_analyzer.words.audit import CallRecord
from obd2_analyzer.words.dialogue import (
    FailureKind,
    ModelState,
    WordsAnswer,
    WordsFailure,
    WordsRecommendation,
    WordsTask,
)
from obd2_analyzer.words.evidence import Evidence, Fact, Kind
from obd2_common.analysis_jobs import AnalysisRequest, AnalysisResult, Outcome
from obd2_common.database import Database
from obd2_common.tables.analyses import Analysis, Recommendation
from obd2_common.tables.drives import Drive, DriveStatistic, Finding

HOT = {"COOLANT_TEMP": between(400, 500, 105.0, 90.0), "BATTERY_V": between(100, 200, 11.8, 14.1)}


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOON + seconds, UTC)


def answered(garage: Garage, request: AnalysisRequest) -> tuple[AnalysisResult, Analysis, list[Recommendation]]:
    job_id = garage.ask(request.to_payload())
    garage.work()
    job = garage.job(job_id)
    assert job.state == "done", job.last_error
    assert job.result is not None
    result = AnalysisResult.from_json(job.result)
    (analysis,) = garage.all(Analysis, analysis_id=result.analysis_id)
    advice = garage.all(Recommendation, analysis_id=result.analysis_id)
    return result, analysis, sorted(advice, key=lambda held: held.rank)


def test_a_drive_is_answered_by_its_rule_findings(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()

    result, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7))

    assert result.outcome == Outcome.ANSWERED
    assert (analysis.status, analysis.engine, analysis.model, analysis.trigger) == ("ok", "rules", None, "request")
    assert (analysis.source_device, analysis.source_epoch, analysis.drive_key) == (CAR, 1, "7")
    assert analysis.message == "2 recommendations from the rules (early baseline: 0 of 5 earlier drives)"
    assert analysis.facts_digest == garage.drives()["7"].facts_digest
    assert analysis.finished_at is not None
    assert [(held.rank, held.category) for held in advice] == [(1, "Cooling"), (2, "Electrical")]
    assert "105 °C" in (advice[0].recommendation or "")
    assert 0 <= advice[0].confidence <= 1
    assert advice[0].evidence is not None
    assert advice[0].evidence[0]["value"] == 105.0


def test_a_computed_drive_is_analysed_by_itself(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    garage.work()

    (analysis,) = garage.all(Analysis)
    assert (analysis.trigger, analysis.drive_key, analysis.engine) == ("drive_computed", "7", "rules")
    assert len(garage.all(Recommendation)) == 2


def test_a_healthy_drive_is_answered_with_no_recommendation(garage: Garage) -> None:
    garage.receive(drive_rows(600))

    result, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7))

    assert (result.outcome, advice) == (Outcome.ANSWERED, [])
    assert (analysis.message or "").startswith("No recommendation from the rules")


def test_a_drive_that_was_not_computed_yet_is_answered_from_its_rows(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    _, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, None, 7))

    assert analysis.drive_key == "7"
    assert len(advice) == 2


def test_a_derived_drive_is_answered_by_its_key(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT, drive_id=None))
    garage.work()

    _, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "derived-1"))

    assert len(advice) == 2
    assert analysis.facts_digest == garage.drives()["derived-1"].facts_digest


@pytest.mark.parametrize(
    ("parameters", "areas", "categories"),
    [
        (("BATTERY_V",), (), ["Electrical"]),
        (("RPM",), (), []),
        ((), ("electrical",), ["Cooling", "Electrical"]),
        (("battery_voltage", "COOLANT_TEMP"), (), ["Cooling", "Electrical"]),
    ],
)
def test_parameters_choose_and_focus_areas_rank(
    garage: Garage, parameters: tuple[str, ...], areas: tuple[str, ...], categories: list[str]
) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    _, _, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7, parameters=parameters, focus_areas=areas))

    assert [held.category for held in advice] == categories


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (AnalysisRequest(CAR, 1, "7", 7, parameters=("BOOST",)), "No data for BOOST in this drive"),
        (AnalysisRequest(CAR, 1, "8", 8), "No data in this drive"),
        (AnalysisRequest(CAR, window_started_at=at(9000), window_ended_at=at(9900)), "No data in this window"),
        (
            AnalysisRequest(CAR, window_started_at=at(0), window_ended_at=at(600), profile_id="performance"),
            "No data in this window",
        ),
        (AnalysisRequest(None, window_started_at=at(0), window_ended_at=at(600)), "No data in this window"),
        (AnalysisRequest("unheard-of", 1, "7", 7), "No data in this drive"),
    ],
)
def test_without_data_the_answer_says_so(garage: Garage, request_: AnalysisRequest, message: str) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    result, analysis, advice = answered(garage, request_)

    assert (result.outcome, advice) == (Outcome.NO_DATA, [])
    assert analysis.message == message


def test_a_window_is_answered_from_every_drive_in_it(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals={"BATTERY_V": between(100, 200, 11.8, 14.1)}))
    garage.receive(drive_rows(600, signals=HOT, started_at=NOON + 3000, first_id=50_000, drive_id=8))
    garage.receive(drive_rows(600, started_at=NOON + 99_000, first_id=90_000, drive_id=9, signals=HOT))

    request = AnalysisRequest(CAR, window_started_at=at(0), window_ended_at=at(3600), profile_id="daily")
    _, analysis, advice = answered(garage, request)

    assert [held.category for held in advice] == ["Cooling", "Electrical"]
    assert (analysis.drive_key, analysis.window_started_at) == (None, at(0))
    assert analysis.source_epoch == 1


def test_a_window_looks_at_every_epoch(database: Database) -> None:
    garage = Garage(database)
    garage.know(epochs=2)
    garage.receive(drive_rows(600, signals=HOT), epoch=1)

    _, analysis, advice = answered(garage, AnalysisRequest(CAR, window_started_at=at(0), window_ended_at=at(600)))

    assert (analysis.source_epoch, len(advice)) == (1, 2)


def test_an_analysis_changes_nothing_but_its_own_record(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    before = garage.facts()

    answered(garage, AnalysisRequest(CAR, 1, "7", 7))

    assert garage.facts() == before


def test_a_required_model_that_is_not_there_is_no_answer(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    result, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7, require_llm=True))

    assert (result.outcome, result.detail) == (Outcome.OLLAMA_UNAVAILABLE, "Ollama unavailable")
    assert (analysis.status, analysis.engine, advice) == ("failed", None, [])


class FakeWords:
    """A model that says what it was told to say."""

    def __init__(self, reply: WordsAnswer | WordsFailure, refusal: WordsFailure | None = None) -> None:
        self.reply = reply
        self.refusal = refusal
        self.tasks: list[WordsTask] = []

    def preflight(self) -> WordsFailure | None:
        return self.refusal

    def comment(self, task: WordsTask) -> WordsAnswer | WordsFailure:
        self.tasks.append(task)
        return self.reply

    def state(self) -> ModelState:
        return ModelState("http://fake", "fake", is_reachable=True, is_present=True)

    def identity(self) -> tuple[str, str]:
        return "1", "llama3.1:8b"

    def close(self) -> None:
        self.tasks.clear()


def spoken(*findings: DriveFinding) -> WordsAnswer:
    evidence = Evidence("E1", Fact(Kind.STATISTIC, "mean", ("BATTERY_V",), (), ("7",)), "E1 line")
    said = WordsRecommendation(1, "Electrical", "BATTERY_V averaged 13.1 V.", 0.7, (evidence,))
    record = CallRecord("1", "llama3.1:8b", None, "", "", {}, {}, 0, (), (), at(0))
    return WordsAnswer((said,), tuple(findings), record)


def garage_with(database: Database, words: FakeWords) -> Garage:
    garage = Garage(database, words=words)
    garage.know()
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    return garage


def test_a_model_that_speaks_answers_in_its_words(database: Database) -> None:
    words = FakeWords(spoken())
    garage = garage_with(database, words)

    _, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7, parameters=("BATTERY_V",)))

    assert (analysis.engine, analysis.model) == ("llm", "llama3.1:8b")
    assert (analysis.message or "").startswith("1 recommendation from llama3.1:8b")
    assert [(held.recommendation, held.confidence) for held in advice] == [("BATTERY_V averaged 13.1 V.", 0.7)]
    assert words.tasks[-1].parameters == ("BATTERY_V",)
    assert [subject.drive_key for subject in words.tasks[-1].subjects] == ["7"]


def test_a_model_hears_what_the_device_was_told_about_other_drives(database: Database) -> None:
    words = FakeWords(spoken())
    garage = garage_with(database, words)
    garage.receive(drive_rows(600, started_at=NOON + 9000, first_id=50_000, drive_id=8))

    garage.work()

    assert [held.recommendation for held in words.tasks[0].earlier] == []
    assert [held.recommendation for held in words.tasks[-1].earlier] == ["BATTERY_V averaged 13.1 V."]


def test_what_a_model_may_not_swallow_is_said_by_rule_first(database: Database) -> None:
    words = FakeWords(spoken())
    garage = garage_with(database, words)
    words.reply = spoken(*words.tasks[-1].subjects[0].facts.findings[:1])

    _, _, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7))

    assert [(held.rank, held.category) for held in advice] == [(1, "Cooling"), (2, "Electrical")]


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (FailureKind.UNAVAILABLE, Outcome.OLLAMA_UNAVAILABLE),
        (FailureKind.MODEL_MISSING, Outcome.OLLAMA_UNAVAILABLE),
        (FailureKind.ERROR, Outcome.LLM_ERROR),
        (FailureKind.NOTHING_SURVIVED, Outcome.LLM_ERROR),
        (FailureKind.TIMEOUT, Outcome.LLM_TIMEOUT),
    ],
)
def test_a_failing_model_leaves_the_rules_unless_it_is_required(
    database: Database, kind: FailureKind, outcome: Outcome
) -> None:
    garage = garage_with(database, FakeWords(WordsFailure(kind, "out of memory")))

    by_rules, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7))
    required, _, _ = answered(garage, AnalysisRequest(CAR, 1, "7", 7, require_llm=True))

    assert (by_rules.outcome, analysis.engine, len(advice)) == (Outcome.ANSWERED, "rules", 2)
    assert (required.outcome, required.detail) == (outcome, "out of memory")


def test_a_model_that_cannot_be_had_is_not_asked(database: Database) -> None:
    words = FakeWords(spoken(), WordsFailure(FailureKind.UNAVAILABLE, "no answer"))
    garage = garage_with(database, words)

    result, _, _ = answered(garage, AnalysisRequest(CAR, 1, "7", 7, require_llm=True))

    assert result.outcome == Outcome.OLLAMA_UNAVAILABLE
    assert words.tasks == []


def test_the_answer_tells_when_the_baseline_is_no_longer_early(garage: Garage) -> None:
    for day in range(6):
        rows: list[Any] = drive_rows(300, started_at=NOON + day * 86_400, first_id=1 + day * 9000, drive_id=day + 1)
        garage.receive(rows)
        garage.work()

    _, analysis, _ = answered(garage, AnalysisRequest(CAR, 1, "6", 6))

    assert analysis.message == "No recommendation from the rules"
    assert [len(garage.all(table)) > 0 for table in (Drive, DriveStatistic, Finding)] == [True, True, False]

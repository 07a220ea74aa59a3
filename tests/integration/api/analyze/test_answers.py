"""`POST /analyze`: every answer to a request that is understood."""

import pytest

from obd2_common.db.database import Database
from obd2_common.jobs.analysis import AnalysisResult, Outcome
from support.analyze_requests import WINDOW, answered
from support.api_client import api_client
from support.api_rows import analysis_row, device_row, drive_row, recommendation_row, store
from support.fake_analyzer import fake_analyzer


def ended(outcome: Outcome, detail: str | None = None) -> dict[str, object]:
    return AnalysisResult(outcome, None, detail).to_json()


def test_the_plain_shape_is_answered_with_the_advice_of_the_analysis(database: Database) -> None:
    store(database, device_row(), drive_row(), analysis_row(), recommendation_row(1), recommendation_row(2))

    with fake_analyzer(database, answered):
        answer = api_client(database).post("/analyze", {"drive_id": 33, "parameters": {}})

    document = answer.json()
    advice = document.pop("recommendations")
    assert answer.status_code == 200
    assert document == {
        "status": "ok",
        "analysis_id": "an-1",
        "analysisId": "an-1",
        "engine": "rules",
        "model": None,
        "message": "1 finding from the rules",
        "processingTimeMs": 1000,
    }
    assert [(item["rank"], item["category"], item["confidence"], item["recommendation"]) for item in advice] == [
        (1, "Cooling", 0.7, "Advice 1."),
        (2, "Cooling", 0.7, "Advice 2."),
    ]


def test_no_data_is_a_good_answer(database: Database) -> None:
    store(database, device_row(), analysis_row(engine="rules", message="No data in the window", drive_key=None))

    with fake_analyzer(database, lambda _request: AnalysisResult(Outcome.NO_DATA, "an-1").to_json()):
        answer = api_client(database).post("/api/v1/analyze", WINDOW)

    assert (answer.status_code, answer.json()["recommendations"]) == (200, [])
    assert answer.json()["message"] == "No data in the window"


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("result", "detail"),
    [
        (ended(Outcome.OLLAMA_UNAVAILABLE, "Ollama does not answer at its address"), "Ollama unavailable"),
        (
            ended(Outcome.MODEL_MISSING, "Model missing: Ollama does not have llama3.1:8b; it is being pulled (40%)"),
            "Model missing: Ollama does not have llama3.1:8b; it is being pulled (40%)",
        ),
        (ended(Outcome.MODEL_MISSING), "Model missing"),
    ],
)
def test_a_model_that_was_required_and_cannot_be_had_is_503(
    database: Database, result: dict[str, object], detail: str
) -> None:
    store(database, device_row(), drive_row())
    client = api_client(database, ollama_base_url="http://me:secret@llm:11434", ollama_model="llama3.1:8b")

    with fake_analyzer(database, lambda _request: result):
        answer = client.post("/api/v1/analyze", {"drive_id": 33, "requireLlm": True})

    assert answer.status_code == 503
    assert answer.json() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": detail,
        "ollamaUrl": "http://llm:11434",
        "model": "llama3.1:8b",
    }
    assert answer.headers["retry-after"] == "5"


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("result", "status", "says"),
    [
        (ended(Outcome.LLM_ERROR, "model runner crashed"), 502, "model runner crashed"),
        (ended(Outcome.LLM_ERROR, "cannot open /root/.ollama/models/blobs/sha256-1: EOF"), 502, "open [path]: EOF"),
        (ended(Outcome.LLM_ERROR, r"cannot open C:\models\tiny: EOF"), 502, "open [path]: EOF"),
        (ended(Outcome.LLM_ERROR), 502, "said nothing"),
        (ended(Outcome.LLM_TIMEOUT), 504, "in time"),
        (ended(Outcome.ANSWERED), 502, "left no answer"),
        (AnalysisResult(Outcome.ANSWERED, "an-lost").to_json(), 502, "left no answer"),
        ({"outcome": "puzzled"}, 502, "does not know"),
        (None, 502, "failed"),
    ],
)
def test_an_analysis_that_ends_badly_says_how(
    database: Database,
    result: dict[str, object] | None,
    status: int,
    says: str,
) -> None:
    store(database, device_row(), drive_row())

    with fake_analyzer(database, lambda _request: result):
        answer = api_client(database).post("/api/v1/analyze", {"drive_id": 33, "requireLlm": True})

    assert answer.status_code == status
    assert says in answer.json()["detail"]

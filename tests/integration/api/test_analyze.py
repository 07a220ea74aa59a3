"""`POST /analyze`: every shape of request, every answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlmodel import Session, col, select

from api_client import api_client
from api_rows import DEVICE, NOON, analysis_row, device_row, drive_row, reading_row, recommendation_row, store
from fake_analyzer import fake_analyzer
from obd2_common import jobs
from obd2_common.analysis_jobs import AnalysisRequest, AnalysisResult, Outcome
from obd2_common.clock import utc_now
from obd2_common.database import Database
from obd2_common.tables.jobs import Job
from obd2_common.tables.operations import ServiceHeartbeat
from obd2_common.tables.synced import DriveSummary

WINDOW: dict[str, object] = {"driveStartTime": "2026-07-11T17:41:00Z", "driveEndTime": "2026-07-11T13:05:00-05:00"}


def answered(_request: AnalysisRequest) -> dict[str, object]:
    return AnalysisResult(Outcome.ANSWERED, "an-1").to_json()


def ended(outcome: Outcome, detail: str | None = None) -> dict[str, object]:
    return AnalysisResult(outcome, None, detail).to_json()


def asked(database: Database, document: dict[str, object]) -> AnalysisRequest:
    """Send a request and return what reached the analyzer."""
    with fake_analyzer(database, answered) as seen:
        assert api_client(database).post("/api/v1/analyze", document).status_code == 200
    (request,) = seen
    return request


def hurrying_clock() -> Callable[[], datetime]:
    """Return a clock on which ten seconds pass between two looks."""
    looks = count()
    began = utc_now()
    return lambda: began + timedelta(seconds=10 * next(looks))


@contextmanager
def running_jobs(database: Database) -> Iterator[None]:
    """Let every job be taken up and never finished."""
    stopped = threading.Event()

    def take(session: Session) -> None:
        for job in session.exec(select(Job)):
            job.state = jobs.RUNNING

    def work() -> None:
        while not stopped.wait(0.01):
            database.run(take)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    stopped.set()
    thread.join(30)


def test_the_plain_shape_is_answered_with_the_advice_of_the_analysis(database: Database) -> None:
    store(database, device_row(), drive_row(), analysis_row(), recommendation_row(1), recommendation_row(2))

    with fake_analyzer(database, answered):
        answer = api_client(database).post("/analyze", {"drive_id": 33, "parameters": {}})

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "analysis_id": "an-1",
        "analysisId": "an-1",
        "engine": "rules",
        "model": None,
        "message": "1 finding from the rules",
        "processingTimeMs": 1000,
        "recommendations": [
            {"rank": 1, "category": "Cooling", "confidence": 0.7, "recommendation": "Advice 1."},
            {"rank": 2, "category": "Cooling", "confidence": 0.7, "recommendation": "Advice 2."},
        ],
    }


def test_a_drive_is_found_on_the_device_that_sent_last(database: Database) -> None:
    store(
        database,
        device_row("old", seen_at=NOON),
        device_row("new", seen_at=NOON + timedelta(hours=1)),
        drive_row(device="old"),
        drive_row(device="new"),
        analysis_row(),
    )

    assert asked(database, {"drive_id": 33}).source_device == "new"
    assert asked(database, {"drive_id": 33, "deviceId": "old"}).source_device == "old"


def test_everything_asked_for_reaches_the_analyzer(database: Database) -> None:
    store(database, device_row(epoch=2), drive_row(), drive_row(epoch=2), analysis_row())

    request = asked(
        database,
        {
            "drive_id": 33,
            "deviceId": DEVICE,
            "parameters": ["RPM", "COOLANT_TEMP"],
            "focusAreas": ["cooling"],
            "requireLlm": True,
            "somethingNew": 1,
        },
    )

    assert request == AnalysisRequest(
        source_device=DEVICE,
        source_epoch=2,
        drive_key="33",
        drive_id=33,
        parameters=("RPM", "COOLANT_TEMP"),
        focus_areas=("cooling",),
        require_llm=True,
    )


def test_a_window_reaches_the_analyzer_in_utc(database: Database) -> None:
    store(database, device_row(), analysis_row())

    request = asked(database, {**WINDOW, "profileId": "daily", "parameters": ["RPM"], "focusAreas": ["fueling"]})

    assert request == AnalysisRequest(
        source_device=DEVICE,
        window_started_at=NOON.replace(hour=17, minute=41, microsecond=0),
        window_ended_at=NOON.replace(hour=18, minute=5, microsecond=0),
        profile_id="daily",
        parameters=("RPM",),
        focus_areas=("fueling",),
    )


def test_a_window_can_be_asked_for_before_any_device_is_known(database: Database) -> None:
    store(database, analysis_row(message="No data"))

    assert asked(database, WINDOW).source_device is None


def test_a_derived_drive_is_asked_for_by_its_key(database: Database) -> None:
    store(database, device_row(), drive_row("derived-7"), analysis_row())

    request = asked(database, {"driveKey": "derived-7"})

    assert (request.drive_key, request.drive_id) == ("derived-7", None)


def test_a_drive_that_is_not_derived_yet_is_known_by_its_rows(database: Database) -> None:
    store(database, device_row(epoch=3), reading_row(1, drive_id=40, epoch=2), analysis_row())

    request = asked(database, {"drive_id": 40})

    assert (request.source_epoch, request.drive_key) == (2, "40")


def test_a_drive_that_only_its_summary_names_is_known(database: Database) -> None:
    summary = DriveSummary(source_device=DEVICE, source_epoch=1, source_id=41, synced_at=NOON, sync_batch_id="batch")
    store(database, device_row(), summary, analysis_row())

    assert asked(database, {"drive_id": 41}).drive_key == "41"


@pytest.mark.parametrize(
    "document",
    [
        {"drive_id": 34},
        {"drive_id": 33, "deviceId": "other"},
        {"drive_id": 33, "epoch": 2},
        {"driveKey": "derived-7"},
        {"drive_id": 2**63 - 1},
    ],
)
def test_an_unknown_drive_is_not_found_and_leaves_no_job(database: Database, document: dict[str, object]) -> None:
    store(database, device_row(), drive_row())

    answer = api_client(database).post("/api/v1/analyze", document)

    assert (answer.status_code, answer.json()["detail"]) == (404, "No such drive")
    assert database.read(lambda session: list(session.exec(select(col(Job.job_id))))) == []


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "document",
    [
        {},
        {"parameters": {}},
        {"drive_id": None},
        {"drive_id": "thirty"},
        {"drive_id": -1},
        {"drive_id": 2**63},
        {"drive_id": 33, "parameters": {"RPM": True}},
        {"drive_id": 33, "parameters": "RPM"},
        {"drive_id": 33, "parameters": [""]},
        {"drive_id": 33, "focusAreas": ["x" * 256]},
        {"drive_id": 33, "deviceId": ""},
        {"driveStartTime": "2026-07-11T17:41:00Z"},
        {"driveStartTime": "2026-07-11T17:41:00Z", "driveEndTime": "2026-07-11T17:40:00Z"},
        {"driveStartTime": "0001-01-01T00:00:00Z", "driveEndTime": "2026-07-11T17:40:00Z"},
        {"driveStartTime": "0001-01-01T00:00:00+14:00", "driveEndTime": "2026-07-11T17:40:00Z"},
        [],
        33,
        None,
    ],
)
def test_a_request_that_names_nothing_sensible_is_refused(database: Database, document: object) -> None:
    answer = api_client(database).post("/api/v1/analyze", document)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"drive_id": ' + b"[" * 5000, b"drive_id=33"])
def test_a_body_that_is_no_json_is_refused(database: Database, body: bytes) -> None:
    assert api_client(database).call("POST", "/analyze", content=body).status_code == 422


@pytest.mark.databases("sqlite")
def test_a_body_that_is_too_large_is_refused(database: Database) -> None:
    body = b'{"drive_id": 33, "x": "' + b"x" * 1_100_000 + b'"}'

    assert api_client(database).call("POST", "/analyze", content=body).status_code == 413


@pytest.mark.databases("sqlite")
def test_the_content_type_does_not_matter(database: Database) -> None:
    store(database, device_row(), drive_row(), analysis_row())

    with fake_analyzer(database, answered):
        answer = api_client(database).call("POST", "/analyze", content=b'{"drive_id": 33, "drive_id": 33}')

    assert answer.status_code == 200


def test_no_data_is_a_good_answer(database: Database) -> None:
    store(database, device_row(), analysis_row(engine="rules", message="No data in the window", drive_key=None))

    with fake_analyzer(database, lambda _request: AnalysisResult(Outcome.NO_DATA, "an-1").to_json()):
        answer = api_client(database).post("/api/v1/analyze", WINDOW)

    assert (answer.status_code, answer.json()["recommendations"]) == (200, [])
    assert answer.json()["message"] == "No data in the window"


@pytest.mark.databases("sqlite")
def test_a_model_that_was_required_and_cannot_be_had_is_503(database: Database) -> None:
    store(database, device_row(), drive_row())
    client = api_client(database, ollama_base_url="http://me:secret@llm:11434", ollama_model="llama3.1:8b")

    with fake_analyzer(database, lambda _request: ended(Outcome.OLLAMA_UNAVAILABLE)):
        answer = client.post("/api/v1/analyze", {"drive_id": 33, "requireLlm": True})

    assert answer.status_code == 503
    assert answer.json() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "Ollama unavailable",
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


@pytest.mark.databases("sqlite")
def test_when_nobody_takes_the_job_in_time_the_client_may_come_again(database: Database) -> None:
    store(database, device_row(), drive_row())

    answer = api_client(database, analysis_timeout_seconds=0.2).post("/api/v1/analyze", {"drive_id": 33})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "busy" in answer.json()["detail"]


@pytest.mark.databases("sqlite")
def test_a_job_that_is_not_finished_in_time_is_504(database: Database) -> None:
    store(database, device_row(), drive_row())
    client = api_client(database, analysis_timeout_seconds=0.2)

    with running_jobs(database):
        answer = client.post("/api/v1/analyze", {"drive_id": 33})

    assert (answer.status_code, answer.headers["retry-after"]) == (504, "5")


@pytest.mark.databases("sqlite")
def test_without_an_analyzer_the_wait_is_short(database: Database) -> None:
    store(database, device_row(), drive_row())
    client = api_client(database, clock=hurrying_clock())

    answer = client.post("/api/v1/analyze", {"drive_id": 33})

    assert answer.status_code == 503
    assert "not running" in answer.json()["detail"]


@pytest.mark.databases("sqlite")
def test_behind_a_busy_analyzer_the_wait_goes_on(database: Database) -> None:
    beat = ServiceHeartbeat(
        service="analyzer", instance="one", version="1", started_at=NOON, beat_at=utc_now() + timedelta(hours=1)
    )
    store(database, device_row(), drive_row(), beat)
    client = api_client(database, clock=hurrying_clock(), analysis_timeout_seconds=25)

    answer = client.post("/api/v1/analyze", {"drive_id": 33})

    assert "busy" in answer.json()["detail"]

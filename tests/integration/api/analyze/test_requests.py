"""`POST /analyze`: every shape of request, what of it reaches the analyzer, and what is refused."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from obd2_common.db.database import Database
from obd2_common.jobs.analysis import AnalysisRequest
from obd2_common.tables.jobs import Job
from obd2_common.tables.synced import DriveSummary
from support.analyze_requests import WINDOW, answered, asked
from support.api_client import api_client
from support.api_rows import DEVICE, NOON, analysis_row, device_row, drive_row, reading_row, store
from support.fake_analyzer import fake_analyzer


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
        {"drive_id": True},
        {"drive_id": False},
        {"drive_id": 33, "epoch": True},
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

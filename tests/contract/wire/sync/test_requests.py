"""`POST /sync` as clients see it: spellings, receipts, problems and keys."""

import http.client
import json
import re
import socket
from contextlib import closing
from pathlib import Path

import pytest

from obd2_common.db.database import Database
from support.api_process import KEY, ApiProcess, running_api
from support.database_sources import migrate
from support.ingest_setup import all_rows
from support.pi_rows import DEVICE, EXAMPLES, body, reading, readings
from support.sync_requests import SYNC, device_rows, post, request_of


def test_a_receipt_has_the_documented_form_and_its_rows_are_stored(server: ApiProcess, database: Database) -> None:
    status, headers, receipt = post(server, body({"realtime_data": [*readings(1, 3), 7], "new": [1]}, device="form"))

    counts = receipt.pop("tablesProcessed")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert counts == {
        "realtime_data": {"inserted": 3, "updated": 0, "errors": 1, "unchanged": 0, "quarantined": 1},
        "new": {"inserted": 0, "updated": 0, "errors": 1, "unchanged": 0, "quarantined": 1},
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", receipt.pop("syncedAt"))
    assert len(receipt.pop("receiptId")) == 36
    assert receipt == {
        "status": "ok",
        "batchId": "chi-eclipse-01-2026-07-11T18:02:44Z",
        "epoch": 1,
        "driveDataReceived": False,
        "autoAnalysisTriggered": False,
    }
    assert len(device_rows(database, "form")) == 3


@pytest.mark.parametrize("path", ["/api/v1/sync", "/api/v1/sync/", "/sync", "/sync/"])
def test_every_spelling_of_the_path_answers_directly(server: ApiProcess, database: Database, path: str) -> None:
    device = f"path{path}"

    status, headers, _ = post(server, request_of(device), path)

    assert status == 200
    assert "location" not in headers
    assert len(device_rows(database, device)) == 3


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x", ""],
)
def test_a_wrong_content_type_is_accepted(server: ApiProcess, database: Database, content_type: str) -> None:
    device = f"type {content_type}"

    status, _, _ = post(server, request_of(device), Content_Type=content_type)

    assert status == 200
    assert len(device_rows(database, device)) == 3


def test_the_connection_is_closed_as_the_client_asks_and_the_length_is_exact(server: ApiProcess) -> None:
    content = request_of("close")
    head = f"POST /sync HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\nConnection: close\r\nContent-Length: {len(content)}"

    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n" + content)
        received = b"".join(iter(lambda: connection.recv(65536), b""))

    answer_head, _, answer_body = received.partition(b"\r\n\r\n")
    assert answer_head.startswith(b"HTTP/1.1 200")
    assert f"content-length: {len(answer_body)}".encode() in answer_head.lower()
    assert b"content-encoding" not in answer_head.lower()


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "must be a JSON object"),
        (b'{"deviceId": "secret-device", "batchId": "b", "tables": {"dtc_log": {"rows": {}}}}', "must be an array"),
        (b'{"deviceId": "secret-device", "batchId": "b", "tables": {}, "driveCounter": {}}', "driveCounter"),
        (b'{"deviceId": "secret-device", "batchId": "b", "tables": {"power_log": {"rows": []}}}', "power_log"),
        (b'{"deviceId": "\xff", "batchId": "b", "tables": {}}', "deviceId must be valid UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 50_000, "nested too deeply"),
    ],
)
def test_an_invalid_request_is_a_problem_that_tells_why_and_no_content(
    server: ApiProcess, content: bytes, detail: str
) -> None:
    status, headers, problem = post(server, content)

    assert (status, headers["content-type"], problem["status"]) == (422, "application/problem+json", 422)
    assert (problem["type"], problem["title"]) == ("about:blank", "Unprocessable Content")
    assert detail in problem["detail"]
    assert "secret-device" not in json.dumps(problem)


@pytest.mark.parametrize("key", [None, "", "wrong", "\xff"])
def test_without_the_right_key_nothing_is_stored(server: ApiProcess, database: Database, key: str | None) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("POST", SYNC, request_of("no key"), {} if key is None else {"X-Api-Key": key})
        answer = connection.getresponse()
        problem = json.loads(answer.read())

    assert answer.status == 401
    assert problem["detail"] == ("Missing API key" if key is None else "Invalid API key")
    assert device_rows(database, "no key") == []


def test_a_database_that_is_away_is_503_and_the_same_body_is_complete_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "obd.db"
    migrate(f"sqlite:///{path}")
    content = body({"realtime_data": [*readings(1, 50), reading(51, value="x")], "dtc_log": [EXAMPLES["dtc_log"]]})
    with running_api(tmp_path, f"sqlite:///{path}") as server, closing(Database(f"sqlite:///{path}")) as database:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE sync_history RENAME TO taken_away")
        refused = post(server, content)
        with database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE taken_away RENAME TO sync_history")
        stored_meanwhile = all_rows(database, "realtime_data") + all_rows(database, "quarantine")
        accepted = post(server, content)
        (device,) = all_rows(database, "devices")
        stored = len(all_rows(database, "realtime_data")), len(all_rows(database, "quarantine"))

    status, headers, problem = refused
    assert (status, problem["status"], headers["content-type"]) == (503, 503, "application/problem+json")
    assert int(headers["retry-after"]) > 0
    assert not re.search(r"sync_history|INSERT|taken_away|/|COOLANT", problem["detail"])
    assert stored_meanwhile == []
    assert (accepted[0], stored) == (200, (50, 1))
    assert device["source_device"] == DEVICE
    assert device["last_failure_at"] < device["last_success_at"]

"""What a key opens: every documented operation, with every scope, and as another device."""

import base64
import json
import re
from collections.abc import Iterator

import pytest

from obd2_api.auth.credentials import Scope
from obd2_api.openapi import openapi_text
from obd2_common.db.database import Database
from support.api_client import ApiClient, api_client
from support.database_sources import sqlite_database
from support.issued_keys import issue

OWN, OTHER = "chi-eclipse-01", "bench-2"
DOCUMENT = json.loads(openapi_text())
OPERATIONS = [
    (method.upper(), path, {name for way in operation["security"] for name in way["ApiKey"]})
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    if operation.get("security")
]
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
SENDING = {"/sync", "/backup", "/uploads", "/uploads/{upload_id}", "/analyze"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiClient, dict[Scope, str]]]:
    folder = tmp_path_factory.mktemp("scopes")
    with sqlite_database(folder) as database:
        keys = {scope: issue(database, scope, name=scope).text for scope in Scope}
        yield api_client(database, data_dir=folder, backup_dir=folder / "vault", analysis_timeout_seconds=0.01), keys


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize(
    ("method", "path", "scopes"), OPERATIONS, ids=lambda part: part if isinstance(part, str) else ""
)
def test_an_operation_opens_to_the_scopes_its_documentation_names_and_to_no_other(
    world: tuple[ApiClient, dict[Scope, str]], method: str, path: str, scopes: set[str], scope: Scope
) -> None:
    client, keys = world

    answer = client.call(method, re.sub(r"\{\w+\}", "1", path), headers={"X-API-Key": keys[scope]})

    if scope in scopes:
        assert answer.status_code not in {401, 403}
    else:
        assert (answer.status_code, answer.json()["title"]) == (403, "Forbidden")
        assert "lacks the scope" in answer.json()["detail"]


def test_a_scope_is_what_it_says() -> None:
    changing = {path.removeprefix("/api/v1"): scopes for method, path, scopes in OPERATIONS if method in CHANGING}
    reading = {path.removeprefix("/api/v1"): scopes for method, path, scopes in OPERATIONS if method == "GET"}

    assert {path for path, scopes in changing.items() if "push" in scopes} == SENDING
    assert {path for path, scopes in changing.items() if "read" in scopes} == {"/analyze"}
    assert all(scopes == {"admin"} for path, scopes in changing.items() if path not in SENDING)
    assert all("read" in scopes for path, scopes in reading.items() if path != "/uploads/{upload_id}")


def test_a_path_nobody_thought_of_opens_to_admin_only_when_it_changes_something(
    world: tuple[ApiClient, dict[Scope, str]],
) -> None:
    client, keys = world

    statuses = {
        (method, scope): client.call(method, "/api/v1/new", headers={"X-API-Key": keys[scope]}).status_code
        for method in ("GET", "POST")
        for scope in Scope
    }

    assert {call for call, status in statuses.items() if status == 404} == {("GET", "read"), ("POST", "admin")}


def body_of(device: str) -> dict[str, object]:
    return {"deviceId": device, "batchId": "b-1", "tables": {"realtime_data": {"rows": [{"id": 1, "value": 1.0}]}}}


def form_of(device: str) -> dict[str, object]:
    return {"data": {"type": "config", "deviceId": device}, "files": {"file": ("config.json", b"{}")}}


def tus_of(device: str) -> dict[str, str]:
    pairs = {"filename": "config.json", "type": "config", "deviceId": device}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in pairs.items())
    return {"Tus-Resumable": "1.0.0", "Upload-Length": "2", "Upload-Metadata": metadata}


@pytest.fixture
def devices(database: Database, tmp_path_factory: pytest.TempPathFactory) -> tuple[ApiClient, str, str]:
    folder = tmp_path_factory.mktemp("devices")
    client = api_client(database, data_dir=folder, backup_dir=folder / "vault", backup_answer_wait_seconds=0)
    own, other = (issue(database, Scope.PUSH, device=device, name=device).text for device in (OWN, OTHER))
    return client, own, other


def test_the_key_of_a_device_stores_its_rows_and_nobody_elses(
    devices: tuple[ApiClient, str, str],
) -> None:
    client, own, other = devices

    stored = client.call("POST", "/api/v1/sync", json=body_of(OWN), headers={"X-API-Key": own})
    refused = client.call("POST", "/api/v1/sync", json=body_of(OWN), headers={"X-API-Key": other})

    assert stored.json()["tablesProcessed"]["realtime_data"]["inserted"] == 1
    assert refused.status_code == 403
    assert refused.json()["detail"] == f"This key speaks for the device {OTHER} only"
    assert [device["requestCount"] for device in client.get("/api/v1/devices").json()["devices"]] == [1]


@pytest.mark.databases("sqlite")
def test_the_key_of_a_device_leaves_no_file_under_another_name(devices: tuple[ApiClient, str, str]) -> None:
    client, own, other = devices

    kept = client.call("POST", "/api/v1/backup", **form_of(OWN), headers={"X-API-Key": own})
    refused = client.call("POST", "/api/v1/backup", **form_of(OWN), headers={"X-API-Key": other})
    begun = client.call("POST", "/api/v1/uploads", headers={"X-API-Key": own, **tus_of(OWN)})
    not_begun = client.call("POST", "/api/v1/uploads", headers={"X-API-Key": other, **tus_of(OWN)})
    looked = client.call("GET", begun.headers["location"], headers={"X-API-Key": other})
    part = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    sent = client.call("PATCH", begun.headers["location"], content=b"[]", headers={"X-API-Key": other, **part})
    own_part = client.call("PATCH", begun.headers["location"], content=b"{}", headers={"X-API-Key": own, **part})

    assert (kept.status_code, begun.status_code, own_part.status_code) == (200, 201, 204)
    assert [answer.status_code for answer in (refused, not_begun, looked, sent)] == [403] * 4
    assert [backup["deviceId"] for backup in client.get("/api/v1/backups").json()["backups"]] == [OWN, OWN]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "path",
    [
        f"/api/v1/sync/state?deviceId={OWN}",
        f"/api/v1/sync/rows?deviceId={OWN}&table=realtime_data&first=1&last=2",
        f"/api/v1/recommendations?deviceId={OWN}",
    ],
)
def test_the_key_of_a_device_asks_about_that_device_only(devices: tuple[ApiClient, str, str], path: str) -> None:
    client, own, other = devices
    client.call("POST", "/api/v1/sync", json=body_of(OWN), headers={"X-API-Key": own})

    assert client.call("GET", path, headers={"X-API-Key": own}).status_code == 200
    assert client.call("GET", path, headers={"X-API-Key": other}).status_code == 403
    assert client.call("GET", "/api/v1/recommendations", headers={"X-API-Key": own}).status_code == 403
    assert client.call("GET", "/api/v1/drives", headers={"X-API-Key": own}).status_code == 403


@pytest.mark.databases("sqlite")
def test_the_key_of_a_device_has_that_device_s_drives_analysed(devices: tuple[ApiClient, str, str]) -> None:
    client, own, other = devices
    row = {"id": 1, "value": 1.0, "drive_id": 33, "timestamp": "2026-07-11T18:02:39Z"}
    client.post("/api/v1/sync", {**body_of(OWN), "tables": {"realtime_data": {"rows": [row]}}})
    client.post("/api/v1/sync", body_of(OTHER))  # the device that sent last
    at_once = {"Prefer": "respond-async"}

    asked = client.call("POST", "/api/v1/analyze", json={"drive_id": 33}, headers={"X-API-Key": own, **at_once})
    named = {"drive_id": 33, "deviceId": OWN}
    refused = client.call("POST", "/api/v1/analyze", json=named, headers={"X-API-Key": other, **at_once})
    place = asked.headers["location"]

    assert (asked.status_code, asked.json()["deviceId"], refused.status_code) == (202, OWN, 403)
    assert client.call("GET", place, headers={"X-API-Key": own}).status_code == 200
    assert client.call("GET", place, headers={"X-API-Key": other}).status_code == 403

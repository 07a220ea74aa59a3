"""Every path but the public ones asks for the key, before it looks at anything else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_server import KEY, ApiServer, serve_api, sqlite_database
from obd2_api.openapi import openapi_text

KEYED = [
    ("POST", "/api/v1/sync"),
    ("GET", "/api/v1/sync/state"),
    ("GET", "/api/v1/sync/rows"),
    ("GET", "/api/v1/capabilities"),
    ("GET", "/api/v1/quarantine"),
    ("GET", "/api/v1/quarantine/1"),
    ("POST", "/api/v1/quarantine/replay"),
    ("POST", "/api/v1/quarantine/1/replay"),
    ("POST", "/api/v1/quarantine/1/discard"),
    ("GET", "/api/v1/ping"),
    ("GET", "/api/v1/release/current"),
    ("GET", "/api/v1/release/history"),
    ("POST", "/api/v1/analyze"),
    ("GET", "/api/v1/analyses/an-1"),
    ("GET", "/api/v1/drives"),
    ("GET", "/api/v1/drives/chi-eclipse-01/33"),
    ("POST", "/api/v1/backup"),
    ("GET", "/api/v1/backups"),
    ("POST", "/sync"),
    ("POST", "/analyze/"),
    ("GET", "/ping"),
    ("GET", "/nowhere"),
]
PUBLIC = ["/api/v1/health", "/health", "/health/", "/docs", "/openapi.json", "/docs/assets/swagger-ui-bundle.js"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with (
        sqlite_database(tmp_path_factory.mktemp("keys")) as database,
        serve_api(database, ollama_base_url="http://127.0.0.1:9") as running,
    ):
        yield running


@pytest.mark.parametrize(("method", "path"), KEYED)
def test_a_missing_key_and_a_wrong_key_are_told_apart(server: ApiServer, method: str, path: str) -> None:
    missing = server.call(method, path, key=None)
    wrong = server.call(method, path, key="wrong")
    odd = server.call(method, path, key="schl\xfcssel")

    assert [answer.status for answer in (missing, wrong, odd)] == [401, 401, 401]
    assert missing.json == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Missing API key",
    }
    assert wrong.json["detail"] == odd.json["detail"] == "Invalid API key"
    assert missing.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", PUBLIC)
def test_health_and_documentation_are_open(server: ApiServer, path: str) -> None:
    assert server.call("GET", path, key=None).status == 200


@pytest.mark.parametrize(
    "path", ["/docs/assets/../../api/v1/drives", "/docs/assets/%2e%2e/%2e%2e/etc/passwd", "/docsx"]
)
def test_the_way_through_the_documentation_leads_nowhere(server: ApiServer, path: str) -> None:
    assert server.call("GET", path, key=None).status in {401, 404}


def test_a_key_in_the_query_opens_nothing(server: ApiServer) -> None:
    path = f"/api/v1/drives?X-API-Key={KEY.replace(' ', '%20')}"

    assert server.call("GET", path, key=None).json["detail"] == "Missing API key"
    assert server.call("GET", path).json["detail"] == "Invalid API key"


def test_wrong_keys_are_limited_and_the_right_one_never_is(tmp_path: Path) -> None:
    with sqlite_database(tmp_path) as database, serve_api(database, failed_keys_per_minute=5) as server:
        # Twice the limit and two more: the minute may turn over once on the way.
        refused = [server.call("GET", "/ping", key="wrong") for _ in range(12)]
        right = server.call("GET", "/ping")
        missing = server.call("GET", "/ping", key=None)

    assert [answer.status for answer in refused[:5]] == [401] * 5
    limited = [answer for answer in refused if answer.status == 429]
    assert {answer.headers["retry-after"] for answer in limited} == {"60"}
    assert (right.status, missing.status) == (200, 401)


def test_every_documented_operation_is_tested_for_its_key() -> None:
    document = json.loads(openapi_text())
    keyed = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation.get("security")
    }
    tested = {(method, path) for method, path in KEYED if path.startswith("/api/v1")}
    patterns = {
        ("GET", "/api/v1/drives/chi-eclipse-01/33"): ("GET", "/api/v1/drives/{device}/{drive}"),
        ("GET", "/api/v1/analyses/an-1"): ("GET", "/api/v1/analyses/{analysis_id}"),
        ("GET", "/api/v1/quarantine/1"): ("GET", "/api/v1/quarantine/{entry_id}"),
        ("POST", "/api/v1/quarantine/1/replay"): ("POST", "/api/v1/quarantine/{entry_id}/replay"),
        ("POST", "/api/v1/quarantine/1/discard"): ("POST", "/api/v1/quarantine/{entry_id}/discard"),
    }

    assert keyed == {patterns.get(call, call) for call in tested}

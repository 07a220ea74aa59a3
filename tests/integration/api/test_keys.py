"""Every path but the public ones asks for the key, before it looks at anything else."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from obd2_api.openapi import openapi_text
from obd2_common.db.database import Database
from support.api_server import KEY, ApiServer, serve_api
from support.database_sources import sqlite_database

PUBLIC_OPERATIONS = {"/api/v1/health"}
DOCUMENTED = [
    (method.upper(), re.sub(r"\{\w+\}", "1", path))
    for path, operations in json.loads(openapi_text())["paths"].items()
    for method in operations
    if path not in PUBLIC_OPERATIONS
]
KEYED = [*DOCUMENTED, ("POST", "/sync"), ("POST", "/analyze/"), ("POST", "/backup"), ("GET", "/ping"), ("GET", "/no")]
PUBLIC = ["/api/v1/health", "/health", "/health/", "/docs", "/openapi.json", "/docs/assets/swagger-ui-bundle.js"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with (
        sqlite_database(tmp_path_factory.mktemp("keys")) as database,
        serve_api(database, ollama_base_url="http://127.0.0.1:9", failed_keys_per_minute=10_000) as running,
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


def test_two_keys_are_valid_during_an_exchange_and_health_tells_when_the_old_one_was_used(tmp_path: Path) -> None:
    with sqlite_database(tmp_path) as database, serve_api(database, ollama_base_url="http://127.0.0.1:9") as server:
        before = server.call("GET", "/health").json["keyRotation"]

    exchange = {"api_key": f"the new key\n{KEY}", "ollama_base_url": "http://127.0.0.1:9"}
    with sqlite_database(tmp_path) as database:
        with serve_api(database, **exchange) as server:
            unused = server.call("GET", "/health").json["keyRotation"]
            statuses = [server.call("GET", "/ping", key=key).status for key in ("the new key", KEY, "neither")]
        with serve_api(Database(database.url.render_as_string()), **exchange) as server:
            used = server.call("GET", "/health").json["keyRotation"]
        with serve_api(Database(database.url.render_as_string()), api_key="the new key") as server:
            over = [server.call("GET", "/ping", key=key).status for key in ("the new key", KEY)]

    assert (before, statuses, over) == (None, [200, 200, 401], [200, 401])
    assert unused == {"begunAt": unused["begunAt"], "previousUsedAt": None}
    assert used["previousUsedAt"] > used["begunAt"] == unused["begunAt"]

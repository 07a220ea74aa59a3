"""Whatever a client does with a key, the log of the running api never holds it."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from obd2_api.auth.credentials import Scope
from obd2_common.db.database import Database
from support.api_process import ApiProcess, running_api
from support.issued_keys import issue

SHARED, PREVIOUS, WRONG = "the-shared-key-of-today", "the-shared-key-before-it", "somebody-elses-secret"

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def api(tmp_path: Path, database_url: str) -> Iterator[ApiProcess]:
    with running_api(
        tmp_path, database_url, API_KEY=SHARED, API_KEY_PREVIOUS=PREVIOUS, LOG_LEVEL="DEBUG", FAILED_KEYS_PER_MINUTE="3"
    ) as running:
        yield running


def ask(api: ApiProcess, method: str, path: str, key: str | None = None, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
    connection.request(method, path, None, {**({} if key is None else {"X-API-Key": key}), **headers})
    status = connection.getresponse().status
    connection.close()
    return status


def send_raw(api: ApiProcess, request: bytes) -> None:
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as connection:
        connection.sendall(request)
        connection.recv(65536)


def test_no_key_is_logged_wherever_a_client_puts_it(api: ApiProcess, database_url: str) -> None:
    database = Database(database_url)
    issued = issue(database, Scope.PUSH, device="chi-eclipse-01").text
    database.close()
    keys = (SHARED, PREVIOUS, issued)

    for key in keys:
        assert ask(api, "GET", "/api/v1/ping", key) == 200
        assert ask(api, "GET", f"/api/v1/ping?X-API-Key={key}", key) == 401
        assert ask(api, "GET", f"/api/v1/ping?other={key}", key) == 200
        for path in (f"/api/v1/drives/{key}/1", f"/{key}", f"/api/v1/{quote(key, safe='')}%2F{key}"):
            assert ask(api, "GET", path, key) in {403, 404}
        assert ask(api, "POST", "/api/v1/sync", key, **{"X-Request-ID": key[:64], "User-Agent": key}) == 422
        assert ask(api, "POST", "/api/v1/analyze", key) == 422
        assert ask(api, "DELETE", "/api/v1/ping", key, Referer=f"http://x/?k={key}") in {403, 405}
        send_raw(api, f"GET /{key} HTTP/1.1\r\nX-API-Key: {key}\r\nbroken {key}\r\n\r\n".encode())
        send_raw(api, f"{key} / HTTP/1.1\r\n\r\n".encode())
    for _ in range(5):  # and what was tried in vain
        assert ask(api, "GET", f"/api/v1/ping?key={WRONG}", WRONG) in {401, 429}

    said = api.log.read_text()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert {key for key in (*keys, WRONG) if key in said or quote(key, safe="") in said} == set()
    assert not [line for line in lines if "?" in str(line.get("path"))]
    assert "wrong_keys_limited" in said
    assert [line for line in lines if line.get("key_id") == issued[5:13]]


def test_an_unexpected_error_is_logged_without_the_key(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "vault").write_text("no folder")  # what the api does not expect

    with running_api(tmp_path, database_url, API_KEY=SHARED) as api:
        tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "2", "Upload-Metadata": "filename Yi5qc29u,type Y29uZmln"}
        metadata = f"{tus['Upload-Metadata']},deviceId YQ=="
        status = ask(api, "POST", f"/api/v1/uploads?k={SHARED}", SHARED, **{**tus, "Upload-Metadata": metadata})
        said = api.log.read_text()

    assert status == 500
    assert "Traceback" in said
    assert SHARED not in said

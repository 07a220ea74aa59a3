"""How requests and answers travel: what only a real server on a real socket shows."""

import json
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from obd2_api.openapi import openapi_text
from support.api_server import KEY, ApiServer, serve_api
from support.database_sources import sqlite_database

PATHS = [
    *(re.sub(r"\{\w+\}", "1", path) for path in json.loads(openapi_text())["paths"]),
    *("/sync", "/ping", "/analyze", "/backup", "/health", "/docs", "/openapi.json"),
    *("/", "/nowhere", "/api/v1", "/api/v1/nowhere", "//api/v1/ping", "/docs/oauth2-redirect", "/docs/assets"),
]
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
BIG = b"x" * (24 * 1024 * 1024)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with (
        sqlite_database(tmp_path_factory.mktemp("transport")) as database,
        serve_api(database, max_sync_payload_mb=1, ollama_base_url="http://127.0.0.1:9") as running,
    ):
        yield running


def exchange(server: ApiServer, request: bytes) -> tuple[bytes, bytes]:
    """Send raw bytes and return the head and the body of what comes until the server closes."""
    with server.connect() as connection:
        connection.sendall(request)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    return head.lower(), body


@pytest.mark.parametrize("slashes", ["", "/", "//"])
def test_no_path_redirects_or_fails_with_any_method(server: ApiServer, slashes: str) -> None:
    statuses = {(method, path): server.call(method, path + slashes).status for path in PATHS for method in METHODS}

    # Only a page may send a browser on, to the sign-in.
    assert {call for call, status in statuses.items() if 300 <= status < 400} <= {("GET", "/"), ("HEAD", "/")}
    assert {call for call, status in statuses.items() if status >= 500} <= {
        (method, path) for path in ("/api/v1/release/current",) for method in ("GET", "HEAD")
    }


def test_short_names_and_trailing_slashes_answer_like_the_full_path(server: ApiServer) -> None:
    full = server.call("GET", "/api/v1/ping")

    for path in ("/ping", "/ping/", "/api/v1/ping/"):
        assert server.call("GET", path).status == full.status == 200


@pytest.mark.parametrize("path", ["/api/v1/ping", "/health", "/docs", "/api/v1/drives", "/api/v1/nowhere"])
def test_head_answers_as_get_without_the_body(server: ApiServer, path: str) -> None:
    got, head = server.call("GET", path), server.call("HEAD", path)

    assert (head.status, head.body) == (got.status, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


def test_options_tells_the_methods_of_a_path(server: ApiServer) -> None:
    answer = server.call("OPTIONS", "/sync/")

    assert (answer.status, answer.headers["allow"]) == (204, "OPTIONS, POST")


@pytest.mark.parametrize("path", PATHS)
def test_options_tells_nothing_without_the_key(server: ApiServer, path: str) -> None:
    public = path.startswith("/docs") or path in {"/health", "/api/v1/health", "/openapi.json"}
    answer = server.call("OPTIONS", path, key=None)

    assert public or (answer.status == 401 and not {"allow", "tus-extension", "tus-max-size"} & answer.headers.keys())


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(server: ApiServer) -> None:
    answer = server.call("DELETE", "/api/v1/drives")

    assert (answer.status, answer.headers["allow"]) == (405, "GET")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", PATHS)
def test_content_length_is_exact(server: ApiServer, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nConnection: close\r\n\r\n"

    head, body = exchange(server, request.encode())

    assert f"content-length: {len(body)}\r\n".encode() in head + b"\r\n"


def test_a_long_body_without_the_key_is_read_before_it_is_refused(server: ApiServer) -> None:
    request = urllib.request.Request(f"{server.url}/api/v1/sync", BIG)  # noqa: S310 - loopback

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)  # noqa: S310

    with caught.value as answer:
        assert (answer.code, json.loads(answer.read())["detail"]) == (401, "Missing API key")


def test_a_body_over_the_limit_is_read_before_413(server: ApiServer) -> None:
    answer = server.call("POST", "/api/v1/sync", BIG)

    assert (answer.status, answer.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize(("key", "status"), [(KEY, 413), ("wrong", 401)])
def test_a_chunked_body_is_read_to_its_end_as_well(server: ApiServer, key: str, status: int) -> None:
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    head = f"POST /api/v1/sync HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nConnection: close\r\n"

    answer, _ = exchange(server, head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 8 + b"0\r\n\r\n")

    assert answer.startswith(f"http/1.1 {status}".encode())


def test_a_client_that_waits_to_be_asked_is_refused_without_sending(server: ApiServer) -> None:
    head = "POST /sync HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\nExpect: 100-continue\r\n\r\n"

    answer, _ = exchange(server, head.encode())

    assert answer.startswith(b"http/1.1 401")
    assert b"connection: close" in answer


def test_a_connection_stays_open_for_the_next_request_after_a_refusal(server: ApiServer) -> None:
    refused = b"POST /sync HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000
    served = f"GET /ping HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nConnection: close\r\n\r\n".encode()

    head, rest = exchange(server, refused + served)

    assert head.startswith(b"http/1.1 401")
    assert b"HTTP/1.1 200 OK" in rest


def test_a_client_that_breaks_off_disturbs_nobody(server: ApiServer) -> None:
    with server.connect() as connection:
        connection.sendall(f"POST /sync HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n".encode())
        connection.sendall(b"Content-Length: 1000\r\n\r\n{")
        connection.shutdown(socket.SHUT_RDWR)

    assert server.call("GET", "/ping").status == 200


def test_a_request_under_way_is_finished_when_the_server_stops(tmp_path: Path) -> None:
    body = b'{"deviceId": "x", "batchId": "y", "tables": {}}'
    head = f"POST /sync HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"

    with sqlite_database(tmp_path) as database, serve_api(database) as server, server.connect() as connection:
        connection.sendall(head.encode() + body[:5])
        assert server.call("GET", "/ping").status == 200
        server.stop()
        wait_until_refused(server)
        connection.sendall(body[5:])
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 200")


def wait_until_refused(server: ApiServer) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            server.connect().close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue  # it was still waiting to be accepted when the port closed
    raise AssertionError("the server still takes connections")


def test_every_answer_has_an_id_and_forbids_sniffing_framing_and_caching(server: ApiServer) -> None:
    answer = server.call("GET", "/nowhere", headers={"X-Request-ID": "mine-1"})

    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [
        ("GET", "/api/v1/ping", KEY, 200),
        ("GET", "/api/v1/ping", None, 401),
        ("GET", "/api/v1/health", None, 200),
        ("GET", "/docs", None, 200),
        ("GET", "/docs/assets/swagger-ui-bundle.js", None, 200),
        ("GET", "/openapi.json", None, 200),
        ("OPTIONS", "/sync", KEY, 204),
        ("DELETE", "/api/v1/drives", KEY, 405),
        ("POST", "/api/v1/sync", KEY, 422),
        ("GET", "/api/v1/release/current", KEY, 503),
    ],
)
def test_every_kind_of_answer_has_the_security_headers(
    server: ApiServer, method: str, path: str, key: str | None, status: int
) -> None:
    answer = server.call(method, path, key=key)

    policy = answer.headers["content-security-policy"]
    assert answer.status == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in policy
    assert path.startswith("/docs") or policy.startswith("default-src 'none'")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>"])
def test_an_odd_request_id_is_replaced(server: ApiServer, given: str) -> None:
    answer = server.call("GET", "/ping", headers={"X-Request-ID": given})

    assert answer.headers["x-request-id"] not in {"", given}

"""`POST /sync` as clients see it: encodings, sizes, spellings, problems and receipts, on a real server process."""

import gzip
import http.client
import io
import json
import os
import re
import socket
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import zstandard

from api_process import KEY, ApiProcess, running_api
from database_sources import migrate
from ingest_setup import all_rows
from obd2_common.database import Database
from pi_rows import DEVICE, EXAMPLES, body, reading, readings

MEGABYTE = 1024 * 1024
SYNC = "/api/v1/sync"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path_factory.mktemp('sync') / 'obd.db'}"
    migrate(url)
    with closing(Database(url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def server(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiProcess]:
    folder = tmp_path_factory.mktemp("api")
    url = database.url.render_as_string(hide_password=False)
    with running_api(folder, url, OLLAMA_BASE_URL="http://127.0.0.1:9") as running:
        yield running


def post(
    server: ApiProcess, content: bytes | Iterator[bytes], path: str = SYNC, **headers: str
) -> tuple[int, dict[str, str], Any]:
    """Send a request on its own connection, as the Pi does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"X-Api-Key": KEY, "Connection": "close", "Content-Type": "application/json", **named}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        connection.request("POST", path, content, sent, encode_chunked=not isinstance(content, bytes))
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(text)


def device_rows(database: Database, device: str, table: str = "realtime_data") -> list[dict[str, Any]]:
    return all_rows(database, table, device)


def request_of(device: str, count: int = 3) -> bytes:
    return body({"realtime_data": readings(1, count)}, device=device)


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
    ("encoding", "content"),
    [
        ("gzip", gzip.compress(request_of("gzip"), mtime=0)),
        ("GZIP", gzip.compress(request_of("GZIP"), mtime=0)),
        ("zstd", zstandard.compress(request_of("zstd"))),
        ("identity", request_of("identity")),
        ("", request_of("none")),
        ("gzip", gzip.compress(request_of("parts")[:50], mtime=0) + gzip.compress(request_of("parts")[50:], mtime=0)),
        ("zstd", zstandard.compress(request_of("frames")[:50]) + zstandard.compress(request_of("frames")[50:])),
    ],
)
def test_a_compressed_body_is_read(server: ApiProcess, encoding: str, content: bytes) -> None:
    status, _, receipt = post(server, content, Content_Encoding=encoding)

    assert (status, receipt["tablesProcessed"]["realtime_data"]["inserted"]) == (200, 3)


@pytest.mark.parametrize(
    ("encoding", "content", "status"),
    [
        ("br", request_of("bad"), 415),
        ("deflate", zlib.compress(request_of("bad")), 415),
        ("gzip, gzip", gzip.compress(request_of("bad"), mtime=0), 415),
        ("gzip", request_of("bad"), 422),
        ("zstd", request_of("bad"), 422),
        ("zstd", gzip.compress(request_of("bad"), mtime=0), 422),
        ("gzip", b"", 422),
        ("zstd", b"", 422),
        ("gzip", gzip.compress(request_of("bad"), mtime=0)[:-20], 422),
        ("gzip", gzip.compress(request_of("bad"), mtime=0)[:-1], 422),
        ("gzip", gzip.compress(request_of("bad"), mtime=0) + b"rest", 422),
        ("zstd", zstandard.compress(request_of("bad", 500))[:-40], 422),
        ("gzip", gzip.compress(request_of("bad"), mtime=0)[:20] + b"\xff" * 30, 422),
    ],
)
def test_a_body_that_is_not_what_its_header_says_is_refused(
    server: ApiProcess, database: Database, encoding: str, content: bytes, status: int
) -> None:
    answered, headers, problem = post(server, content, Content_Encoding=encoding)

    assert (answered, headers["content-type"]) == (status, "application/problem+json")
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    assert device_rows(database, "bad") == []


def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_not(server: ApiProcess, database: Database) -> None:
    content = request_of("limit")

    fits, _, _ = post(server, content + b" " * (10 * MEGABYTE - len(content)))
    over, headers, problem = post(
        server, content.replace(b"limit", b"over") + b" " * (10 * MEGABYTE - len(content) + 2)
    )

    assert (fits, over, problem["status"]) == (200, 413, 413)
    assert headers["content-type"] == "application/problem+json"
    assert (len(device_rows(database, "limit")), device_rows(database, "over")) == (3, [])


def test_a_chunked_body_is_taken_and_counted_while_it_arrives(server: ApiProcess, database: Database) -> None:
    content = request_of("chunked")

    fits, _, _ = post(server, (content[start : start + 7] for start in range(0, len(content), 7)))
    over, _, problem = post(server, (b" " * MEGABYTE for _ in range(14)))

    assert (fits, over, problem["status"]) == (200, 413, 413)
    assert len(device_rows(database, "chunked")) == 3


def test_a_declared_length_over_the_limit_is_answered_after_the_body_was_read(server: ApiProcess) -> None:
    status, _, problem = post(server, b" " * (30 * MEGABYTE))

    assert (status, problem["title"]) == (413, "Content Too Large")


@pytest.mark.parametrize("cut", [0, 1, 100])
def test_a_body_cut_short_is_not_stored(server: ApiProcess, database: Database, cut: int) -> None:
    device = f"cut {cut}"
    content = request_of(device)
    head = f"POST /sync HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\nContent-Length: {len(content) + 1}\r\n\r\n"

    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(head.encode() + content[: len(content) - cut])
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert not answer.startswith(b"HTTP/1.1 2")
    assert device_rows(database, device) == []


def test_bombs_are_refused_and_memory_stays_flat(server: ApiProcess) -> None:
    post(server, gzip.compress(request_of("warm", 5000)), Content_Encoding="gzip")
    before = server.peak_bytes()

    answers = [
        post(server, bomb, Content_Encoding=encoding)[0]
        for encoding, bomb in (("gzip", gzip_bomb()), ("zstd", zstd_bomb()), ("zstd", wide_zstd_bomb()))
    ]

    assert answers == [413, 413, 422]
    assert server.peak_bytes() - before < 60 * MEGABYTE


def gzip_bomb() -> bytes:
    """Ten megabytes, nearly, of members that grow a thousandfold each: ten gigabytes."""
    member = gzip.compress(b" " * (16 * MEGABYTE))
    return member * (10 * MEGABYTE // len(member) - 1)


def zstd_bomb() -> bytes:
    packed = io.BytesIO()
    with zstandard.ZstdCompressor(level=1).stream_writer(packed, closefd=False) as writer:
        for _ in range(2048):
            writer.write(b" " * MEGABYTE)
    return packed.getvalue()


def wide_zstd_bomb() -> bytes:
    """A frame that asks the decoder to set aside far more than it needs."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    packed = io.BytesIO()
    with zstandard.ZstdCompressor(compression_params=parameters).stream_writer(packed, closefd=False) as writer:
        writer.write(os.urandom(9 * MEGABYTE))
    return packed.getvalue()


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

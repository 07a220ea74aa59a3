"""Bodies of `POST /sync`: encodings, sizes, pieces, cuts and bombs."""

import gzip
import io
import os
import socket
import time
import zlib

import pytest
import zstandard

from obd2_api.ingest.envelope import MAX_ROWS, MAX_TABLES
from obd2_common.db.database import Database
from support.api_process import KEY, ApiProcess
from support.ingest_setup import all_rows
from support.sync_requests import MEGABYTE, device_rows, post, request_of


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


@pytest.mark.parametrize("size", [MEGABYTE, 10 * MEGABYTE - 100])
@pytest.mark.parametrize(
    "row", ["0", "[]", "{}", '{"a":"b"}', '"\U0001f697"', "[" * 500 + "]" * 500, '{"id":1,"value":"x"}', "Infinity"]
)
def test_many_junk_rows_are_refused_quickly_and_in_little_memory(server: ApiProcess, row: str, size: int) -> None:
    post(server, gzip.compress(request_of("warm", 5000)), Content_Encoding="gzip")
    before = server.peak_bytes()
    count = size // (len(row.encode()) + 1) - 10

    began = time.monotonic()
    status, _, problem = post(server, junk(["nope"], row, count))

    assert status == (200 if count <= MAX_ROWS and size == MEGABYTE else 422), problem
    assert time.monotonic() - began < 20
    assert server.peak_bytes() - before < 100 * MEGABYTE


def test_as_much_junk_as_the_limits_admit_is_stored_in_little_memory(server: ApiProcess, database: Database) -> None:
    tables = [f"table {number}" for number in range(MAX_TABLES)]
    before = server.peak_bytes()

    status, _, receipt = post(server, junk(tables, f'["{"x" * 480}", #]', MAX_ROWS // MAX_TABLES))

    assert status == 200
    assert sum(counts["quarantined"] for counts in receipt["tablesProcessed"].values()) == MAX_ROWS // 64 * 64
    assert server.peak_bytes() - before < 100 * MEGABYTE
    assert len(all_rows(database, "quarantine", "junk")) >= MAX_ROWS // 64 * 64


def junk(tables: list[str], row: str, count: int) -> bytes:
    """Return a body with copies of a row, `#` in it counted up."""
    rows = {name: ",".join(row.replace("#", str(number)) for number in range(count)) for name in tables}
    parts = ",".join(f'"{name}":{{"rows":[{content}]}}' for name, content in rows.items())
    return f'{{"deviceId":"junk","batchId":"b","tables":{{{parts}}}}}'.encode()


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

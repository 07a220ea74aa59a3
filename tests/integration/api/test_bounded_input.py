"""What a connection may send before anybody has looked at its key is bounded, and none of it is taken for headers."""

import socket
from collections.abc import Iterator

import pytest

from obd2_api.protocol import MAX_FRAMING_BYTES, MAX_HEADER_BYTES, MAX_HEADERS, MAX_PIPELINED_REQUESTS
from support.api_server import KEY, ApiServer, serve_api
from support.database_sources import sqlite_database

CHUNKED = b"POST /sync HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
WITH_KEY = b"X-API-Key: " + KEY.encode() + b"\r\n\r\n"
BODY = b'{"deviceId": "x", "batchId": "y", "tables": {}}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with sqlite_database(tmp_path_factory.mktemp("bounded")) as database, serve_api(database) as running:
        yield running


def answer_to(server: ApiServer, head: bytes, *, then: bytes = b"", up_to_bytes: int = 0) -> tuple[bytes, int]:
    """Return what comes until the server closes, and how much of a repeated piece it let in."""
    sent = 0
    with server.connect() as connection:
        connection.sendall(head)
        try:
            while sent < up_to_bytes:
                connection.sendall(then)
                sent += len(then)
        except ConnectionError:
            return b"", sent
        return received_until_closed(connection), sent


def received_until_closed(connection: socket.socket) -> bytes:
    received = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionError:
            return received
        if not piece:
            return received
        received += piece


@pytest.mark.parametrize(
    "piece",
    [b"X-More: " + b"x" * 1000 + b"\r\n", b"x" * 1000, b"a:\r\n" * 250],
    ids=["many trailers", "one trailer", "short trailers"],
)
def test_trailers_without_end_close_the_connection(server: ApiServer, piece: bytes) -> None:
    _, sent = answer_to(server, CHUNKED + b"\r\n2\r\n{}\r\n0\r\nX-First: ", then=piece, up_to_bytes=64_000_000)

    assert sent < 16_000_000, "more than the buffers of both ends can take"


def test_a_chunk_extension_without_end_closes_the_connection(server: ApiServer) -> None:
    _, sent = answer_to(server, CHUNKED + b"\r\n2;", then=b"x" * MAX_FRAMING_BYTES, up_to_bytes=64_000_000)

    assert sent < 16_000_000


def test_a_key_in_a_trailer_is_not_read(server: ApiServer) -> None:
    request = CHUNKED + b"\r\n%x\r\n%s\r\n0\r\n" % (len(BODY), BODY) + WITH_KEY

    answer, _ = answer_to(server, request)

    assert answer.startswith(b"HTTP/1.1 401")


def test_trailers_of_usual_size_are_ignored(server: ApiServer) -> None:
    request = CHUNKED + WITH_KEY + b"%x;name=value\r\n%s\r\n0\r\nX-Checksum: 1\r\n\r\n" % (len(BODY), BODY)

    answer, _ = answer_to(server, request)

    assert answer.startswith(b"HTTP/1.1 200")


def test_a_body_in_chunks_of_one_byte_is_taken(server: ApiServer) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY + b" " * 20_000)

    answer, _ = answer_to(server, CHUNKED + WITH_KEY + chunks + b"0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "headers",
    [b"a:\r\n" * (MAX_HEADERS + 1), b"X-Long: " + b"x" * MAX_HEADER_BYTES + b"\r\n"],
    ids=["too many", "too long"],
)
def test_headers_over_the_limit_are_refused_although_they_came_at_once(server: ApiServer, headers: bytes) -> None:
    answer, _ = answer_to(server, b"GET /ping HTTP/1.1\r\nHost: x\r\n" + headers + WITH_KEY)

    assert answer.startswith(b"HTTP/1.1 431")


def test_a_request_line_over_the_limit_is_refused(server: ApiServer) -> None:
    answer, _ = answer_to(server, b"GET /" + b"x" * MAX_HEADER_BYTES + b" HTTP/1.1\r\nHost: x\r\n" + WITH_KEY)

    assert answer.startswith(b"HTTP/1.1 431")


def test_only_a_few_requests_wait_on_one_connection(server: ApiServer) -> None:
    request = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"

    few, _ = answer_to(server, request * MAX_PIPELINED_REQUESTS + request[:-2] + b"Connection: close\r\n\r\n")
    many, _ = answer_to(server, request * 1000)

    assert few.count(b"HTTP/1.1 401") == MAX_PIPELINED_REQUESTS + 1
    assert many.count(b"HTTP/1.1 401") <= MAX_PIPELINED_REQUESTS + 1

"""Clients that hold a connection and send next to nothing: each is let go, and nobody else notices."""

import base64
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from obd2_api.protocol import MAX_CONNECTIONS_PER_ADDRESS, MAX_HEADER_BYTES
from obd2_api.strangers import MOST_STRANGERS, MOST_STRANGERS_PER_ADDRESS
from support.api_server import KEY, ApiServer, serve_api
from support.database_sources import sqlite_database

SHORT_SECONDS = 0.4
PING = f"GET /ping HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n\r\n".encode()
PING_AND_CLOSE = PING.removesuffix(b"\r\n") + b"Connection: close\r\n\r\n"
HALF_OF_A_REQUEST = b"GET /ping HTTP/1.1\r\nHost: x\r\nX-"
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    folder = tmp_path_factory.mktemp("slow")
    with (
        sqlite_database(folder) as database,
        serve_api(
            database,
            backup_dir=folder / "vault",
            header_timeout_seconds=SHORT_SECONDS,
            body_timeout_seconds=SHORT_SECONDS,
        ) as running,
    ):
        yield running


def connect_from(server: ApiServer, address: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=30, source_address=(address, 0))


def known_connection(server: ApiServer, address: str) -> socket.socket:
    """Return an open connection whose client has shown the key."""
    connection = connect_from(server, address)
    connection.sendall(PING)
    received = b""
    while b"}" not in received:
        received += connection.recv(65536)
    return connection


def end_of(connection: socket.socket, *, drip: bytes = b"") -> bytes:
    """Return what comes until the server closes, while a byte is dripped in again and again."""
    received = b""
    connection.settimeout(0.05)
    for _ in range(200):
        try:
            piece = connection.recv(65536)
            if not piece:
                return received
            received += piece
        except TimeoutError:
            if drip:
                connection.send(drip)
        except ConnectionError:
            return received
    raise AssertionError("the server never closed the connection")


@pytest.mark.parametrize("drip", [b"", b"\r\n"], ids=["silent", "blank lines"])
def test_a_connection_that_asks_nothing_is_closed(server: ApiServer, drip: bytes) -> None:
    with server.connect() as connection:
        received = end_of(connection, drip=drip)

    assert received == b"" or received.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("drip", [b"", b"a"], ids=["stalls", "drips"])
@pytest.mark.parametrize("is_second", [False, True], ids=["first", "kept alive"])
def test_headers_that_do_not_end_are_answered_408(server: ApiServer, drip: bytes, *, is_second: bool) -> None:
    with server.connect() as connection:
        if is_second:
            connection.sendall(f"GET /ping HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n\r\n".encode())
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /ping HTTP/1.1\r\nHost: x\r\nX-")
        received = end_of(connection, drip=drip)

    # The body of the first answer may come after its head.
    assert received.removeprefix(received.partition(b"HTTP/")[0]).startswith(b"HTTP/1.1 408")


def test_headers_without_end_are_refused_before_they_fill_the_memory(server: ApiServer) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /ping HTTP/1.1\r\nX-Long: " + b"x" * (MAX_HEADER_BYTES + 1))
        received = end_of(connection)

    assert received.startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize("drip", [b"", b"x"], ids=["stalls", "trickles"])
@pytest.mark.parametrize("key", [KEY, "wrong"])
def test_a_body_that_does_not_come_is_answered_and_its_connection_closed(
    server: ApiServer, drip: bytes, key: str
) -> None:
    head = f"POST /sync HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Length: 1000000\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head.encode() + b'{"deviceId": "x", ')
        received = end_of(connection, drip=drip)

    assert received.startswith(b"HTTP/1.1 408" if key == KEY else b"HTTP/1.1 401")
    assert b"connection: close" in received.lower()
    assert server.call("GET", "/api/v1/devices").json["devices"] == []


@pytest.mark.parametrize("key", [None, "wrong"])
def test_a_refusal_does_not_wait_for_a_body_that_stalls(tmp_path: Path, key: str | None) -> None:
    head = "POST /sync HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n" + (
        "" if key is None else f"X-API-Key: {key}\r\n"
    )
    with sqlite_database(tmp_path) as database, serve_api(database) as server, server.connect() as connection:
        connection.sendall(head.encode() + b"\r\n{")
        received = end_of(connection)

    assert received.startswith(b"HTTP/1.1 401")


def test_a_resumable_upload_that_stalls_keeps_what_has_come(server: ApiServer) -> None:
    pairs = {"filename": "obd.log", "type": "logs", "deviceId": "chi-eclipse-01"}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in pairs.items())
    begin = {**TUS, "Upload-Length": "10", "Upload-Metadata": metadata}
    place = server.call("POST", "/api/v1/uploads", headers=begin).headers["location"]
    head = (
        f"PATCH {place} HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        "Content-Type: application/offset+octet-stream\r\nContent-Length: 10\r\n\r\n"
    )

    with server.connect() as connection:
        connection.sendall(head.encode() + b"1234")
        end_of(connection)

    assert server.call("GET", place).headers["upload-offset"] == "4"


def test_a_body_that_takes_its_time_but_comes_is_taken(server: ApiServer) -> None:
    body = b'{"deviceId": "slow", "batchId": "y", "tables": {}}' + b" " * 1999
    head = f"POST /sync HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nConnection: close\r\n"
    with server.connect() as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        connection.settimeout(SHORT_SECONDS / 4)
        for start in range(0, len(body) - 100, 200):
            connection.sendall(body[start : start + 200])
            with pytest.raises(TimeoutError):  # nothing is answered yet
                connection.recv(1)
        connection.sendall(body[start + 200 :])
        connection.settimeout(30)
        received = b"".join(iter(lambda: connection.recv(65536), b""))

    assert received.startswith(b"HTTP/1.1 200")


def test_one_address_cannot_take_every_connection(tmp_path: Path) -> None:
    with sqlite_database(tmp_path) as database, serve_api(database) as server:
        connections = [known_connection(server, "127.0.0.1") for _ in range(MAX_CONNECTIONS_PER_ADDRESS)]
        with server.connect() as one_more:
            refused = end_of(one_more)
        with connect_from(server, "127.0.0.2") as other:
            other.sendall(PING_AND_CLOSE)
            answered = end_of(other)
        for connection in connections:
            connection.close()

    assert refused == b""
    assert answered.startswith(b"HTTP/1.1 200")


def test_half_open_connections_from_many_addresses_shut_nobody_out(tmp_path: Path) -> None:
    with sqlite_database(tmp_path) as database, serve_api(database) as server:
        known = known_connection(server, "127.0.0.9")
        half_open = []
        for number in range(MOST_STRANGERS + 20):
            connection = connect_from(server, f"127.0.0.{number % 7 + 2}")
            connection.sendall(HALF_OF_A_REQUEST)
            half_open.append(connection)
        with connect_from(server, "127.0.0.10") as newcomer:
            newcomer.sendall(PING_AND_CLOSE)
            answered = end_of(newcomer)
        dropped = end_of(half_open[0])
        known.sendall(PING_AND_CLOSE)
        answered_again = end_of(known)
        for connection in [known, *half_open]:
            connection.close()

    assert answered.startswith(b"HTTP/1.1 200")
    assert dropped == b""
    assert b"HTTP/1.1 200" in answered_again


def test_an_address_drops_its_own_oldest_connection_without_a_key_first(tmp_path: Path) -> None:
    with sqlite_database(tmp_path) as database, serve_api(database) as server:
        other = connect_from(server, "127.0.0.2")
        own = [server.connect() for _ in range(MOST_STRANGERS_PER_ADDRESS + 1)]
        dropped = end_of(own[0])
        for connection in (other, own[-1]):
            connection.sendall(PING_AND_CLOSE)
        answers = [end_of(connection) for connection in (other, own[-1])]
        for connection in [other, *own]:
            connection.close()

    assert dropped == b""
    assert [answer[:12] for answer in answers] == [b"HTTP/1.1 200"] * 2


def test_a_trusted_proxy_has_as_many_connections_as_it_needs(tmp_path: Path) -> None:
    with (
        sqlite_database(tmp_path) as database,
        serve_api(database, trusted_proxies="10.9.9.9, 127.0.0.0/8") as server,
    ):
        connections = [server.connect() for _ in range(MAX_CONNECTIONS_PER_ADDRESS + 1)]
        status = server.call("GET", "/ping").status
        for connection in connections:
            connection.close()

    assert status == 200


@pytest.mark.parametrize(("proxies", "neighbour"), [("127.0.0.1", 401), ("", 429)], ids=["trusted", "not trusted"])
def test_wrong_keys_count_for_the_client_a_trusted_proxy_names_and_nobody_else_may_name_one(
    tmp_path: Path, proxies: str, neighbour: int
) -> None:
    culprit, innocent = ({"X-Forwarded-For": f"10.27.27.{number}"} for number in (66, 28))
    with (
        sqlite_database(tmp_path) as database,
        serve_api(database, failed_keys_per_minute=2, trusted_proxies=proxies) as server,
    ):
        tried = [server.call("GET", "/ping", key="wrong", headers=culprit).status for _ in range(3)]
        other = server.call("GET", "/ping", key="wrong", headers=innocent).status
        right = server.call("GET", "/ping", headers=culprit).status

    assert (tried, other, right) == ([401, 401, 429], neighbour, 200)

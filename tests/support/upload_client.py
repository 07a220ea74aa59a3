"""Sends uploads as forms that are made piece by piece, whole or cut off."""

import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from support.api_process import KEY, ApiProcess

BOUNDARY = "5f0c1d9a"
END = f"--{BOUNDARY}--\r\n".encode()
FIELDS = {"type": "database", "deviceId": "chi-eclipse-01"}


def field(name: str, value: str) -> bytes:
    """Return a text field of a form."""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def form(
    content: Iterable[bytes],
    filename: str = "obd.db.gz",
    *,
    fields: Mapping[str, str] = FIELDS,
    is_file_first: bool = False,
) -> Iterator[bytes]:
    """Return a form in pieces."""
    texts = b"".join(field(name, value) for name, value in fields.items())
    if not is_file_first:
        yield texts
    yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'.encode("latin-1")
    yield b"Content-Type: application/octet-stream\r\n\r\n"
    yield from content
    yield b"\r\n"
    if is_file_first:
        yield texts
    yield END


def send(
    api: ApiProcess,
    body: Iterable[bytes],
    *,
    size_bytes: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send a form.

    Args:
        api: to whom.
        body: the form.
        size_bytes: of the body, when it is to be declared; without it the body is sent in chunks.
        headers: further ones.
    """
    declared = {} if size_bytes is None else {"Content-Length": str(size_bytes)}
    return httpx.post(
        f"{api.url}/api/v1/backup",
        content=body,
        headers={
            "X-API-Key": KEY,
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            **declared,
            **(headers or {}),
        },
        timeout=120,
    )


def upload(api: ApiProcess, content: bytes, filename: str = "obd.db.gz", **arguments: Any) -> httpx.Response:  # noqa: ANN401
    """Send one file with the usual fields; arguments as for `form`."""
    body = b"".join(form([content], filename, **arguments))
    return send(api, [body], size_bytes=len(body))


def open_request(api: ApiProcess, *, size_bytes: int) -> socket.socket:
    """Begin an upload by hand and return the connection, to be fed and cut at will."""
    headers = {"Content-Length": str(size_bytes), "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return open_connection(api, "POST /api/v1/backup HTTP/1.1", headers)


def open_connection(api: ApiProcess, request_line: str, headers: Mapping[str, str]) -> socket.socket:
    """Send the head of a request and return the connection."""
    connection = socket.create_connection(("127.0.0.1", api.port), timeout=30)
    lines = [request_line, "Host: 127.0.0.1", f"X-Api-Key: {KEY}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection


def send_file(api: ApiProcess, path: Path) -> int:
    """Send a file with next to no work on this side and return the status of the answer."""
    head, tail = b"".join(form([b"\0"], "obd.db")).split(b"\0")
    size_bytes = len(head) + path.stat().st_size + len(tail)
    with open_request(api, size_bytes=size_bytes) as connection, path.open("rb") as file:
        connection.settimeout(120)
        connection.sendall(head)
        connection.sendfile(file)
        connection.sendall(tail)
        return int(connection.makefile("rb").readline().split()[1])

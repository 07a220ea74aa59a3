"""The clients that send an upload: what an operator types, what a script on the Pi does, and next to nothing."""

import http.client
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from support.api_process import KEY, ApiProcess
from support.upload_client import BOUNDARY, FIELDS, form, send_file

READ_BYTES = 1 << 20
TAKEN = 200


@dataclass(frozen=True)
class Sent:
    """How an upload went.

    Args:
        seconds: from the first byte to the answer.
        client_seconds: processor time the client took of that.
    """

    seconds: float
    client_seconds: float


def with_curl(api: ApiProcess, path: Path) -> None:
    """Send as the documentation shows it."""
    program = shutil.which("curl")
    if program is None:
        raise FileNotFoundError("curl is not installed")
    fields = [argument for name, value in FIELDS.items() for argument in ("-F", f"{name}={value}")]
    command = [program, "--silent", "--fail", "--output", "/dev/null", "-H", f"X-API-Key: {KEY}", *fields]
    subprocess.run([*command, "-F", f"file=@{path}", f"{api.url}/api/v1/backup"], check=True)  # noqa: S603


def with_http_client(api: ApiProcess, path: Path) -> None:
    """Send with Python's standard library: a form whose file is read and written piece by piece."""
    head, tail = b"".join(form([b"\0"], path.name)).split(b"\0")
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=120)
    connection.request(
        "POST",
        "/api/v1/backup",
        body=_pieces(head, path, tail),
        headers={
            "X-API-Key": KEY,
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Content-Length": str(len(head) + path.stat().st_size + len(tail)),
        },
    )
    _must_be_taken(connection.getresponse().status)
    connection.close()


def with_sendfile(api: ApiProcess, path: Path) -> None:
    """Let the kernel send the file."""
    _must_be_taken(send_file(api, path))


Send = Callable[[ApiProcess, Path], None]
CLIENTS: dict[str, Send] = {
    "curl -F": with_curl,
    "Python http.client": with_http_client,
    "sendfile": with_sendfile,
}


def timed(send: Send, api: ApiProcess, path: Path) -> Sent:
    """Send a file and return how that went."""
    worked = _processor_seconds()
    began = time.perf_counter()
    send(api, path)
    return Sent(time.perf_counter() - began, _processor_seconds() - worked)


def _pieces(head: bytes, path: Path, tail: bytes) -> Iterator[bytes]:
    yield head
    with path.open("rb") as file:
        while piece := file.read(READ_BYTES):
            yield piece
    yield tail


def _must_be_taken(status: int) -> None:
    if status != TAKEN:
        raise AssertionError(f"the upload was answered {status}")


def _processor_seconds() -> float:
    """Return the processor time of this process and of the children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)

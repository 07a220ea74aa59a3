"""A small HTTP server that notes what a Pi sends and answers as a test wants."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class SeenRequest:
    """One request as it arrived."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the decoded body."""
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded

    @property
    def table(self) -> str | None:
        """Return the one table of a sync request, None when it has none."""
        return next(iter(self.json()["tables"]), None) if self.body else None


@dataclass(frozen=True)
class Reply:
    """What the server answers; with `is_cut` it closes the connection in mid-answer instead."""

    status: int = 200
    body: bytes = b"{}"
    location: str | None = None
    is_cut: bool = False
    promised_bytes: int | None = None


@dataclass
class SyncServerFake:
    """The running server: its URL, what it saw, and the function that chooses each answer."""

    url: str = ""
    seen: list[SeenRequest] = field(default_factory=list)
    answer: Callable[[SeenRequest], Reply] = lambda _: Reply()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return all rows of a table in the order they came."""
        requests = [request for request in self.seen if request.body and request.table == table]
        return [row for request in requests for row in request.json()["tables"][table]["rows"]]

    @property
    def tables_in_order(self) -> list[str | None]:
        """Return the table of every sync request."""
        return [request.table for request in self.seen if request.body]


def receipt(request: SeenRequest) -> Reply:
    """Answer as a server that stored every row as new."""
    processed = {
        table: {"inserted": len(content["rows"]), "updated": 0, "errors": 0, "unchanged": 0, "quarantined": 0}
        for table, content in (request.json()["tables"] if request.body else {}).items()
    }
    return Reply(body=json.dumps({"status": "ok", "tablesProcessed": processed}).encode())


@contextmanager
def sync_server() -> Iterator[SyncServerFake]:
    """Run a fake server on a free port of the loopback interface."""
    fake = SyncServerFake()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._handle()

        def do_POST(self) -> None:
            self._handle()

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = SeenRequest(self.command, self.path, list(self.headers.items()), body)
            fake.seen.append(request)
            reply = fake.answer(request)
            self.close_connection = True
            if reply.is_cut:
                return
            self.send_response(reply.status)
            self.send_header("Content-Length", str(reply.promised_bytes or len(reply.body)))
            if reply.location is not None:
                self.send_header("Location", reply.location)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

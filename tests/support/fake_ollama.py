"""A stand-in for an Ollama server on loopback: answers as the real one does, and fails as it does, on demand."""

import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from support.fake_ollama_answers import (
    Answer,
    FakeModel,
    chat,
    check_chat,
    document,
    error,
    find,
    full_name,
    minimal_instance,
    plain,
    pull,
    split_lines,
    tags,
)

NEWEST, OLDER = "0.32.15", "0.24.0"
PATIENCE_SECONDS = 20.0
_LOCAL_HOSTS = ("localhost", "127.", "[::1]", "10.", "192.168.")
_LOCAL_NAMES = (".local", ".internal", ".localhost")


class Mishap(Enum):
    """What may happen to the next chat with messages."""

    CUT = "the connection ends before the first byte"
    CUT_INSIDE = "the connection ends in the middle of the body"
    ENGINE_DIED = "the engine is killed"
    ERROR_LINE = "an error comes inside a 200"
    NOT_DONE = "the answer ends without done"
    BUSY = "the server's queue is full"
    NOT_JSON = "something answers that is no JSON"
    NOT_AN_OBJECT = "something answers that is no object"
    WEB_PAGE = "a proxy answers with a page"
    NO_MODEL = "the model has gone"
    LOAD_STALLED = "the server gave up loading"
    FORBIDDEN = "the server refuses us without a word"
    NO_CHAT = "the model cannot chat"


class FakeOllama:
    """The server's state, and what it has been asked.

    ``replies`` are what the model says, one per chat, the last one for ever; without any it says as little as the
    schema allows. It takes ``latency_seconds``. ``mishaps`` happen one per chat, instead of the reply. ``may_answer``
    and ``may_load`` are open gates; clearing one makes chats or loading wait until it is set again.
    """

    def __init__(self, *models: FakeModel | str, version: str = NEWEST) -> None:
        self.version = version
        self.models = [model if isinstance(model, FakeModel) else FakeModel(model) for model in models]
        self.registry: set[str] = set()
        self.replies: deque[str] = deque()
        self.mishaps: deque[Mishap] = deque()
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self.authorizations: list[str | None] = []
        self.may_answer, self.may_load = threading.Event(), threading.Event()
        self.may_answer.set()
        self.may_load.set()
        self.was_asked = threading.Event()
        self.latency_seconds = 0.0
        self.aborted_loads = 0
        self.loaded_num_ctx: int | None = None
        self.loads = 0
        self.active = self.most_active = 0
        self._guard = threading.Lock()
        self.base_url = ""

    def chats(self) -> list[dict[str, Any]]:
        """Return the bodies of the chats with messages."""
        return [body for _, path, body in self.requests if path == "/api/chat" and body.get("messages")]

    @contextlib.contextmanager
    def running(self, port: int = 0) -> Iterator["FakeOllama"]:
        """Serve on a loopback port until the block ends."""
        handler = type("Handler", (_Handler,), {"fake": self})
        with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
            server.daemon_threads = True
            self.base_url = f"http://127.0.0.1:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield self
            finally:
                self.may_answer.set()
                self.may_load.set()
                server.shutdown()
                thread.join()

    def next_reply(self, request: dict[str, Any]) -> str:
        """Return what the model says now."""
        if self.replies:
            return self.replies.popleft() if len(self.replies) > 1 else self.replies[0]
        wanted = request.get("format")
        if isinstance(wanted, dict):
            return json.dumps(minimal_instance(wanted))
        return "the car " * 300

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Count a chat as under way."""
        with self._guard:
            self.active += 1
            self.most_active = max(self.most_active, self.active)
        try:
            yield
        finally:
            with self._guard:
                self.active -= 1

    def load(self, num_ctx: int, is_client_gone: Callable[[], bool]) -> bool:
        """Load the model unless it is loaded with this context; False when the client went away meanwhile."""
        if self.loaded_num_ctx == num_ctx:
            return True
        self.loads += 1
        if not _wait(self.may_load, is_client_gone):
            self.aborted_loads += 1
            return False
        self.loaded_num_ctx = num_ctx
        return True


class _Handler(BaseHTTPRequestHandler):
    fake: ClassVar[FakeOllama]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        """Answer a GET."""
        self._handle(b"")

    def do_POST(self) -> None:
        """Answer a POST."""
        self._handle(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _handle(self, body: bytes) -> None:
        self.fake.authorizations.append(self.headers.get("Authorization"))
        self.fake.requests.append((self.command, self.path, _object(body)))
        if not _is_local(self.headers.get("Host", "")):
            self._send(Answer(403, content_type=None))
            return
        with contextlib.suppress(ConnectionError):
            answer = self._answer(body)
            if answer is not None:
                self._send(answer)

    def _answer(self, body: bytes) -> Answer | None:
        fake = self.fake
        routes: dict[tuple[str, str], Callable[[], Answer | None]] = {
            ("GET", "/"): lambda: plain(200, "Ollama is running"),
            ("GET", "/api/version"): lambda: document(200, {"version": fake.version}),
            ("GET", "/api/tags"): lambda: tags(fake.models, fake.version),
            ("GET", "/api/ps"): lambda: document(200, {"models": []}),
            ("POST", "/api/pull"): lambda: self._pull(_object(body)),
            ("POST", "/api/chat"): lambda: self._chat(body),
        }
        route = routes.get((self.command, self.path))
        if route is not None:
            return route()
        is_known = any(path == self.path for _, path in routes)
        return plain(405, "405 method not allowed") if is_known else plain(404, "404 page not found")

    def _pull(self, request: dict[str, Any]) -> Answer:
        name = str(request.get("model"))
        is_there = full_name(name) in {full_name(model) for model in self.fake.registry}
        if is_there and find(self.fake.models, name) is None:
            _wait(self.fake.may_load, self._is_gone)
            self.fake.models.append(FakeModel(name))
        return pull(name, is_there=is_there)

    def _chat(self, body: bytes) -> Answer | None:
        fake = self.fake
        checked = check_chat(body, fake.models, fake.version)
        if isinstance(checked, Answer):
            return checked
        request, model = checked
        if not fake.load(int(request.get("options", {}).get("num_ctx", 4096)), self._is_gone):
            self._drop()
            return None
        if not request.get("messages"):
            return chat(request, model, "", fake.version)
        with fake.counted():
            fake.was_asked.set()
            threading.Event().wait(fake.latency_seconds)
            if not _wait(fake.may_answer, self._is_gone):
                self._drop()
                return None
            if fake.mishaps:
                return self._mishap(
                    fake.mishaps.popleft(), chat(request, model, fake.next_reply(request), fake.version)
                )
            return chat(request, model, fake.next_reply(request), fake.version)

    def _mishap(self, mishap: Mishap, answer: Answer) -> Answer | None:
        if mishap is Mishap.CUT:
            self._drop()
            return None
        if mishap is Mishap.CUT_INSIDE:
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.wfile.flush()
            self._drop()
            return None
        died = "an error was encountered while running the model: unexpected EOF"
        message = {"role": "assistant", "content": "[{"}
        return {
            Mishap.ENGINE_DIED: error(500, died),
            Mishap.ERROR_LINE: document(200, {"error": died}),
            Mishap.NOT_DONE: document(200, {"message": message, "done": False}),
            Mishap.BUSY: error(503, "server busy, please try again.  maximum pending requests exceeded"),
            Mishap.NOT_JSON: plain(200, "Ollama is running"),
            Mishap.NOT_AN_OBJECT: Answer(200, b"[1, 2]"),
            Mishap.WEB_PAGE: Answer(502, b"<html><h1>Bad Gateway</h1></html>", "text/html"),
            Mishap.NO_MODEL: error(404, 'model "tiny" not found, try pulling it first'),
            Mishap.LOAD_STALLED: error(500, "timed out waiting for llama-server to start - "),
            Mishap.FORBIDDEN: Answer(403, content_type=None),
            Mishap.NO_CHAT: error(400, '"tiny" does not support chat'),
        }[mishap]

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        if not answer.is_stream:
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in split_lines(answer):
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def _drop(self) -> None:
        """Close the connection as a stopped server does."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _is_gone(self) -> bool:
        """Tell whether the client has hung up."""
        self.connection.setblocking(False)  # noqa: FBT003
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK) == b"")
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self.connection.setblocking(True)  # noqa: FBT003


def _wait(gate: threading.Event, is_client_gone: Callable[[], bool]) -> bool:
    """Wait for a gate to open; False when the client hangs up first."""
    for _ in range(int(PATIENCE_SECONDS / 0.02)):
        if gate.wait(0.02):
            return True
        if is_client_gone():
            return False
    return False


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _is_local(host: str) -> bool:
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return name.startswith(_LOCAL_HOSTS) or name.endswith(_LOCAL_NAMES)

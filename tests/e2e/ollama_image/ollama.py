"""A stand-in for the program `ollama`: serves its API and asks it, as far as the stack uses either.

A model is a file in OLLAMA_MODELS. The file recorded.json beside this one holds exchanges with a real server: it
answers with the one most like the request, in its chunks, so what it says is what that model said.
"""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from e2e.ollama_image.exchanges import Exchange, choose, listing, named

ADDRESS = os.environ.get("OLLAMA_HOST", "127.0.0.1:11434").removeprefix("http://")  # noqa: TID251 - no settings here
MODELS = Path(os.environ.get("OLLAMA_MODELS", "/tmp/models"))  # noqa: S108, TID251
RECORDED: list[Exchange] = json.loads(Path(__file__).with_name("recorded.json").read_text("utf-8"))
LONGEST_PAUSE_SECONDS = 0.5
OK = 200
MISSING = 404


def full_name(model: str) -> str:
    """Return a model's name with its tag."""
    return model if ":" in model else f"{model}:latest"


def place(model: str) -> Path:
    """Return the file that stands for a model."""
    return MODELS / full_name(model).replace("/", "--")


def present() -> list[str]:
    """Return the models that are there."""
    return sorted(file.name.replace("--", "/") for file in MODELS.iterdir() if file.is_file())


def answer(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Answer a call of the API that nothing was recorded of."""
    model = body.get("model", "")
    if path in {"/api/pull", "/api/create"}:
        place(model).write_text("{}")
        return OK, {"status": "success"}
    if not place(model).exists():
        return MISSING, {"error": f"model '{model}' not found"}
    known = {"/api/show": {"details": {"family": "llama"}, "capabilities": ["completion"], "model_info": {}}}
    return (OK, known[path]) if path in known else (MISSING, {"error": "not found"})


class Handler(BaseHTTPRequestHandler):
    """One request to the API."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Serve the calls without a body."""
        if self.path == "/api/tags":
            self._send(OK, listing(RECORDED, present()).encode(), "application/json; charset=utf-8")
        elif not self._replay(b""):
            self._send(MISSING, b"404 page not found", "text/plain")

    def do_POST(self) -> None:
        """Serve the calls with a body."""
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._replay(raw):
            return
        body = json.loads(raw or b"{}")
        status, content = answer(self.path, body)
        is_streamed = status == OK and body.get("stream", True)
        kind = "application/x-ndjson" if is_streamed else "application/json; charset=utf-8"
        self._send(status, json.dumps(content).encode() + b"\n", kind)

    def _replay(self, raw: bytes) -> bool:
        """Answer as a real server once did; False when nothing like it was recorded."""
        model = model_of(raw)
        exchange = choose(RECORDED, self.command, self.path, raw, has_model=not model or place(model).exists())
        if exchange is None:
            return False
        chunks = [(at, named(text, model).encode()) for at, text in exchange["chunks"]]
        is_chunked = "transfer-encoding" in exchange["headers"]
        self.send_response(exchange["status"])
        for name, value in exchange["headers"].items():
            if name not in {"date", "content-length"}:
                self.send_header(name, value)
        if not is_chunked:
            self.send_header("Content-Length", str(sum(len(text) for _, text in chunks)))
        self.end_headers()
        began = time.monotonic()
        for at, text in chunks:
            time.sleep(max(0.0, min(at, LONGEST_PAUSE_SECONDS) - (time.monotonic() - began)))
            self.wfile.write(b"%x\r\n%b\r\n" % (len(text), text) if is_chunked else text)
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")
        return True

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def model_of(raw: bytes) -> str:
    """Return the model a request names, or nothing."""
    try:
        return str(json.loads(raw).get("model", ""))
    except ValueError:
        return ""


def call(path: str, body: dict[str, Any] | None = None) -> int:
    """Ask the server as the command line does; return the exit status."""
    address = ADDRESS.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - compared, not bound
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(f"http://{address}{path}", data, timeout=10) as reply:
            sys.stdout.write(reply.read().decode() + "\n")
    except (OSError, urllib.error.URLError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


def main() -> int:
    """Run one command."""
    command, *arguments = sys.argv[1:] or ["serve"]
    if command == "serve":
        MODELS.mkdir(parents=True, exist_ok=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        host, _, port = ADDRESS.rpartition(":")
        ThreadingHTTPServer((host, int(port)), Handler).serve_forever()
        return 0
    if command == "list":
        return call("/api/tags")
    if command in {"pull", "show", "create"}:
        return call(f"/api/{command}", {"model": arguments[0], "stream": False})
    if command == "run":
        return call("/api/chat", {"model": arguments[0], "messages": [], "stream": False})
    sys.stderr.write(f"Error: unknown command {command}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())

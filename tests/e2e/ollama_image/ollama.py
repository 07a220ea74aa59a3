"""A stand-in for the program `ollama`: serves its API and asks it, as far as the stack uses either.

A model is a file in OLLAMA_MODELS. Where exchanges of a real server were recorded (a file recorded.json beside this
one), it answers with the one most like the request, in its chunks; what it says is then what that model said. Without
a recording a reply is the smallest document that fits the schema asked for.
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
RECORDED_FILE = Path(__file__).with_name("recorded.json")
RECORDED: list[Exchange] = json.loads(RECORDED_FILE.read_text("utf-8")) if RECORDED_FILE.exists() else []
LONGEST_PAUSE_SECONDS = 0.5
CREATED_AT = "2026-07-11T18:02:44.000000Z"
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


def smallest(schema: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Return the smallest document that fits a schema of the simple kinds."""
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "anyOf" in schema:
        return smallest(schema["anyOf"][-1])
    kind = schema.get("type")
    if kind == "object":
        return {name: smallest(part) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [smallest(schema["items"]) for _ in range(schema.get("minItems", 0))]
    return {"string": "none", "integer": 0, "number": 0.5, "boolean": False}.get(str(kind))


def answer(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Answer one call of the API."""
    model = body.get("model", "")
    if path == "/api/version":
        return OK, {"version": "0.32.15"}
    if path in {"/api/tags", "/api/ps"}:
        return OK, {"models": [{"name": name, "model": name, "size": 1} for name in present()]}
    if path in {"/api/pull", "/api/create"}:
        place(model).write_text("{}")
        return OK, {"status": "success"}
    if not place(model).exists():
        return MISSING, {"error": f"model '{model}' not found"}
    return speak(path, model, body.get("format"))


def speak(path: str, model: str, schema: object) -> tuple[int, dict[str, Any]]:
    """Answer one call to a model that is there."""
    reply = {"model": model, "created_at": CREATED_AT, "done": True, "done_reason": "stop"}
    counts = {"total_duration": 9, "load_duration": 1, "prompt_eval_count": 30, "eval_count": 3, "eval_duration": 5}
    text = json.dumps(smallest(schema)) if isinstance(schema, dict) else "ok"
    answers: dict[str, dict[str, Any]] = {
        "/api/show": {"details": {"family": "llama"}, "capabilities": ["completion"], "model_info": {}},
        "/api/generate": {**reply, **counts, "response": text},
        "/api/chat": {**reply, **counts, "message": {"role": "assistant", "content": text}},
    }
    return (OK, answers[path]) if path in answers else (MISSING, {"error": "not found"})


class Handler(BaseHTTPRequestHandler):
    """One request to the API."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Serve the calls without a body."""
        listed = listing(RECORDED, present()) if self.path == "/api/tags" else None
        if listed is not None:
            self._send(OK, listed.encode(), "application/json; charset=utf-8")
        elif not self._replay(b""):
            status, content = answer(self.path, {})
            body = b"Ollama is running" if self.path == "/" else json.dumps(content).encode()
            self._send(status if self.path != "/" else OK, body, "application/json; charset=utf-8")

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

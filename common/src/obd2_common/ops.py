"""The operations port of a process: metrics, liveness and readiness, for the stack's own network only."""

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from obd2_common.deadline import Deadline
from obd2_common.errors import ConfigurationError, Obd2Error
from obd2_common.settings import CommonSettings

log = structlog.get_logger(__name__)

READY_TIMEOUT_SECONDS = 4.0
REQUEST_TIMEOUT_SECONDS = 10
STOP_POLL_SECONDS = 0.1
JSON = "application/json"

Answer = tuple[HTTPStatus, str, bytes]


class OperationsServer:
    """Answers `/metrics`, `/livez` and `/readyz` in threads of its own until it is stopped.

    Args:
        registry: what `/metrics` shows.
        check_ready: raises an `Obd2Error` while the process cannot do its work; asked on every `/readyz`.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        ready_timeout_seconds: a check that takes longer counts as failed.

    Raises:
        ConfigurationError: the port is taken or the address is not this machine's.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        check_ready: Callable[[], None],
        *,
        host: str,
        port: int,
        ready_timeout_seconds: float = READY_TIMEOUT_SECONDS,
    ) -> None:
        ready = Deadline(check_ready, ready_timeout_seconds)
        answers: dict[str, Callable[[], Answer]] = {
            "/metrics": lambda: (HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(registry)),
            "/livez": lambda: (HTTPStatus.OK, JSON, _body("alive")),
            "/readyz": lambda: _readiness(ready),
        }
        handler = type("OperationsHandler", (_Handler,), {"answers": answers})
        try:
            self._server = ThreadingHTTPServer((host, port), handler)
        except OSError as error:
            raise ConfigurationError(f"OPS_HOST {host}, OPS_PORT {port} cannot be used: {error.strerror}") from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": STOP_POLL_SECONDS},
            name="operations",
            daemon=True,
        )

    @property
    def port(self) -> int:
        """Return the port that is listened on."""
        return self._server.server_port

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()
        log.info("operations_port_open", port=self.port)

    def stop(self) -> None:
        """Close the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def start_operations(
    settings: CommonSettings,
    registry: CollectorRegistry,
    check_ready: Callable[[], None],
) -> OperationsServer | None:
    """Open the operations port the settings ask for; None when they ask for none.

    Raises:
        ConfigurationError: the port cannot be used.
    """
    if not settings.ops_port:
        return None
    server = OperationsServer(registry, check_ready, host=settings.ops_host, port=settings.ops_port)
    server.start()
    return server


class _Handler(BaseHTTPRequestHandler):
    answers: ClassVar[dict[str, Callable[[], Answer]]] = {}
    server_version = "obd2"
    sys_version = ""
    timeout = REQUEST_TIMEOUT_SECONDS

    def do_GET(self) -> None:
        """Answer one request."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer one request without a body."""
        self._answer(with_body=False)

    def log_message(self, *_arguments: object) -> None:
        """Stay silent: probes and scrapes come every few seconds."""

    def _answer(self, *, with_body: bool) -> None:
        answer = self.answers.get(self.path.partition("?")[0])
        status, content_type, body = answer() if answer else (HTTPStatus.NOT_FOUND, JSON, _body("not found"))
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if with_body:
            self.wfile.write(body)


def _readiness(ready: Deadline[None]) -> Answer:
    try:
        ready()
    except Obd2Error as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, JSON, _body("not ready", str(error))
    except TimeoutError:
        return HTTPStatus.SERVICE_UNAVAILABLE, JSON, _body("not ready", "the check took too long")
    return HTTPStatus.OK, JSON, _body("ready")


def _body(status: str, reason: str | None = None) -> bytes:
    content = {"status": status} if reason is None else {"status": status, "reason": reason}
    return json.dumps(content).encode()

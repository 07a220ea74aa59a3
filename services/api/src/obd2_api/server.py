"""The HTTP server around the application, the same for the service and for the embedded mode."""

import gc
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import structlog
from fastapi import FastAPI
from uvicorn import Config, Server

from obd2_api.errors import NotListeningError
from obd2_api.protocol import guarded_protocol
from obd2_api.settings import ApiSettings

log = structlog.get_logger(__name__)

KEEP_ALIVE_SECONDS = 15
THREAD_SWITCH_SECONDS = 0.001
"""How long a worker thread may hold the interpreter while the event loop has an answer to give; Python's own 5 ms,
times the batches being decoded at once, would be what `/ping` waits."""

COLLECT_AFTER_OBJECTS = 20_000
"""How many more objects may live before Python looks for garbage in circles; a batch of 500 rows alone passes its own
700 and would have the collector walk over rows that are about to go anyway."""


class _Server(Server):
    """Says where it listens once it takes requests; uvicorn does not, of a socket it is given."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application and listen."""
        await super().startup(sockets)
        for listener in sockets or () if self.started else ():
            address, port = listener.getsockname()[:2]
            log.info("api_listens", address=address, port=port)


def build_server(app: FastAPI, settings: ApiSettings) -> Server:
    """Build the server."""
    config = Config(
        app,
        host=settings.host,
        port=settings.port,
        http=guarded_protocol(
            header_timeout_seconds=settings.header_timeout_seconds,
            trusted_proxies=settings.trusted_proxies,
        ),
        loop="uvloop",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.stop_timeout_seconds,
    )
    return _Server(config)


def ready_while_serving(server: Server, check: Callable[[], None]) -> Callable[[], None]:
    """Return a check of readiness that also fails while the server does not listen: before it does, and while it stops.

    Args:
        server: as built.
        check: what else has to be right.
    """

    def is_ready() -> None:
        if not server.started or server.should_exit:
            raise NotListeningError("the api takes no requests yet, or no more")
        check()

    return is_ready


def run_server(server: Server, listener: socket.socket) -> bool:
    """Serve until SIGTERM or SIGINT, let running requests finish, and tell whether it ever served.

    Must be called in the main thread.

    Args:
        server: what to run.
        listener: a socket that listens already.
    """
    sys.setswitchinterval(THREAD_SWITCH_SECONDS)
    # What is loaded by now stays for good: the collector need not walk over it ever again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_OBJECTS)

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # Uvicorn raises the signal again when it has stopped; by default that would kill the process before its end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.run(sockets=[listener])
    return server.started

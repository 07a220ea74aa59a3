"""An api server in a process that tests kill and start again within a fraction of a second.

The new process comes from a fork server that has imported everything already. The listening socket belongs to the
test, so that clients of a dead server wait for the next one as they would behind a socket unit.
"""

import socket
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

import structlog

from obd2_api.app import create_app
from obd2_api.server import build_server
from obd2_common.db.database import Database
from support.api_server import api_settings

_PROCESSES = get_context("forkserver")
# Installed packages only: the fork server does not know where tests find their modules.
_PROCESSES.set_forkserver_preload(["obd2_api.app", "obd2_api.server", "obd2_common.db.database", "obd2_common.migrate"])


def run_server(database_url: str, listener: socket.socket) -> None:
    """Serve until killed."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    settings = api_settings()
    build_server(create_app(settings, Database(database_url)), settings).run(sockets=[listener])


class KillableServer:
    """The server on a database, started again after every kill."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(64)
        self.port: int = self._listener.getsockname()[1]
        self.kills = 0
        self._process = self._start()

    def kill(self) -> None:
        """End the process as a power cut would and start the next."""
        self._end()
        self.kills += 1
        self._process = self._start()

    def close(self) -> None:
        """End the process for good."""
        self._end()
        self._listener.close()

    def _start(self) -> BaseProcess:
        process = _PROCESSES.Process(target=run_server, args=(self._database_url, self._listener), daemon=True)
        process.start()
        return process

    def _end(self) -> None:
        self._process.kill()
        self._process.join(30)
        self._process.close()

"""A MySQL-protocol server, durable as in production, that tests kill and start again on the same data."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

from support.database_process import (
    find_server_binary,
    free_port,
    initialise,
    start_command,
    unprivileged,
    wait_for_server,
)
from support.database_server import DATABASE_PREFIX, ServerMissingError

# What a power cut must not take is on the disk before COMMIT returns; that is the default and said here once more.
DURABLE_OPTIONS = ("--innodb-flush-log-at-trx-commit=1", "--skip-log-bin", "--character-set-server=utf8mb4")


class KillableDatabase:
    """A running server with one empty database."""

    def __init__(self, product: Literal["mysql", "mariadb"], folder: Path) -> None:
        binary = find_server_binary(product)
        self._log = folder / "server.log"
        self._identity: Any = unprivileged(folder)
        initialise(product, binary, folder, self._identity)
        self._port = free_port()
        self._command = start_command(product, binary, folder, self._port, DURABLE_OPTIONS)
        self._folder = folder
        self.process = self._start()
        server = wait_for_server(self.process, self._port, self._log, binary)
        server.execute(f"CREATE DATABASE {DATABASE_PREFIX} CHARACTER SET utf8mb4")
        self.url = server.database_url(DATABASE_PREFIX)

    def kill(self) -> None:
        """End the server as a power cut would, and start it again; it recovers while clients already ask for it."""
        self.close()
        self.process = self._start()

    def close(self) -> None:
        """End the server."""
        self.process.kill()
        self.process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - the binary was found by us
                self._command, stdout=log, stderr=log, cwd=self._folder, **self._identity
            )


@contextmanager
def killable_database() -> Iterator[KillableDatabase]:
    """Give a server from an installed binary.

    Raises:
        ServerMissingError: none is installed or it does not start.
    """
    with (
        tempfile.TemporaryDirectory(prefix="obd2-db-", ignore_cleanup_errors=True) as name,
        closing(_first_server(Path(name))) as running,
    ):
        yield running


def _first_server(folder: Path) -> KillableDatabase:
    try:
        return KillableDatabase("mysql", folder)
    except ServerMissingError:
        return KillableDatabase("mariadb", folder)

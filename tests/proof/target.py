"""The server the proof is run against: one of its own that can be killed, or a running stack."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import Field
from pydantic_settings import BaseSettings

from obd2_common.db.database import Database
from support.database_process import free_port
from support.embedded_server import KEY, serve_environment
from support.killable_database import KillableDatabase, killable_database

START_SECONDS = 120.0
REQUEST_SECONDS = 60.0


class StackSettings(BaseSettings):
    """A running stack, when one is named."""

    base: str = Field(default="", validation_alias="BASE")
    key: str = Field(default="", validation_alias="KEY")


@dataclass
class Target:
    """Where requests go.

    Args:
        url: base address.
        key: one that may do everything.
        server: our own server; None when the target is a running stack.
        database: our own database server, when there is one.
    """

    url: str
    key: str
    server: "OwnServer | None" = None
    database: KillableDatabase | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or 80

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - what httpx takes
        """Send one request with the key, unless headers name another."""
        headers = {"X-API-Key": self.key, **request.pop("headers", {})}
        return httpx.request(
            method, self.url + path, headers=headers, timeout=REQUEST_SECONDS, trust_env=False, **request
        )

    def ask(self, path: str, **parameters: Any) -> Any:  # noqa: ANN401 - a JSON document
        """Return the document at a path."""
        return self.call("GET", path, params=parameters).raise_for_status().json()

    def wait_until_healthy(self) -> None:
        """Return once `/ping` is answered."""
        wait_until("the server answers", lambda: self.call("GET", "/api/v1/ping").is_success, START_SECONDS)


class OwnServer:
    """`obd2 serve` on a fixed port and folder, started again after every kill."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.database_url = database_url or f"sqlite:///{folder / 'data' / 'obd2.db'}"
        self.port = free_port()
        self._settings = {"PORT": str(self.port), "BACKUP_ANSWER_WAIT_SECONDS": "0"}
        if database_url:
            self._settings["DATABASE_URL"] = database_url
        self.process = self._start()

    @property
    def vault(self) -> Path:
        """Where backups are."""
        return self.folder / "data" / "backups"

    def kill(self) -> None:
        """End it as a power cut would, and start it again."""
        self.close()
        self.process = self._start()

    def pause(self, seconds: float) -> None:
        """Stop it for a while with everything it has open."""
        paused(self.process, seconds)

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()

    def resident_mb(self) -> float:
        """Return how much memory it uses."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def open_database(self) -> Database:
        """Open the server's database beside it."""
        return Database(self.database_url)

    def _start(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "log.txt").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "obd2_cli", "serve"],
                cwd=self.folder,
                env=serve_environment(self.folder, **self._settings),
                stdout=log,
                stderr=log,
            )


@contextmanager
def open_target(*, on_mariadb: bool) -> Iterator[Target]:
    """Give the stack that BASE and KEY name, or else a server of our own until the block ends."""
    stack = StackSettings()
    if stack.base:
        yield Target(stack.base.rstrip("/"), stack.key)
    elif on_mariadb:
        with killable_database() as database, _own(database.url) as target:
            target.database = database
            yield target
    else:
        with _own("") as target:
            yield target


@contextmanager
def _own(database_url: str) -> Iterator[Target]:
    with tempfile.TemporaryDirectory(prefix="obd2-proof-", ignore_cleanup_errors=True) as name:
        server = OwnServer(Path(name), database_url)
        target = Target(f"http://127.0.0.1:{server.port}", KEY, server)
        try:
            target.wait_until_healthy()
            yield target
        finally:
            server.close()


def paused(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Stop a process and let it go on."""
    process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    process.send_signal(signal.SIGCONT)


def wait_until(what: str, is_so: Callable[[], bool], timeout_seconds: float) -> None:
    """Return once something is so; a server that does not answer means not yet.

    Raises:
        TimeoutError: it did not become so.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            if is_so():
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout_seconds:.0f} s: {what}")
        time.sleep(0.1)

"""The api as a process of its own on a free port, for tests of what only a real server shows."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

KEY = "a-key-for-tests"
START_SECONDS = 60
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass
class ApiProcess:
    """A running api."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def resident_bytes(self) -> int:
        """Return how much memory the process holds now."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE_BYTES

    def peak_bytes(self) -> int:
        """Return the most memory the process ever held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def running_api(folder: Path, database_url: str, **settings: str) -> Iterator[ApiProcess]:
    """Run the api on a migrated database until the block ends.

    Args:
        folder: for its log, and its data folder and vault unless settings say otherwise.
        database_url: with the password.
        settings: as in the environment.
    """
    log = folder / "api.log"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment: Mapping[str, str] = {
        "PATH": "/usr/bin:/bin",
        "API_KEY": KEY,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder / "data"),
        "BACKUP_DIR": str(folder / "vault"),
        "BACKUP_ANSWER_WAIT_SECONDS": "0",
        **settings,
    }
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "obd2_api"],
            env=environment,
            cwd=folder,
            stdout=stream,
            stderr=stream,
        )
    api = ApiProcess(process, port, log)
    try:
        _wait_until_ready(api)
        yield api
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_ready(api: ApiProcess) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if api.process.poll() is not None:
            raise AssertionError(f"the api ended at once: {api.log.read_text()}")
        try:
            httpx.get(f"{api.url}/api/v1/ping", headers={"X-API-Key": KEY}).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the api did not start: {api.log.read_text()}")

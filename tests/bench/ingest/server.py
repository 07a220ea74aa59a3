"""A real api process on a given database."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ingest.client import KEY


@dataclass(frozen=True)
class ApiProcess:
    """A server that answers.

    Args:
        port: where.
        pid: its process.
    """

    port: int
    pid: int

    def resident_mb(self) -> float:
        """Return its resident memory."""
        return self._status_kb("VmRSS") / 1024

    def peak_mb(self) -> float:
        """Return its highest resident memory so far."""
        return self._status_kb("VmHWM") / 1024

    def cpu_seconds(self) -> float:
        """Return the processor time it has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status_kb(self, name: str) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
        raise LookupError(name)


@contextmanager
def api_process(database_url: str) -> Iterator[ApiProcess]:
    """Run the api until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ,  # noqa: TID251 - a child process needs PATH and HOME
        "DATABASE_URL": database_url,
        "API_KEY": KEY,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen([sys.executable, "-m", "obd2_api"], env=environment)
    try:
        _wait(port, process)
        yield ApiProcess(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the api did not start")

"""The api as a process of its own on a free port, for tests of what only a real server shows."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KEY = "a-key-for-tests"
START_SECONDS = 60
_RUNNING = re.compile(r'"port": (\d+), "event": "api_listens"')


@dataclass
class ApiProcess:
    """A running api."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    spool_dir: Path

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def peak_bytes(self) -> int:
        """Return the most memory the process ever held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def spooled_files(self) -> list[Path]:
        """Return the complete uploads that wait to be stored."""
        return sorted((self.spool_dir / "ready").iterdir())

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
    environment: Mapping[str, str] = {
        "PATH": "/usr/bin:/bin",
        "API_KEY": KEY,
        "HOST": "127.0.0.1",
        "PORT": "0",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder / "data"),
        "BACKUP_DIR": str(folder / "vault"),
        "BACKUP_ANSWER_WAIT_SECONDS": "0",
        **settings,
    }
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "obd2_api"],
            env=environment,
            cwd=folder,
            stdout=stream,
            stderr=stream,
        )
    try:
        spool_dir = Path(environment["BACKUP_DIR"]) / ".spool"
        yield ApiProcess(process, _port_once_ready(process, log), log, spool_dir)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)


def _port_once_ready(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if running := _RUNNING.search(log.read_text()):
            return int(running[1])
        time.sleep(0.05)
    raise AssertionError(f"the api did not start: {log.read_text()}")

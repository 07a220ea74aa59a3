"""A server of its own for the demonstration: `obd2 serve` as a process, in a folder that is thrown away."""

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from obd2_cli.data_folder import announced_url
from obd2_cli.server_client import ServerClient, ServerUnavailableError
from obd2_common.errors import Obd2Error

_KEY_BYTES = 32
START_SECONDS = 120.0
STOP_SECONDS = 30.0
_LOOK_SECONDS = 0.1
_LOG_TAIL_LINES = 15
_NOWHERE = "http://127.0.0.1:1"
"""No Ollama: the demonstration shows what code alone finds, the same on every machine."""


class DemoServerError(Obd2Error):
    """The demonstration's server did not start, or ended before its time."""


@dataclass(frozen=True, slots=True)
class DemoServer:
    """The running server.

    Args:
        process: it.
        folder: of its data and log.
        url: where it listens.
        api_key: the one it takes.
    """

    process: subprocess.Popen[bytes]
    folder: Path
    url: str
    api_key: str

    @property
    def vault(self) -> Path:
        """Return where it keeps backups."""
        return self.folder / "data" / "backups"

    def wait(self) -> None:
        """Wait until it ends by itself."""
        self.process.wait()


@contextmanager
def demo_server(folder: Path) -> Iterator[DemoServer]:
    """Run a server until the block ends; nothing of this machine's settings reaches it.

    Raises:
        DemoServerError: it did not start; the message ends with its log.
    """
    log = folder / "server.log"
    api_key = secrets.token_urlsafe(_KEY_BYTES)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "obd2_cli", "serve"],
            cwd=folder,
            env=_environment(folder, api_key),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        url = _wait_until_ready(process, folder, log)
        yield DemoServer(process, folder, url, api_key)
    finally:
        _stop(process)


def _environment(folder: Path, api_key: str) -> dict[str, str]:
    """Return an environment that leaves nothing to a secret file of this machine."""
    return {
        "API_KEY": api_key,
        "DATABASE_URL": f"sqlite:///{folder / 'data' / 'obd2.db'}",
        "DATA_DIR": str(folder / "data"),
        "HOST": "127.0.0.1",
        "PORT": "0",
        "LOG_FORMAT": "console",
        "OLLAMA_BASE_URL": _NOWHERE,
        # A drive is computed when its end was seen and nothing more came for a while; here, a short one.
        "DRIVE_QUIET_SECONDS": "2",
        "DRIVE_SETTLE_SECONDS": "1",
        "PYTHONUTF8": "1",
    }


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path, log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DemoServerError(f"the server ended at once:\n{log_tail(log)}")
        url = announced_url(folder / "data")
        if url is not None and _answers(url):
            return url
        time.sleep(_LOOK_SECONDS)
    raise DemoServerError(f"the server did not start within {START_SECONDS:.0f} s:\n{log_tail(log)}")


def _answers(url: str) -> bool:
    with ServerClient(url, api_key="") as server:
        try:
            server.health()
        except ServerUnavailableError:
            return False
    return True


def log_tail(log: Path) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_TAIL_LINES:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

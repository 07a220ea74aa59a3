"""`obd2 serve` as a process of its own on a free port, for tests of what only a real server shows."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from obd2_cli.data_folder import announced_url
from obd2_common.db.database import Database
from obd2_common.migrate import upgrade
from obd2_common.settings import CommonSettings

KEY = "a-key-for-tests"
START_SECONDS = 60
STOP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server: its process, where it listens, and the folder of its output."""

    process: subprocess.Popen[bytes]
    url: str
    folder: Path

    @property
    def shown(self) -> str:
        """What it showed its operator so far."""
        return (self.folder / "shown.txt").read_text()

    @property
    def log(self) -> str:
        """What it logged so far."""
        return (self.folder / "log.txt").read_text()

    def wait_for_log(self, text: str) -> None:
        """Wait until a text is in the log."""
        deadline = time.monotonic() + STOP_SECONDS
        while text not in self.log:
            if time.monotonic() > deadline:
                raise AssertionError(f"{text!r} was never logged: {self.log}")
            time.sleep(0.02)

    def get(self, path: str, *, key: str = KEY) -> httpx.Response:
        """Ask for a document."""
        return httpx.get(self.url + path, headers={"X-API-Key": key}, timeout=30, trust_env=False)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


def serve_environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return an environment in which a server knows nothing but a folder, a key and a free port on the loopback."""
    return {
        "PATH": "/usr/bin:/bin",
        "DATA_DIR": str(folder / "data"),
        "HOST": "127.0.0.1",
        "PORT": "0",
        "OLLAMA_BASE_URL": "http://127.0.0.1:1",
        "API_KEY": KEY,
        **settings,
    }


@contextmanager
def embedded_database(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Stand in the folder and environment of an embedded server, and open its database, made anew."""
    monkeypatch.chdir(folder)
    for name, value in serve_environment(folder).items():
        monkeypatch.setenv(name, value)
    settings = CommonSettings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    opened = Database(settings.effective_database_url)
    upgrade(opened)
    yield opened
    opened.close()


def obd2(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end in a folder."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "obd2_cli", *arguments],
        cwd=folder,
        env=serve_environment(folder, **settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@contextmanager
def embedded_server(folder: Path, **settings: str) -> Iterator[EmbeddedServer]:
    """Run `obd2 serve` until the block ends, or longer when the block stopped it itself."""
    with (folder / "shown.txt").open("wb") as shown, (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "obd2_cli", "serve"],
            cwd=folder,
            env=serve_environment(folder, **settings),
            stdout=shown,
            stderr=log,
        )
    try:
        yield EmbeddedServer(process, _wait_for_url(process, folder), folder)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(STOP_SECONDS)


def _wait_for_url(process: subprocess.Popen[bytes], folder: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        url = announced_url(folder / "data")
        if url is not None and httpx.get(f"{url}/api/v1/health", timeout=30, trust_env=False).is_success:
            return url
        time.sleep(0.05)
    raise AssertionError(f"the server did not start: {(folder / 'log.txt').read_text()}")

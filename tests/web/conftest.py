"""A real server with simulated drives, and a real browser in front of it."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from support.browser_visit import Visit, visiting
from support.embedded_server import EmbeddedServer, embedded_server, obd2

PICTURES = Path(__file__).resolve().parents[2] / "pictures"
PATIENCE_MILLISECONDS = 30_000


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server that holds four drives, the last of them overheating, and a note that tries to be a script."""
    folder = tmp_path_factory.mktemp("seeded")
    with embedded_server(folder, DRIVE_QUIET_SECONDS="1", DRIVE_SETTLE_SECONDS="0") as running:
        obd2(folder, "simulate", "pi.db", "--drives", "4", "--kind", "highway", "--fault", "overheating")
        pushed = obd2(folder, "push", "pi.db", "--url", running.url)
        assert pushed.returncode == 0, pushed.stderr
        deadline = time.monotonic() + 60
        while len(running.get("/api/v1/drives").json()["drives"]) < 4:
            assert time.monotonic() < deadline, running.log
            time.sleep(0.2)
        yield running


@pytest.fixture(scope="session")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server to which nothing was ever sent."""
    with embedded_server(tmp_path_factory.mktemp("empty")) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is not installed")
    launched = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
    yield launched
    launched.close()


@pytest.fixture
def visit(server: EmbeddedServer, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    with visiting(server, browser, getattr(request, "param", {})) as opened:
        yield opened


@pytest.fixture
def empty_visit(empty_server: EmbeddedServer, browser: Browser) -> Iterator[Visit]:
    with visiting(empty_server, browser) as opened:
        yield opened


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where the screenshots of the run lie afterwards."""
    PICTURES.mkdir(exist_ok=True)
    return PICTURES

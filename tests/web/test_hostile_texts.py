"""Names from a car that try to be a script are text on every page."""

import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from support.browser_visit import Visit, visiting
from support.embedded_server import KEY, EmbeddedServer, embedded_server
from support.pi_rows import body, readings

pytestmark = pytest.mark.web

HOSTILE = "<script>document.title='taken'</script><img src=x onerror=document.title='taken'>"
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server whose only drive came with a hostile device, parameter, unit and profile, and with a row put aside."""
    rows = readings(1, 200)
    for row in rows:
        row.update(drive_id=33, data_source="real", parameter_name=HOSTILE, unit=HOSTILE, profile_id=HOSTILE)
    rows[-1]["value"] = {"no": "number"}
    folder = tmp_path_factory.mktemp("hostile")
    with embedded_server(folder, DRIVE_QUIET_SECONDS="1", DRIVE_SETTLE_SECONDS="0") as server:
        sent = httpx.post(
            f"{server.url}/api/v1/sync",
            content=body({"realtime_data": rows}, device=HOSTILE),
            headers={"X-API-Key": KEY, "Content-Type": "application/json"},
            timeout=60,
            trust_env=False,
        )
        assert sent.status_code == 200, sent.text
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not [each for each in server.get("/api/v1/drives").json()["drives"] if each["computedAt"]]:
            assert time.monotonic() < deadline, server.log
            time.sleep(0.2)
        yield server


@pytest.mark.parametrize("path", ["/", "/drives", "/trends", "/compare", "/maps", "/advice", "/backups", "/system"])
def test_a_hostile_name_is_text_on_a_page(hostile_server: EmbeddedServer, browser: Browser, path: str) -> None:
    with visiting(hostile_server, browser) as visit:
        visit.sign_in()
        visit.open(path)

        _expect_text_only(visit)


def test_a_hostile_name_is_text_on_the_page_of_its_drive(hostile_server: EmbeddedServer, browser: Browser) -> None:
    with visiting(hostile_server, browser) as visit:
        visit.sign_in()
        visit.open("/drives")
        visit.page.locator("ul.drives a").first.click()

        expect(visit.page.get_by_text(HOSTILE).first).to_be_visible()
        _expect_text_only(visit)


def _expect_text_only(visit: Visit) -> None:
    expect(visit.page.locator("h1")).to_be_visible()
    assert visit.page.title() != "taken"
    assert visit.page.locator("script:not([src]):not([type='application/json']), img").count() == 0
    assert (visit.complaints, visit.foreign) == ([], [])

"""Every page as a person sees it: on a phone and a desk, with data and without, with scripts and without."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from support.browser_visit import Visit
from support.embedded_server import EmbeddedServer

pytestmark = pytest.mark.web

PAGES = ("/", "/drives", "/trends", "/compare", "/maps", "/advice", "/backups", "/system")
DRIVE = "/drives/chi-eclipse-01/4"
HOSTILE = "<script>document.title='taken'</script>"


@pytest.mark.parametrize("path", [*PAGES, DRIVE])
@pytest.mark.parametrize(
    "visit",
    [
        {"viewport": {"width": 320, "height": 720}},
        {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
        {"viewport": {"width": 1280, "height": 900}},
    ],
    ids=["narrow", "phone, dark", "desk"],
    indirect=True,
)
def test_a_page_fits_asks_nobody_else_and_is_accessible(visit: Visit, path: str, pictures: Path) -> None:
    visit.sign_in()
    visit.open(path)
    assert visit.page.viewport_size is not None
    width = visit.page.viewport_size["width"]
    visit.page.screenshot(path=pictures / f"{path.strip('/').replace('/', '-') or 'now'}-{width}.png", full_page=True)

    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    serious = [
        found["id"]
        for found in Axe().run(visit.page).response["violations"]
        if found["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    assert (visit.complaints, visit.foreign) == ([], [])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_without_data_says_so(empty_visit: Visit, path: str, pictures: Path) -> None:
    empty_visit.sign_in()
    empty_visit.open(path)
    empty_visit.page.screenshot(path=pictures / f"empty-{path.strip('/') or 'now'}.png", full_page=True)

    expect(empty_visit.page.locator("h1")).to_be_visible()
    assert empty_visit.complaints == []


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True)
def test_a_drive_can_be_read_without_scripts(visit: Visit) -> None:
    visit.sign_in()
    visit.open(DRIVE)

    expect(visit.page.get_by_text("Curves need scripts")).to_be_visible()
    expect(visit.page.locator("tbody th", has_text="Coolant temperature").first).to_be_visible()
    expect(visit.page.locator(".badge.stop, .badge.warning").first).to_be_visible()


def test_the_last_drive_stands_first_with_what_is_wrong(visit: Visit) -> None:
    visit.sign_in()
    visit.open("/")

    expect(visit.page.locator("section.card").first).to_contain_text("oolant")
    visit.page.locator("a.big").click()
    assert re.search(r"/drives/chi-eclipse-01/4\?epoch=1$", visit.page.url)


def test_curves_are_drawn_zoomed_by_drag_and_keys_and_shown_whole_again(visit: Visit) -> None:
    visit.sign_in()
    visit.open(DRIVE)
    panes = visit.page.locator("#panes")
    expect(panes).to_have_attribute("data-drawn", "4")
    whole = panes.get_attribute("data-view") or ""

    visit.page.locator("#panes .u-over").first.scroll_into_view_if_needed()
    box = visit.page.locator("#panes .u-over").first.bounding_box()
    assert box is not None
    visit.page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 30)
    visit.page.mouse.down()
    visit.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 30, steps=5)
    visit.page.mouse.up()
    expect(panes).not_to_have_attribute("data-view", whole)
    dragged = panes.get_attribute("data-view") or ""

    panes.focus()
    visit.page.keyboard.press("ArrowRight")
    expect(panes).not_to_have_attribute("data-view", dragged)
    visit.page.get_by_role("button", name="Whole drive").click()
    expect(panes).to_have_attribute("data-view", whole)
    assert visit.complaints == []


def test_the_cursor_shows_values_and_a_chip_adds_a_pane(visit: Visit) -> None:
    visit.sign_in()
    visit.open(DRIVE)
    expect(visit.page.locator("#panes")).to_have_attribute("data-drawn", "4")

    visit.page.locator("#panes .u-over").first.scroll_into_view_if_needed()
    box = visit.page.locator("#panes .u-over").first.bounding_box()
    assert box is not None
    visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    expect(visit.page.locator("#at")).to_have_text(re.compile(r"^\d+:\d\d"))
    expect(visit.page.locator(".pane h3 span").first).to_have_text(re.compile(r"\d"))

    visit.page.locator(".chip[aria-pressed=false]").first.click()
    expect(visit.page.locator("#panes")).to_have_attribute("data-drawn", "5")


def test_the_link_of_a_finding_lands_in_its_place(visit: Visit, pictures: Path) -> None:
    visit.sign_in()
    visit.open(DRIVE)
    expect(visit.page.locator("#panes")).to_have_attribute("data-drawn", "4")
    link = visit.page.locator("[data-show]").first
    begin, end = (float(link.get_attribute(name) or "nan") for name in ("data-from", "data-to"))
    whole = visit.page.locator("#panes").get_attribute("data-view") or ""

    link.click()

    expect(visit.page.locator("#panes")).not_to_have_attribute("data-view", whole)
    shown = [float(edge) for edge in (visit.page.locator("#panes").get_attribute("data-view") or "").split()]
    assert shown[0] <= begin
    assert end <= shown[1]
    visit.page.evaluate("document.getElementById('curves').scrollIntoView()")
    visit.page.screenshot(path=pictures / "readme-drive.png")


def test_a_note_is_kept_and_shown_as_text_whatever_it_holds(visit: Visit) -> None:
    visit.sign_in()
    visit.open(DRIVE)

    visit.page.fill("#note", HOSTILE)
    visit.page.get_by_role("button", name="Keep it").click()

    expect(visit.page.get_by_text(HOSTILE)).to_be_visible()
    assert visit.page.title() == "Drive 4"
    assert visit.complaints == []


def test_units_are_chosen_once(visit: Visit) -> None:
    visit.sign_in()
    visit.open(DRIVE)
    row = visit.page.locator("tbody tr", has_text="Coolant temperature").first
    expect(row).to_contain_text("°C")

    visit.page.get_by_role("button", name="Show °F, mph, psi").click()

    expect(visit.page.locator("tbody tr", has_text="Coolant temperature").first).to_contain_text("°F")


def test_two_drives_are_set_side_by_side(visit: Visit) -> None:
    visit.sign_in()
    visit.open("/compare")
    for box in visit.page.locator("input[name=drive]").all()[:2]:
        box.check()
    visit.page.get_by_role("button", name="Compare").click()

    expect(visit.page.locator("thead th")).to_have_count(3)
    expect(visit.page.locator("tbody th", has_text="Engine speed")).to_be_visible()
    expect(visit.page.locator("#panes")).to_have_attribute("data-drawn", "4")
    assert visit.complaints == []


def test_drives_are_laid_over_each_other_from_the_moment_the_engine_was_warm(visit: Visit, pictures: Path) -> None:
    visit.sign_in()
    visit.open("/compare?drive=2&drive=4&align=warm")

    expect(visit.page.locator("#panes")).to_have_attribute("data-drawn", "4")
    first, last = (float(edge) for edge in (visit.page.locator("#panes").get_attribute("data-view") or "").split())
    assert first < 0 < last
    visit.page.screenshot(path=pictures / "compare-curves-1280.png", full_page=True)


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True)
def test_drives_are_filtered_without_scripts(visit: Visit) -> None:
    visit.sign_in()
    visit.open("/drives")
    expect(visit.page.locator("ul.drives li")).to_have_count(4)

    visit.page.locator("summary").click()
    visit.page.select_option("select[name=severity]", "WARNING")
    visit.page.get_by_role("button", name="Show", exact=True).click()

    expect(visit.page.locator("ul.drives li")).to_have_count(1)
    expect(visit.page.locator("ul.drives .badge.stop")).to_be_visible()
    visit.open("/drives?code=P0999")
    expect(visit.page.get_by_text("No drive meets this filter.")).to_be_visible()


def test_a_map_can_be_read_as_a_table(visit: Visit) -> None:
    visit.sign_in()
    visit.open("/maps?parameter=TIMING_ADVANCE&minimum=1")

    expect(visit.page.locator("table.map td small").first).to_be_visible()


def test_what_does_not_exist_is_a_page_too(visit: Visit, server: EmbeddedServer) -> None:
    visit.sign_in()
    answer = visit.page.goto(server.url + "/drives/nobody/99")

    assert answer is not None
    assert answer.status == 404
    expect(visit.page.locator("h1")).to_have_text("That did not work")

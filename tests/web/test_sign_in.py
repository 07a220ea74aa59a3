"""The way in and out, and what keeps others out."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from obd2_api.auth.credentials import Client
from obd2_api.web.session import COOKIE, LIFETIME, Sessions
from obd2_common.clock import utc_now
from support.browser_visit import Visit
from support.embedded_server import KEY, EmbeddedServer, obd2

pytestmark = pytest.mark.web


def test_whoever_is_not_signed_in_is_sent_to_the_sign_in_and_back(visit: Visit) -> None:
    visit.open("/trends?parameter=RPM")
    assert "/sign-in?next=" in visit.page.url

    visit.page.fill("#key", KEY)
    visit.page.click("button.main")

    expect(visit.page.locator("h1")).to_have_text("Trends")
    assert visit.page.url.endswith("/trends?parameter=RPM")
    (cookie,) = [each for each in visit.context.cookies() if each["name"] == "obd2_session"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")


def test_a_wrong_key_opens_nothing(visit: Visit) -> None:
    visit.sign_in("not the key")

    expect(visit.page.get_by_role("alert")).to_have_text("This key is not valid.")
    assert visit.context.cookies() == []


def test_a_link_signs_in_once_and_opens_no_path_of_the_api(visit: Visit, server: EmbeddedServer) -> None:
    shown = obd2(server.folder, "keys", "link", server.url).stdout
    address = shown.split()[-1]
    assert server.get("/api/v1/drives", key=address.partition("link=")[2]).status_code == 401

    visit.page.goto(address)
    visit.page.get_by_role("button", name="Sign in").click()

    expect(visit.page.locator("h1")).to_have_text("Last drive")
    visit.context.clear_cookies()
    visit.page.goto(address)
    visit.page.get_by_role("button", name="Sign in").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("This link was used")


def test_signing_out_ends_the_session(visit: Visit) -> None:
    visit.sign_in()
    visit.page.get_by_role("button", name="Sign out").click()
    visit.open("/")

    assert "/sign-in" in visit.page.url


def test_a_cookie_that_was_altered_opens_nothing(visit: Visit) -> None:
    visit.sign_in()
    (cookie,) = [each for each in visit.context.cookies() if each["name"] == "obd2_session"]
    altered = cookie["value"][:-3] + "abc"
    visit.context.add_cookies([{"name": cookie["name"], "value": altered, "url": visit.url}])
    visit.open("/drives")

    assert "/sign-in" in visit.page.url


def test_a_session_that_is_over_opens_nothing(visit: Visit) -> None:
    visit.sign_in()
    (cookie,) = [each for each in visit.context.cookies() if each["name"] == COOKIE]
    over = Sessions(KEY).cookie(Client(), utc_now() - LIFETIME - timedelta(seconds=1))
    visit.context.add_cookies([{"name": cookie["name"], "value": over, "url": visit.url}])

    visit.open("/drives")

    assert "/sign-in" in visit.page.url


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", None])
def test_a_form_from_another_site_changes_nothing(visit: Visit, server: EmbeddedServer, origin: str | None) -> None:
    visit.sign_in()
    token = visit.page.locator("input[name=token]").first.input_value()
    headers = {} if origin is None else {"Origin": origin}

    answer = visit.context.request.post(
        f"{server.url}/units", form={"token": token, "system": "imperial"}, headers=headers, max_redirects=0
    )

    assert answer.status == 403


def test_a_form_without_its_token_changes_nothing(visit: Visit, server: EmbeddedServer) -> None:
    visit.sign_in()

    answer = visit.context.request.post(
        f"{server.url}/units", form={"system": "imperial"}, headers={"Origin": server.url}, max_redirects=0
    )

    assert answer.status == 403


def test_a_form_that_is_too_large_is_refused_before_anybody_signed_in(visit: Visit, server: EmbeddedServer) -> None:
    answer = visit.context.request.post(
        f"{server.url}/sign-in", form={"key": "x" * 100_000}, headers={"Origin": server.url}, max_redirects=0
    )

    assert answer.status in {413, 422}


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_the_sign_in_leads_nowhere_else(visit: Visit, target: str) -> None:
    visit.open(f"/sign-in?next={target}")
    visit.page.fill("#key", KEY)
    visit.page.click("button.main")

    assert visit.page.url == f"{visit.url}/"


def test_no_path_of_the_api_redirects(server: EmbeddedServer, visit: Visit) -> None:
    for path in ("/api/v1/drives", "/api/v1/ping", "/sync", "/api/v1/nothing", "/nothing"):
        answer = visit.context.request.get(server.url + path, max_redirects=0)
        assert answer.status in {401, 404, 405}

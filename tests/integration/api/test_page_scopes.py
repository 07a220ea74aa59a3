"""What a key opens of the pages: nothing for one that only sends, no change for one that only reads."""

import re

import pytest
from fastapi.routing import APIRoute

from obd2_api.auth.credentials import Client, Scope
from obd2_api.web import assets
from obd2_api.web.pages import ROUTERS
from obd2_api.web.session import COOKIE, Sessions
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from support.api_client import api_client
from support.api_rows import DEVICE, analysis_row, drive_row, recommendation_row, store
from support.api_server import KEY
from support.issued_keys import issue

PAGES = [
    (method, re.sub(r"\{\w+(:\w+)?\}", "1", route.path))
    for router in ROUTERS
    if router is not assets.router
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]
OPEN = {("GET", "/sign-in"), ("POST", "/sign-in")}
OWN_BROWSER = {"/sign-in", "/sign-out", "/units"}
FORMS = [path for method, path in PAGES if method == "POST" and path not in OWN_BROWSER]


def signed_in(database: Database, *scopes: Scope) -> tuple[dict[str, str], str]:
    """Return the headers of a browser with a session of a new key, and the token its forms carry."""
    sessions, now = Sessions(KEY), utc_now()
    cookie = sessions.cookie(Client(issue(database, *scopes).key_id), now)
    headers = {"X-API-Key": "", "Cookie": f"{COOKIE}={cookie}", "Origin": "http://server", "Accept": "text/html"}
    return headers, sessions.form_token(sessions.read(cookie, now))


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(("method", "path"), [page for page in PAGES if page not in OPEN])
def test_no_page_opens_to_a_session_of_a_key_that_only_sends(database: Database, method: str, path: str) -> None:
    headers, token = signed_in(database, Scope.PUSH)

    answer = api_client(database).call(
        method, path, headers=headers, **({"data": {"token": token}} if method == "POST" else {})
    )

    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")


@pytest.mark.databases("sqlite")
def test_a_key_that_only_sends_does_not_sign_in(database: Database) -> None:
    key = issue(database, Scope.PUSH, Scope.ADMIN).text
    form = {"key": key, "token": Sessions(KEY).form_token(None)}

    answer = api_client(database).call("POST", "/sign-in", data=form, headers={"Origin": "http://server"})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("path", FORMS)
def test_no_form_changes_anything_for_a_key_that_only_reads(database: Database, path: str) -> None:
    headers, token = signed_in(database, Scope.READ)

    answer = api_client(database).call("POST", path, headers=headers, data={"token": token})

    assert answer.status_code == 403
    assert "may look, but change nothing" in answer.text


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", f"/api/v1/export?deviceId={DEVICE}&drives=33"), ("POST", "/api/v1/recommendations/an-1/1/decision")],
)
def test_a_key_that_only_sends_takes_no_drive_along_and_decides_nothing(
    database: Database, method: str, path: str
) -> None:
    store(database, drive_row(), analysis_row(), recommendation_row(1))
    client = api_client(database)

    answer = client.call(
        method, path, json={"decision": "done"}, headers={"X-API-Key": issue(database, Scope.PUSH).text}
    )

    assert (answer.status_code, "lacks the scope" in answer.json()["detail"]) == (403, True)
    (advice,) = client.get("/api/v1/recommendations").json()["recommendations"]
    assert advice["state"] == "open"

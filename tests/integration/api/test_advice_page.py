"""The advice page: what is open, done or dismissed, and the forms that decide; and a drive's files."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from obd2_api.auth.credentials import Client
from obd2_api.web.session import COOKIE, Sessions
from obd2_common.db.database import Database
from support.api_client import ApiClient, api_client
from support.api_rows import DEVICE, NOON, analysis_row, device_row, drive_row, recommendation_row, store
from support.api_server import KEY
from support.curve_rows import curve_row

SESSION = Sessions(KEY).cookie(Client(), NOON)
FORM = {"recommendation": "an-1/1", "next": "/advice"}


def client_with_advice(database: Database, **settings: Any) -> ApiClient:  # noqa: ANN401 - any setting
    store(database, device_row(), drive_row(), analysis_row(), curve_row("RPM", [840.0], unit="rpm"))
    store(database, recommendation_row(1, rule="coolant", signal="COOLANT_TEMP", severity="WARNING"))
    return api_client(database, clock=lambda: NOON, **settings)


def ask(client: ApiClient, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx's
    headers = {"Cookie": f"{COOKIE}={SESSION}", "Origin": "http://server", "Accept": "text/html"}
    return client.call(method, path, headers=headers, **request)


def decide(client: ApiClient, **fields: str) -> httpx.Response:
    token = re.search(r'name="token" value="([^"]+)"', ask(client, "GET", "/advice").text)
    assert token is not None
    return ask(client, "POST", "/advice/decision", data={**FORM, "token": token[1], **fields})


def test_advice_moves_from_open_to_dismissed_and_back(database: Database) -> None:
    client = client_with_advice(database)

    answer = decide(client, decision="dismissed", reason="<b>known</b>")
    is_open, dismissed = ask(client, "GET", "/advice").text, ask(client, "GET", "/advice?show=dismissed").text
    decide(client, decision="open")
    again = ask(client, "GET", "/advice").text

    assert (answer.status_code, answer.headers["location"]) == (303, "/advice")
    assert "Nothing to recommend." in is_open
    assert "Dismissed (1)" in is_open
    assert "&lt;b&gt;known&lt;/b&gt;" in dismissed
    assert "Open (1)" in again


def test_a_drive_keeps_its_advice_with_the_decision_beside_it(database: Database) -> None:
    client = client_with_advice(database)

    decide(client, decision="done", next=f"/drives/{DEVICE}/33")

    page = ask(client, "GET", f"/drives/{DEVICE}/33").text
    assert "Advice 1." in page
    assert "Open it again" in page


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"decision": "dismissed"}, 422),
        ({"decision": "forgotten"}, 422),
        ({"decision": "done", "recommendation": "an-9/1"}, 404),
        ({"decision": "done", "token": "stolen"}, 403),
    ],
)
def test_a_form_that_decides_nothing_is_told_so(database: Database, fields: dict[str, str], status: int) -> None:
    client = client_with_advice(database)

    assert decide(client, **fields).status_code == status
    assert "Open (1)" in ask(client, "GET", "/advice").text


def test_a_drive_is_taken_along_as_a_file(database: Database, tmp_path: Path) -> None:
    client = client_with_advice(database, backup_dir=tmp_path)

    link = f"/drives/{DEVICE}/33/export?epoch=1&amp;format=csv"
    assert link in ask(client, "GET", f"/drives/{DEVICE}/33").text
    assert ask(client, "GET", link.replace("&amp;", "&")).text.splitlines()[-1].endswith("0.0,840.0")
    assert client.call("GET", link.replace("&amp;", "&")).status_code == 303

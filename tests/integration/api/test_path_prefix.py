"""A server below a path prefix: every link, redirect, cookie and Location leads below it, whatever the proxy does."""

import re
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from obd2_common.db.database import Database
from support.api_client import ApiClient, api_client
from support.api_rows import device_row, drive_row, store
from support.api_server import KEY

PREFIX = "/obd2/home"
DEVICE = "pi 7"
LINK = re.compile(r'(?:href|src|action)="(/[^"]*)"')


@pytest.fixture(params=[PREFIX, ""], ids=["the proxy leaves the prefix", "the proxy takes the prefix off"])
def below(request: pytest.FixtureRequest) -> str:
    """What stands before a path when it reaches the server."""
    return str(request.param)


@pytest.fixture
def client(database: Database) -> ApiClient:
    store(database, device_row(DEVICE), drive_row("1", device=DEVICE))
    return api_client(database, root_path=PREFIX)


def arrives(link: str, below: str) -> str:
    """Return a link a browser follows as it reaches the server."""
    assert link.startswith(f"{PREFIX}/"), link
    return below + link.removeprefix(PREFIX)


def test_the_documentation_finds_its_files_and_names_the_prefix(client: ApiClient, below: str) -> None:
    page = client.get(f"{below}/docs").text

    links = [*LINK.findall(page), *re.findall(r"url: '([^']+)'", page)]
    assert len(links) >= 4
    assert [client.get(arrives(link, below)).status_code for link in links] == [200] * len(links)
    assert client.get(f"{below}/openapi.json").json()["servers"] == [{"url": PREFIX}]


def test_a_started_era_is_where_its_location_says(client: ApiClient, below: str) -> None:
    started = client.post(
        f"{below}/api/v1/eras",
        {"deviceId": DEVICE, "name": "new turbo", "startedAt": datetime(2026, 6, 1, tzinfo=UTC).isoformat()},
    )

    assert started.status_code == 201
    removed = client.call("DELETE", arrives(started.headers["location"], below))
    assert removed.status_code == 200


def test_an_upload_continues_where_its_location_says(client: ApiClient, below: str) -> None:
    told = {"filename": "pi.db", "type": "database", "deviceId": "pi"}
    metadata = ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in told.items())
    version = {"Tus-Resumable": "1.0.0"}

    begun = client.call(
        "POST", f"{below}/api/v1/uploads", headers={**version, "Upload-Length": "10", "Upload-Metadata": metadata}
    )

    assert begun.status_code == 201
    asked = client.call("HEAD", arrives(begun.headers["location"], below), headers=version)
    assert asked.headers["upload-offset"] == "0"


def test_an_analysis_not_waited_for_is_where_its_location_says(client: ApiClient, below: str) -> None:
    accepted = client.call(
        "POST", f"{below}/api/v1/analyze", json={"drive_id": 1, "deviceId": DEVICE}, headers={"Prefer": "respond-async"}
    )

    assert accepted.status_code == 202
    assert client.get(arrives(accepted.headers["location"], below)).status_code in {200, 202}


def test_a_browser_stays_below_the_prefix(client: ApiClient, below: str) -> None:
    turned_away = client.get(f"{below}/system")
    place = arrives(turned_away.headers["location"], below)
    form = client.get(place)
    token = re.search(r'name="([^"]*token[^"]*)" value="([^"]*)"', form.text)
    fields = {"key": KEY, "next": "/system"} | ({token[1]: token[2]} if token else {})

    signed_in = client.call("POST", place.partition("?")[0], data=fields, headers={"Origin": "http://server"})

    assert turned_away.status_code == signed_in.status_code == 303
    assert f"Path={PREFIX};" in signed_in.headers["set-cookie"] + ";"
    session = signed_in.headers["set-cookie"].partition(";")[0]
    page = client.call("GET", arrives(signed_in.headers["location"], below), headers={"Cookie": session})
    links = LINK.findall(page.text)
    assert links
    answers = {link: client.call("GET", arrives(link, below), headers={"Cookie": session}) for link in set(links)}
    assert {link for link, answer in answers.items() if answer.status_code == 404} == set()


def test_other_paths_with_the_same_beginning_are_not_below_it(client: ApiClient) -> None:
    assert client.get(f"{PREFIX}less/api/v1/health").status_code == 404

"""Which vehicle profile judged a drive, in its document and on its page."""

from obd2_api.auth.credentials import Client
from obd2_api.web.session import COOKIE, Sessions
from obd2_common.db.database import Database
from support.api_client import api_client
from support.api_rows import DEVICE, NOON, drive_row, store
from support.api_server import KEY

JUDGED_BY = {
    "profile": "hot",
    "car": "A <hot> one",
    "lacks": ["MAF"],
    "limits": [{"limit": "coolant.alert_celsius", "value": 108.0, "origin": "profile hot"}],
}


def test_the_profile_is_told_with_every_limit_that_is_not_as_shipped(database: Database) -> None:
    store(database, drive_row("33", judged_by=JUDGED_BY), drive_row("34"))
    client = api_client(database)

    known, unknown = (client.get(f"/api/v1/drives/{DEVICE}/{key}").json()["judgedBy"] for key in ("33", "34"))

    assert (known, unknown) == (JUDGED_BY, None)


def test_the_page_of_a_drive_names_its_profile(database: Database) -> None:
    store(database, drive_row("33", judged_by=JUDGED_BY))
    session = Sessions(KEY).cookie(Client(), NOON)
    headers = {"Cookie": f"{COOKIE}={session}", "Accept": "text/html"}

    page = api_client(database, clock=lambda: NOON).call("GET", f"/drives/{DEVICE}/33", headers=headers).text

    assert "Judged by profile hot (A &lt;hot&gt; one)" in page
    assert "The car has no air mass." in page
    assert '<th scope="row">coolant: alert celsius</th><td>108.0</td><td>profile hot</td>' in page

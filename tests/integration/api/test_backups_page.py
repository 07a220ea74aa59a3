"""The Backups page: why each is kept, and which go next."""

from obd2_api.auth.credentials import Client
from obd2_api.web.session import COOKIE, Sessions
from obd2_common.db.database import Database
from support.api_client import api_client
from support.api_rows import NOON, backup_row, store
from support.api_server import KEY

SESSION = {"Cookie": f"{COOKIE}={Sessions(KEY).cookie(Client(), NOON)}"}


def test_the_page_tells_why_each_is_kept_and_which_goes_next(database: Database) -> None:
    store(
        database,
        backup_row(1, kept_because=["last 2 of 2"], goes_next=True),
        backup_row(2, kept_because=["last 1 of 2", "newest verified"], goes_next=False),
        backup_row(3, type="logs"),
        backup_row(4, type="config", kept_because=["newest"], goes_next=False),
        backup_row(5, state="rotated", kept_because=["last 3 of 3"], goes_next=True),
    )

    text = api_client(database, clock=lambda: NOON).call("GET", "/backups", headers=SESSION).text

    assert "last 1 of 2, newest verified" in text
    assert "not looked at yet" in text
    assert text.count("goes next") == 1
    assert "Goes when the next one comes, for no rule keeps it then: Sat 11 Jul 2026, 07:01." in text
    assert text.count("None goes when the next one comes.") == 1
    assert "last 3 of 3" not in text


def test_the_api_tells_the_same(database: Database) -> None:
    store(database, backup_row(1, kept_because=["newest"], goes_next=False), backup_row(2))

    later, earlier = api_client(database).get("/api/v1/backups").json()["backups"]

    assert (earlier["keptBecause"], earlier["goesNext"]) == (["newest"], False)
    assert (later["keptBecause"], later["goesNext"]) == (None, None)

"""A damaged database and a full disk: no 2xx for rows, `/health` says why, one log line, and room heals by itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from structlog.testing import capture_logs

from obd2_common.db.database import Database
from obd2_common.db.storage_faults import DAMAGED
from obd2_common.migrate import upgrade
from support.api_client import ApiClient, api_client
from support.api_server import serve_api
from support.sync_requests import request_of

HEADERS = {"Content-Type": "application/json"}
FULL = "the database cannot be written: its disk is full"
DEVICE = "pi-7"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A SQLite file with a device's rows that nobody has open."""
    place = tmp_path / "obd2.db"
    database = Database(f"sqlite:///{place}")
    upgrade(database)
    push(api_client(database), 500)
    database.close()
    return place


@pytest.fixture
def opened(place: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{place}")
    yield database
    database.close()


def push(client: ApiClient, count: int) -> int:
    return client.call("POST", "/api/v1/sync", content=request_of(DEVICE, count), headers=HEADERS).status_code


def health(client: ApiClient) -> dict[str, Any]:
    told: dict[str, Any] = client.get("/api/v1/health").json()
    return told


def damage(place: Path) -> None:
    """Overwrite every page of the readings with noise."""
    with closing(sqlite3.connect(place)) as file:
        page_bytes = file.execute("PRAGMA page_size").fetchone()[0]
        pages = file.execute("SELECT pageno FROM dbstat WHERE name = 'realtime_data'").fetchall()
    with place.open("r+b") as file:
        for (number,) in pages:
            file.seek((number - 1) * page_bytes)
            file.write(b"\xa5" * page_bytes)


def test_damage_found_at_the_start_closes_the_server_to_rows(place: Path) -> None:
    damage(place)
    database = Database(f"sqlite:///{place}")

    with serve_api(database) as server:
        told = server.call("GET", "/api/v1/health").json
        status = server.call("POST", "/api/v1/sync", request_of("pi-8"), HEADERS).status

    assert (told["status"], told["components"]["mysql"], told["databaseFault"]) == ("unhealthy", "down", DAMAGED)
    assert status == 503


def test_damage_met_while_running_is_remembered(place: Path, opened: Database) -> None:
    damage(place)
    client = api_client(opened)
    before = health(client)["databaseFault"]

    pushed = push(client, 501)

    assert (before, pushed) == (None, 503)
    assert health(client)["databaseFault"] == DAMAGED


def test_a_file_that_is_no_database_is_damage(place: Path) -> None:
    place.write_bytes(b"\xa5" * 8192)
    database = Database(f"sqlite:///{place}")

    database.storage.check()

    assert database.storage.fault == DAMAGED


def test_a_sound_file_passes_the_check(opened: Database) -> None:
    opened.storage.check()

    assert opened.storage.fault is None


def test_a_full_disk_is_told_once_and_heals_by_itself(opened: Database) -> None:
    client = api_client(opened)
    pages = [1]

    @event.listens_for(opened.engine, "begin")
    def _limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages[0]}")

    with capture_logs() as lines:
        refused = {push(client, 3000 + turn) for turn in range(3)}
        full = health(client)
    pages[0] = 1_000_000
    healed = health(client)

    assert refused == {503}
    assert (full["status"], full["components"]["mysql"], full["databaseFault"]) == ("unhealthy", "down", FULL)
    assert [line["reason"] for line in lines if line["log_level"] == "error"] == [FULL]
    assert not [line for line in lines if "exc_info" in line]
    assert (healed["components"]["mysql"], healed["databaseFault"]) == ("up", None)
    assert push(client, 3000) == 200

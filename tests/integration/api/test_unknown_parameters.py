"""A query parameter nobody knows is refused where something is read, and passed over where the Pi asks."""

import pytest

from obd2_common.db.database import Database
from support.api_client import api_client
from support.api_rows import DEVICE, drive_row, store


@pytest.mark.parametrize("path", ["/drives", "/backups", "/devices", "/recommendations", "/quarantine", "/eras"])
def test_a_list_refuses_a_filter_it_does_not_know(database: Database, path: str) -> None:
    answer = api_client(database).get(f"/api/v1{path}", device="no-such-device")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "no query parameter device" in answer.json()["detail"]


def test_the_answer_names_what_the_path_takes(database: Database) -> None:
    detail = api_client(database).get("/api/v1/drives", device="x").json()["detail"]

    assert "it takes code, cursor, deviceId, epoch, era, isHeldOut, isReal, limit, severity, since, until" in detail


def test_a_drive_takes_its_epoch_and_refuses_the_rest(database: Database) -> None:
    store(database, drive_row("33"))
    client = api_client(database)

    assert client.get(f"/api/v1/drives/{DEVICE}/33", epoch=1).status_code == 200
    assert client.get(f"/api/v1/drives/{DEVICE}/33", epocj=1).status_code == 422


@pytest.mark.parametrize(("path", "status"), [("/ping", 200), ("/release/current", 503)])
def test_what_the_pi_asks_for_answers_whatever_is_added(database: Database, path: str, status: int) -> None:
    assert api_client(database).get(f"/api/v1{path}", later="1").status_code == status

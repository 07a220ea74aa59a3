"""Backups and releases as the api lists them."""

from datetime import timedelta

import pytest

from obd2_api.releases import ReleaseRecord
from obd2_api.repository.releases import publish_release
from obd2_common.db.database import Database
from support.api_client import api_client
from support.api_rows import DEVICE, NOON, backup_row, store


def test_backups_are_listed_latest_first_and_by_filter(database: Database) -> None:
    store(
        database,
        backup_row(1),
        backup_row(2, type="logs"),
        backup_row(3, device="other"),
        backup_row(4, state="rotated"),
    )
    client = api_client(database)

    def names(**wanted: object) -> list[str]:
        return [backup["backupId"][-3:] for backup in client.get("/api/v1/backups", **wanted).json()["backups"]]

    assert names() == ["004", "003", "002", "001"]
    assert names(deviceId=DEVICE) == ["004", "002", "001"]
    assert names(type="logs") == ["002"]
    assert names(state="rotated") == ["004"]
    assert client.get("/api/v1/backups").json()["backups"][0]["sizeBytes"] == 63_210_455_000


def test_pages_of_backups_show_each_once(database: Database) -> None:
    store(database, *(backup_row(number, received_at=NOON) for number in range(7)))
    client = api_client(database)

    first = client.get("/api/v1/backups", limit=4).json()
    second = client.get("/api/v1/backups", limit=4, cursor=first["nextCursor"]).json()

    assert [backup["backupId"] for backup in first["backups"] + second["backups"]] == [
        f"backup-{number:03}" for number in range(7)
    ]
    assert second["nextCursor"] is None


@pytest.mark.parametrize("wanted", [{"type": "music"}, {"state": "lost"}, {"limit": 0}])
def test_an_unknown_filter_value_is_refused(database: Database, wanted: dict[str, object]) -> None:
    assert api_client(database).get("/api/v1/backups", **wanted).status_code == 422


def record(number: int, theme: str = "steady") -> ReleaseRecord:
    return ReleaseRecord(
        version=f"V0.{number}.0",
        released_at="2026-07-01T09:30:00Z",
        git_hash="9c41d7e",
        theme=theme,
        description="",
    )


def publish(database: Database, number: int, theme: str = "steady") -> None:
    at = NOON + timedelta(minutes=number)
    database.run(lambda session: publish_release(session, record(number, theme), now=at))


def test_without_release_current_is_unavailable_and_history_empty(database: Database) -> None:
    client = api_client(database)

    current = client.get("/api/v1/release/current")

    assert (current.status_code, current.json()["detail"]) == (503, "No release is published")
    assert client.get("/api/v1/release/history").json() == {"releases": []}


def test_the_release_published_last_is_current(database: Database) -> None:
    publish(database, 31)
    publish(database, 32)

    assert api_client(database).get("/api/v1/release/current").json() == {
        "version": "V0.32.0",
        "releasedAt": "2026-07-01T09:30:00Z",
        "gitHash": "9c41d7e",
        "theme": "steady",
        "description": "",
    }


def test_history_holds_the_last_ten(database: Database) -> None:
    for number in range(12):
        publish(database, number)

    releases = api_client(database).get("/api/v1/release/history").json()["releases"]

    assert [release["version"] for release in releases] == [f"V0.{number}.0" for number in range(11, 1, -1)]


def test_publishing_a_version_again_corrects_it(database: Database) -> None:
    publish(database, 31, "tpyo")
    publish(database, 31, "typo")

    releases = api_client(database).get("/api/v1/release/history").json()["releases"]

    assert [release["theme"] for release in releases] == ["typo"]

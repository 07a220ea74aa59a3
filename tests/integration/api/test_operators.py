"""Operators over HTTP: hold a drive, choose a reference, annotate, begin an era."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from sqlmodel import select

from obd2_common.db.database import Database
from obd2_common.tables.jobs import Job
from support.api_client import api_client
from support.api_rows import DEVICE, NOON, device_row, drive_row, store

DRIVE = f"/api/v1/drives/{DEVICE}/1"


def two_drives(database: Database) -> None:
    store(
        database,
        device_row(),
        drive_row("1", started_at=NOON),
        drive_row("2", started_at=NOON + timedelta(days=1)),
    )


def queued(database: Database) -> list[str]:
    found = database.read(lambda session: list(session.exec(select(Job))))
    return sorted(str((job.payload or {})["driveKey"]) for job in found if job.state == "queued")


def test_a_drive_is_held_out_and_released_and_is_queued_with_those_after_it(database: Database) -> None:
    two_drives(database)
    client = api_client(database)

    answer = client.post(f"{DRIVE}/hold", {"reason": " bench power "})
    shown = client.get(DRIVE).json()

    assert (answer.status_code, answer.json()) == (200, {"recomputed": 1})
    assert (shown["isHeldOut"], shown["holdReason"]) == (True, "bench power")
    assert queued(database) == ["1", "2"], "itself, for its overlaps, and those after it"
    assert client.call("DELETE", f"{DRIVE}/hold").json() == {"recomputed": 1}
    assert client.get(DRIVE).json()["isHeldOut"] is False


def test_a_hold_needs_no_reason(database: Database) -> None:
    two_drives(database)

    assert api_client(database).call("POST", f"{DRIVE}/hold").status_code == 200


def test_a_reference_is_chosen_listed_and_dropped(database: Database) -> None:
    two_drives(database)
    client = api_client(database)

    assert client.call("PUT", f"{DRIVE}/reference").json() == {"recomputed": 2}
    (reference,) = client.get("/api/v1/reference-drives", deviceId=DEVICE).json()["references"]
    assert (reference["deviceId"], reference["epoch"], reference["driveKey"]) == (DEVICE, 1, "1")
    assert client.get(DRIVE).json()["isReference"] is True
    assert client.call("DELETE", f"{DRIVE}/reference").json() == {"recomputed": 2}
    assert client.call("DELETE", f"{DRIVE}/reference").json() == {"recomputed": 0}
    assert client.get("/api/v1/reference-drives").json() == {"references": []}


def test_a_drive_without_known_start_cannot_be_a_reference(database: Database) -> None:
    store(database, device_row(), drive_row("1", started_at=None))

    assert api_client(database).call("PUT", f"{DRIVE}/reference").status_code == 409


def test_notes_are_added_shown_and_deleted(database: Database) -> None:
    two_drives(database)
    client = api_client(database)

    first = client.post(f"{DRIVE}/annotations", {"note": "new plugs"})
    client.post(f"{DRIVE}/annotations", {"note": "rain"})
    notes = client.get(DRIVE).json()["annotations"]

    assert first.status_code == 201
    assert [note["note"] for note in notes] == ["new plugs", "rain"]
    assert client.call("DELETE", f"{DRIVE}/annotations/{notes[0]['annotationId']}").status_code == 204
    assert [note["note"] for note in client.get(DRIVE).json()["annotations"]] == ["rain"]
    assert client.call("DELETE", f"/api/v1/drives/{DEVICE}/2/annotations/{notes[1]['annotationId']}").status_code == 404


def test_what_no_drive_is_cannot_be_marked(database: Database) -> None:
    client = api_client(database)
    calls: list[tuple[str, str, Any]] = [
        ("POST", "hold", {}),
        ("DELETE", "hold", None),
        ("PUT", "reference", None),
        ("DELETE", "reference", None),
        ("POST", "annotations", {"note": "x"}),
        ("DELETE", "annotations/5", None),
    ]

    for method, rest, document in calls:
        assert client.call(method, f"{DRIVE}/{rest}", json=document).status_code == 404


def test_a_device_with_a_slash_in_its_name_can_be_named(database: Database) -> None:
    store(database, device_row("a/b"), drive_row("1", device="a/b"))
    client = api_client(database)
    path = f"/api/v1/drives/{quote('a/b', safe='')}/1"

    assert client.call("POST", f"{path}/hold").status_code == 200
    assert client.get(path).json()["isHeldOut"] is True


def test_an_era_is_begun_listed_and_removed(database: Database) -> None:
    two_drives(database)
    client = api_client(database)
    era = {"deviceId": DEVICE, "name": "MD326328", "startedAt": "2026-07-11T20:00:00Z", "note": "tunable"}

    begun = client.post("/api/v1/eras", era)

    assert (begun.status_code, begun.headers["Location"]) == (201, f"/api/v1/eras/{DEVICE}/MD326328")
    assert begun.json()["recomputed"] == 2
    (listed,) = client.get("/api/v1/eras", deviceId=DEVICE).json()["eras"]
    assert listed | era == listed
    assert client.post("/api/v1/eras", era).json()["recomputed"] == 0
    assert client.call("DELETE", begun.headers["Location"]).json() == {"recomputed": 2}
    assert client.call("DELETE", begun.headers["Location"]).status_code == 404


def test_eras_of_one_device_share_neither_name_nor_start(database: Database) -> None:
    two_drives(database)
    client = api_client(database)
    era = {"deviceId": DEVICE, "name": "stock", "startedAt": "2026-01-01T00:00:00Z"}
    client.post("/api/v1/eras", era)

    assert client.post("/api/v1/eras", {**era, "startedAt": "2026-02-01T00:00:00Z"}).status_code == 409
    assert client.post("/api/v1/eras", {**era, "name": "other"}).status_code == 409
    assert client.post("/api/v1/eras", {**era, "deviceId": "nobody"}).status_code == 404

"""Devices as their operator sees them."""

from typing import Any
from urllib.parse import quote

import pytest

from obd2_api.auth.credentials import Scope
from obd2_common.db.database import Database
from support.api_client import ApiClient, api_client
from support.api_rows import drive_row, store
from support.issued_keys import issue

DEVICE = "chi-eclipse-01"


def push(client: ApiClient, *rows: dict[str, Any], device: str = DEVICE, **envelope: object) -> int:
    tables = {"realtime_data": {"rows": list(rows)}} if rows else {}
    document = {"deviceId": device, "batchId": "b", "tables": tables, **envelope}
    return client.post("/api/v1/sync", document).status_code


def devices(client: ApiClient) -> list[dict[str, Any]]:
    return list(client.get("/api/v1/devices", unknownColumns="true").json()["devices"])


def reading(row_id: int, value: float, **more: object) -> dict[str, Any]:
    return {"id": row_id, "timestamp": "2026-07-11T18:02:39Z", "parameter_name": "RPM", "value": value, **more}


def test_a_server_nobody_wrote_to_has_no_devices(database: Database) -> None:
    assert devices(api_client(database)) == []


def test_a_device_shows_its_tables_and_its_requests(database: Database) -> None:
    client = api_client(database)
    push(client, reading(1, 800.0, drive_id=33), reading(4, 810.0, drive_id=33))
    push(client, driveCounter={"lastDriveId": 33})

    (device,) = devices(client)

    assert (device["deviceId"], device["openEpoch"], device["requestCount"], device["emptyRequestCount"]) == (
        DEVICE,
        1,
        2,
        1,
    )
    (epoch,) = device["epochs"]
    assert (epoch["driveCounter"], epoch["maxDriveId"]) == (33, 33)
    (table,) = epoch["tables"]
    assert (table["table"], table["rowCount"], table["highWaterId"]) == ("realtime_data", 2, 4)


def test_a_unit_nobody_knows_is_listed_over_all_drives(database: Database) -> None:
    client = api_client(database)
    push(client, reading(1, 800.0))
    unknown = {"reason": "unit_unknown", "parameter": "COOLANT_TEMP", "unit": "bananas", "row_count": 12}
    store(database, drive_row("33", left_out=[unknown]), drive_row("34", left_out=[unknown]))

    (device,) = devices(client)

    assert device["unknownUnits"] == [{"parameter": "COOLANT_TEMP", "unit": "bananas", "rowCount": 24, "driveCount": 2}]


def test_a_rebuilt_database_shows_as_a_second_epoch_with_its_reason(database: Database) -> None:
    client = api_client(database)
    push(client, reading(1, 800.0))
    push(client, reading(1, 3.0))

    (device,) = devices(client)

    assert device["openEpoch"] == 2
    assert [epoch["reason"] for epoch in device["epochs"]] == [
        "first contact",
        "realtime_data row 1 came again with other content",
    ]


def test_columns_the_server_does_not_know_are_listed(database: Database) -> None:
    client = api_client(database)
    push(client, reading(1, 800.0, ethanol=0.85), reading(2, 800.0, ethanol=0.86))

    ((column,),) = ([*device["unknownColumns"]] for device in devices(client))

    assert (column["table"], column["column"], column["rowCount"]) == ("realtime_data", "ethanol", 2)
    assert client.get("/api/v1/devices").json()["devices"][0]["unknownColumns"] is None


def test_devices_are_listed_page_by_page(database: Database) -> None:
    client = api_client(database)
    for name in ("c", "A", "b", "a"):
        push(client, reading(1, 800.0, ethanol=0.85), device=name)

    pages = [client.get("/api/v1/devices", limit=3).json()]
    pages.append(client.get("/api/v1/devices", limit=3, cursor=pages[0]["nextCursor"]).json())

    found = [[device["deviceId"] for device in page["devices"]] for page in pages]
    assert found == [["A", "a", "b"], ["c"]]
    assert pages[1]["nextCursor"] is None
    assert all(len(device["epochs"]) == 1 for page in pages for device in page["devices"])


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"tables": {"battery_log": {"rows": []}}}, "battery_log must not leave the Pi; nothing was stored"),
        ({"tables": []}, "tables must be an object"),
        ({"tables": {"realtime_data": {"rows": 1}}}, "tables.realtime_data.rows must be an array"),
        ({"tables": {}, "batchId": ""}, "batchId must be a text of at least one character"),
        ({"tables": {}, "driveCounter": 0}, "driveCounter.lastDriveId must be a whole number above zero"),
    ],
)
def test_a_refused_request_shows_as_the_last_failure(
    database: Database, members: dict[str, object], reason: str
) -> None:
    client = api_client(database)
    push(client, reading(1, 800.0))
    answer = client.post("/api/v1/sync", {"deviceId": DEVICE, "batchId": "b", **members})

    (device,) = devices(client)

    assert (answer.status_code, device["lastFailureReason"]) == (422, reason)
    assert device["lastFailureAt"] >= device["lastSuccessAt"]


@pytest.mark.parametrize(
    ("content", "status"), [(b"{", 422), (b"[]", 422), (b" " * 2_000_000, 413), (b'{"deviceId": "other"}', 422)]
)
def test_what_comes_with_a_devices_own_key_and_is_refused_is_its_failure_whatever_it_holds(
    database: Database, content: bytes, status: int
) -> None:
    client = api_client(database, max_sync_payload_mb=1)
    push(client, reading(1, 800.0))
    push(client, reading(1, 800.0), device="other")
    key = issue(database, Scope.PUSH, device=DEVICE).text

    answer = client.call("POST", "/sync", content=content, headers={"X-API-Key": key})

    reasons = {device["deviceId"]: device["lastFailureReason"] for device in devices(client)}
    assert answer.status_code == status
    assert (reasons[DEVICE] is None) == (b"other" in content)
    assert reasons["other"] is None


def test_a_simulated_device_says_what_its_rows_count_as(database: Database) -> None:
    client = api_client(database)
    push(client, reading(1, 800.0), device="sim-eclipse-gst")
    push(client, reading(1, 800.0))

    assert [device["defaultDataSource"] for device in devices(client)] == [None, "physics_sim"]


@pytest.mark.parametrize("device", [DEVICE, "garage/eins & zwei"])
def test_a_device_is_named_and_its_id_stays(database: Database, device: str) -> None:
    client = api_client(database)
    push(client, reading(1, 800.0), device=device)
    path = f"/api/v1/devices/{quote(device, safe='')}"

    answer = client.call("PATCH", path, json={"displayName": " Eclipse GST "})

    (listed,) = client.get("/api/v1/devices").json()["devices"]
    assert answer.json() == listed
    assert (listed["deviceId"], listed["displayName"]) == (device, "Eclipse GST")


def test_a_name_no_list_could_show_is_refused(database: Database) -> None:
    client = api_client(database)
    push(client, reading(1, 800.0))

    refused = [
        client.call("PATCH", f"/api/v1/devices/{DEVICE}", json={"displayName": name}).status_code
        for name in ("", "  ", "x" * 65, "two\nlines")
    ]

    assert refused == [422] * 4
    assert client.call("PATCH", "/api/v1/devices/nobody", json={"displayName": "x"}).status_code == 404

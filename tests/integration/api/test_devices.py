"""Devices as their operator sees them."""

from typing import Any

from obd2_common.db.database import Database
from support.api_client import ApiClient, api_client

DEVICE = "chi-eclipse-01"


def push(client: ApiClient, *rows: dict[str, Any], device: str = DEVICE, **envelope: object) -> int:
    tables = {"realtime_data": {"rows": list(rows)}} if rows else {}
    document = {"deviceId": device, "batchId": "b", "tables": tables, **envelope}
    return client.post("/api/v1/sync", document).status_code


def devices(client: ApiClient) -> list[dict[str, Any]]:
    return list(client.get("/api/v1/devices").json()["devices"])


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


def test_a_refused_request_shows_as_the_last_failure(database: Database) -> None:
    client = api_client(database)
    push(client, reading(1, 800.0))
    client.post("/api/v1/sync", {"deviceId": DEVICE, "batchId": "b", "tables": {"battery_log": {"rows": []}}})

    (device,) = devices(client)

    assert device["lastFailureReason"] == "battery_log must not leave the Pi; nothing was stored"
    assert device["lastFailureAt"] >= device["lastSuccessAt"]


def test_a_simulated_device_says_what_its_rows_count_as(database: Database) -> None:
    client = api_client(database)
    push(client, reading(1, 800.0), device="sim-eclipse-gst")
    push(client, reading(1, 800.0))

    assert [device["defaultDataSource"] for device in devices(client)] == [None, "physics_sim"]

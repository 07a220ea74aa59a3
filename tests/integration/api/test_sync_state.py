"""What the server says it holds, compared with what was sent."""

import random
from typing import Any

from obd2_api.ingest.decode import decode_rows
from obd2_common.db.database import Database
from obd2_common.row_digests import blocks_of_rows, digest_of, table_digest
from obd2_common.row_text import row_texts
from obd2_common.synced_specs import SYNCED_TABLES
from support.api_client import ApiClient, api_client

DEVICE = "chi-eclipse-01"
READINGS = SYNCED_TABLES["realtime_data"]


def reading(row_id: int, **changes: object) -> dict[str, Any]:
    source = random.Random(row_id)  # noqa: S311 - the same rows every time
    return {
        "id": row_id,
        "timestamp": f"2026-07-11T18:{row_id // 60 % 60:02d}:{row_id % 60:02d}Z",
        "parameter_name": source.choice(["RPM", "SPEED", "LONG_FUEL_TRIM_1"]),
        "value": source.choice([0.0, -6.25, 91.0, 0.7843137254901961, source.uniform(-100, 9000)]),
        "unit": source.choice([None, "percent", "degree_Celsius", "°C"]),
        "profile_id": "daily",
        "data_source": "real",
        "drive_id": 33,
        **changes,
    }


def push(client: ApiClient, rows: list[dict[str, Any]], table: str = "realtime_data") -> dict[str, Any]:
    body = {"deviceId": DEVICE, "batchId": "b", "tables": {table: {"rows": rows}}}
    answer = client.post("/api/v1/sync", body)
    assert answer.status_code == 200
    return dict(answer.json())


def state(client: ApiClient, **parameters: object) -> dict[str, Any]:
    answer = client.get("/api/v1/sync/state", deviceId=DEVICE, **parameters)
    assert answer.status_code == 200
    return dict(answer.json())


def test_the_digest_is_what_the_sender_computes_from_its_own_rows(database: Database) -> None:
    client = api_client(database)
    rows = [reading(row_id) for row_id in [*range(9_900, 10_150), 30_001]]
    push(client, rows)

    table = state(client)["tables"]["realtime_data"]

    decoded = decode_rows(READINGS, rows)
    blocks = blocks_of_rows(READINGS, decoded.ids, decoded.columns)
    assert table["digest"] == table_digest(blocks)
    assert [block["digest"] for block in table["blocks"]] == [block.digest for block in blocks]
    assert table["rowCount"] == len(rows)
    assert table["highWaterId"] == 30_001
    assert table["gaps"] == [{"first": 10_150, "last": 30_000}]
    assert table["minTime"] <= table["maxTime"]


def test_single_rows_can_be_compared(database: Database) -> None:
    client = api_client(database)
    rows = [reading(row_id) for row_id in (1, 2, 4)]
    push(client, rows)

    answer = client.get("/api/v1/sync/rows", deviceId=DEVICE, table="realtime_data", first=2, last=9_000).json()

    decoded = decode_rows(READINGS, rows)
    texts = row_texts(READINGS, decoded.ids, decoded.columns)
    assert answer["digests"] == {"2": digest_of([texts[1]]), "4": digest_of([texts[2]])}


def test_a_row_in_quarantine_is_named_in_the_state(database: Database) -> None:
    client = api_client(database)
    push(client, [reading(1), reading(2, value="hot"), reading(3)])

    table = state(client, table="realtime_data")["tables"]["realtime_data"]

    assert table["quarantinedIds"] == ["2"]
    assert table["gaps"] == [{"first": 2, "last": 2}]


def test_tables_keyed_by_text_are_counted_without_a_digest(database: Database) -> None:
    client = api_client(database)
    push(client, [{"id": "daily", "name": "Daily"}], table="profiles")

    table = state(client)["tables"]["profiles"]

    assert (table["rowCount"], table["digest"], table["highWaterId"]) == (1, None, None)


def test_an_older_epoch_can_be_looked_at(database: Database) -> None:
    client = api_client(database)
    push(client, [reading(1), reading(2)])
    push(client, [reading(1, value=-1.5)])

    newest, older = state(client), state(client, epoch=1)

    assert (newest["epoch"], newest["openEpoch"], older["epoch"]) == (2, 2, 1)
    assert newest["tables"]["realtime_data"]["rowCount"] == 1
    assert older["tables"]["realtime_data"]["rowCount"] == 2


def test_an_unknown_device_or_epoch_is_not_found(database: Database) -> None:
    client = api_client(database)
    push(client, [reading(1)])

    assert client.get("/api/v1/sync/state", deviceId="nobody").status_code == 404
    assert client.get("/api/v1/sync/state", deviceId=DEVICE, epoch=9).status_code == 404
    assert client.get("/api/v1/sync/rows", deviceId=DEVICE, table="profiles", first=1, last=2).status_code == 422
    assert (
        client.get("/api/v1/sync/rows", deviceId=DEVICE, table="realtime_data", first=1, last=10_001).status_code == 422
    )


def test_a_batch_sent_again_is_told_unchanged_whatever_its_numbers(database: Database) -> None:
    client = api_client(database)
    odd = [0.0, -0.0, 1e-7, 5e-324, 1.7976931348623157e308, 1e15, 1e16, -123456789012345.6, 0.1, 91]
    rows = [reading(row_id, value=value) for row_id, value in enumerate(odd, start=1)]
    push(client, rows)

    again = push(client, rows[::-1])["tablesProcessed"]["realtime_data"]

    assert (again["inserted"], again["updated"], again["unchanged"]) == (0, len(odd), len(odd))


def test_capabilities_name_what_sync_takes(database: Database) -> None:
    told = api_client(database).get("/api/v1/capabilities").json()

    assert {"identity", "gzip", "zstd"} == set(told["contentEncodings"])
    assert set(told["tables"]) == set(SYNCED_TABLES)
    assert told["refusedTables"] == ["battery_log", "power_log"]
    assert told["limits"]["maxSyncPayloadBytes"] == 10 * 1024 * 1024
    assert (told["limits"]["maxSyncRows"], told["limits"]["maxSyncTables"]) == (20_000, 64)

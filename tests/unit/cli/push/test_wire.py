"""What the Pi stand-in puts on the wire."""

import json
from datetime import UTC, datetime, timedelta, timezone

from obd2_cli.push.wire import DELTA_TABLE_KEYS, batch_identifier, counter_body, encode, table_body, wire_row
from obd2_common.synced_specs import DELTA_TABLES


def test_tables_go_in_the_order_the_server_knows() -> None:
    assert tuple(DELTA_TABLE_KEYS) == DELTA_TABLES == tuple(sorted(DELTA_TABLES))


def test_a_renamed_key_is_sent_last_and_the_modification_stamp_not_at_all() -> None:
    columns = ["drive_id", "drive_start_timestamp", "data_source", "_sync_modified_at"]

    row = wire_row(columns, (33, "2026-07-11T17:41:02Z", "real", "2026-07-11T17:41:20.000Z"), "drive_id")

    assert list(row.items()) == [
        ("drive_start_timestamp", "2026-07-11T17:41:02Z"),
        ("data_source", "real"),
        ("id", 33),
    ]


def test_a_key_that_is_called_id_stays_first_and_null_is_kept() -> None:
    assert list(wire_row(["id", "notes"], (1, None), "id").items()) == [("id", 1), ("notes", None)]


def test_batches_are_named_by_device_and_utc_second() -> None:
    chicago_summer = timezone(timedelta(hours=-5))

    name = batch_identifier("chi-eclipse-01", datetime(2026, 7, 11, 13, 2, 44, 918204, tzinfo=chicago_summer))

    assert name == "chi-eclipse-01-2026-07-11T18:02:44Z"


def test_a_body_is_plain_ascii_with_the_envelopes_keys_in_order() -> None:
    body = table_body("pi", "pi-1", "alert_log", last_synced_id=7, rows=[{"id": 8, "unit": "°C"}])

    assert body == (
        b'{"deviceId": "pi", "batchId": "pi-1", "tables": {"alert_log": {"lastSyncedId": 7,'
        b' "rows": [{"id": 8, "unit": "\\u00b0C"}]}}}'
    )


def test_numbers_keep_all_their_digits_and_infinity_is_a_bare_word() -> None:
    assert encode({"value": 0.7843137254901961, "limit": float("inf")}) == (
        b'{"value": 0.7843137254901961, "limit": Infinity}'
    )


def test_a_blob_is_sent_as_its_repr() -> None:
    assert json.loads(encode({"raw": b"\x00x"})) == {"raw": "b'\\x00x'"}


def test_the_counter_travels_without_tables() -> None:
    assert json.loads(counter_body("pi", "pi-1", 33)) == {
        "deviceId": "pi",
        "batchId": "pi-1",
        "tables": {},
        "driveCounter": {"lastDriveId": 33},
    }


def test_a_moment_in_utc_needs_no_change() -> None:
    assert batch_identifier("x", datetime(2026, 1, 1, tzinfo=UTC)) == "x-2026-01-01T00:00:00Z"

"""Rows that come again with other values, fewer columns or columns nobody knows."""

import pytest

from obd2_common.synced_specs import SYNCED_TABLES
from support.ingest_setup import Server, as_sent, wire_values
from support.pi_rows import EXAMPLES, example, reading, readings


def test_the_last_of_rows_with_one_key_wins_and_the_sums_are_right(server: Server) -> None:
    rows = [reading(1, unit="a"), reading(2), reading(1, unit="b"), reading(1, unit="c")]

    counts = server.counts("realtime_data", rows)

    assert counts == (2, 2, 0, 0)
    assert server.as_sent("realtime_data")[1]["unit"] == "c"


def test_a_closed_drain_event_is_an_update(server: Server) -> None:
    opened = example("battery_health_log", id=3)
    closed = {**opened, "end_timestamp": "2026-07-11T18:40:00Z", "end_soc": 3.6, "runtime_seconds": 2040}
    server.counts("battery_health_log", [opened])

    counts = server.counts("battery_health_log", [closed], batch="later")

    (stored,) = server.rows("battery_health_log")
    assert counts == (0, 1, 0, 0)
    assert wire_values("battery_health_log", stored) == as_sent([closed], "battery_health_log")[3]
    assert stored["sync_batch_id"] == "later"
    assert stored["end_timestamp"].isoformat() == "2026-07-11T18:40:00+00:00"


def test_a_row_tagged_with_its_drive_later_is_an_update(server: Server) -> None:
    server.counts("realtime_data", readings(1, 10, drive_id=None))

    counts = server.counts("realtime_data", [*readings(1, 5, drive_id=34), *readings(6, 10, drive_id=None)])

    assert counts == (0, 10, 5, 0)
    assert server.as_sent("realtime_data") == as_sent(
        [*readings(1, 5, drive_id=34), *readings(6, 10, drive_id=None)],
    )


def test_a_stamp_written_another_way_is_the_same_row(server: Server) -> None:
    server.counts("connection_log", [example("connection_log", timestamp="2026-07-11 17:41:00")])

    counts = server.counts("connection_log", [example("connection_log", timestamp="2026-07-11T17:41:00Z")])

    (stored,) = server.rows("connection_log")
    assert counts == (0, 1, 0, 0)
    assert stored["timestamp_raw"] == "2026-07-11T17:41:00Z"
    assert server.count("device_epochs") == 1


@pytest.mark.parametrize("table", sorted(EXAMPLES))
def test_a_column_that_is_absent_keeps_what_is_stored(server: Server, table: str) -> None:
    spec = SYNCED_TABLES[table]
    row = {name: value for name, value in EXAMPLES[table].items() if value is not None}
    server.counts(table, [row])
    before = server.rows(table)

    counts = server.counts(table, [{spec.key: row[spec.key]}])

    assert counts == (0, 1, 1, 0)
    assert server.rows(table) == before


def test_absent_and_null_are_different_within_one_batch(server: Server) -> None:
    server.counts("realtime_data", readings(1, 4, unit="V"))
    bare = {name: value for name, value in reading(1).items() if name != "unit"}
    rows = [bare, reading(2, unit=None), reading(3, unit="mV"), {**bare, "id": 9, "value": 1.0}]

    counts = server.counts("realtime_data", rows)

    assert counts == (1, 3, 1, 0)
    assert {key: row["unit"] for key, row in server.as_sent("realtime_data").items()} == {
        1: "V",
        2: None,
        3: "mV",
        4: "V",
        9: None,
    }


def test_a_row_that_lacks_data_source_is_of_unknown_source(server: Server) -> None:
    server.counts(
        "realtime_data", [{name: reading(1)[name] for name in ("id", "timestamp", "parameter_name", "value")}]
    )

    assert server.as_sent("realtime_data")[1]["data_source"] is None


def test_unknown_columns_are_kept_merged_and_never_replaced_by_null(server: Server) -> None:
    server.counts("realtime_data", [reading(1, vcell=4.1, notes="a"), reading(2)])

    steps = [
        server.counts("realtime_data", [reading(1, vcell=None, third=[1]), reading(2, vcell=None)]),
        server.counts("realtime_data", [reading(1, notes="b"), reading(2)]),
        server.counts("realtime_data", [reading(1, notes="b"), reading(2)]),
        server.counts("realtime_data", [reading(1, vcell=3.9)]),
    ]

    stored = server.synced("realtime_data")
    assert steps == [(0, 2, 0, 0), (0, 2, 1, 0), (0, 2, 2, 0), (0, 1, 0, 0)]
    assert stored[1]["extra"] == {"vcell": 3.9, "notes": "b", "third": [1]}
    assert stored[2]["extra"] == {"vcell": None}


def test_unknown_columns_are_listed_per_device_and_table(server: Server) -> None:
    server.counts("realtime_data", [*readings(1, 3, vcell=4.1), *readings(4, 5, other=None)])
    server.clock.advance(minutes=1)
    server.counts("realtime_data", readings(3, 6, vcell=4.1))
    server.counts("dtc_log", [example("dtc_log", vcell=1)], device="other-pi")

    listed = {
        (row["source_device"], row["table_name"], row["column_name"]): row["row_count"]
        for row in server.rows("unknown_columns")
    }
    assert listed[("chi-eclipse-01", "realtime_data", "vcell")] >= 6
    assert set(listed) == {
        ("chi-eclipse-01", "realtime_data", "vcell"),
        ("chi-eclipse-01", "realtime_data", "other"),
        ("other-pi", "dtc_log", "vcell"),
    }


def test_a_changed_profile_is_an_update_and_no_rebuilt_database(server: Server) -> None:
    server.counts("profiles", [example("profiles")])

    counts = server.counts("profiles", [example("profiles", name="Commute", created_at="2026-05-01 00:00:00")])

    assert counts == (0, 1, 0, 0)
    assert server.count("device_epochs") == 1

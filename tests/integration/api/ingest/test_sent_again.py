"""The same rows may arrive any number of times, in any order and grouping: the tables end up the same."""

import random

import pytest

from ingest_setup import Server, wire_values
from obd2_common.database import Database
from obd2_common.synced_specs import SYNCED_TABLES
from pi_rows import EXAMPLES, Row, example, reading, readings


@pytest.fixture
def server(database: Database) -> Server:
    return Server(database)


def held(server: Server, table: str) -> dict[object, Row]:
    return {key: wire_values(table, row) for key, row in server.synced(table).items()}


def sent(rows: list[Row], table: str = "realtime_data") -> dict[object, Row]:
    columns = SYNCED_TABLES[table].columns
    return {row["id"]: {name: row.get(name) for name in columns} for row in rows}


def test_new_rows_are_inserted(server: Server) -> None:
    assert server.counts("realtime_data", readings(1, 500)) == (500, 0, 0, 0)
    assert held(server, "realtime_data") == sent(readings(1, 500))


def test_rows_sent_again_tell_which_of_two_autumn_hours_the_new_ones_are_in(server: Server) -> None:
    times = ("01:10:00", "01:50:00", "01:05:00", "01:20:00", "01:30:00", "01:15:00")
    rows = [reading(number, timestamp=f"2025-11-02 {time}.500000") for number, time in enumerate(times, start=1)]
    server.counts("realtime_data", rows[:4])

    server.counts("realtime_data", rows[2:5])
    server.counts("realtime_data", [rows[5], reading(7, timestamp="2025-11-02 01:40:00.500000")])

    stored = [row["timestamp"].strftime("%H:%M") for row in server.rows("realtime_data")]
    assert stored == ["06:10", "06:50", "07:05", "07:20", "07:30", "07:15", "07:40"]


def test_a_late_row_is_read_by_the_row_stored_before_it(server: Server) -> None:
    times = ("01:50:00", "01:05:00", "01:06:00", "01:40:00")
    rows = [reading(number, timestamp=f"2025-11-02 {time}.500000") for number, time in enumerate(times, start=1)]
    server.counts("realtime_data", [rows[0], rows[1], rows[3]])

    server.counts("realtime_data", [rows[2]])

    assert [row["timestamp"].strftime("%H:%M") for row in server.rows("realtime_data")] == [
        "06:50",
        "07:05",
        "07:06",
        "07:40",
    ]


def test_a_batch_sent_twice_is_stored_once_and_changes_nothing(server: Server) -> None:
    server.counts("realtime_data", readings(1, 500))
    before = server.rows("realtime_data")
    server.clock.advance(seconds=5)

    counts = server.counts("realtime_data", readings(1, 500), batch="another")

    assert counts == (0, 500, 500, 0)
    assert server.rows("realtime_data") == before


def test_overlapping_batches_insert_only_what_is_new(server: Server) -> None:
    server.counts("realtime_data", readings(1, 300))

    counts = server.counts("realtime_data", readings(200, 600))

    assert counts == (300, 101, 101, 0)
    assert held(server, "realtime_data") == sent(readings(1, 600))


def test_a_batch_before_the_known_ones_fills_the_gap(server: Server) -> None:
    server.counts("realtime_data", readings(501, 1000))

    counts = server.counts("realtime_data", readings(1, 600))

    assert counts == (500, 100, 100, 0)
    assert held(server, "realtime_data") == sent(readings(1, 1000))


def test_a_cursor_that_rewinds_brings_the_same_rows_again(server: Server) -> None:
    summaries = [
        example("drive_summary", id=number, drive_start_timestamp=f"2026-07-0{number}T10:00:00Z")
        for number in range(1, 7)
    ]
    server.counts("drive_summary", summaries)
    filled = {**summaries[0], "barometric_kpa_at_start": 99.5}

    first = server.counts("drive_summary", [filled])
    again = server.counts("drive_summary", summaries[1:])

    assert (first, again) == ((0, 1, 0, 0), (0, 5, 5, 0))
    assert held(server, "drive_summary") == sent([filled, *summaries[1:]], "drive_summary")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_pieces_in_random_order_with_repetitions_give_the_same_table(server: Server, seed: int) -> None:
    generator = random.Random(seed)  # noqa: S311 - test data
    rows = readings(1, 1500)
    pieces = [rows[start : start + 100] for start in range(0, 1500, 100)]
    for _ in range(20):
        start = generator.randrange(1500)
        pieces.append(rows[start : start + generator.randrange(1, 300)])
    generator.shuffle(pieces)

    inserted = 0
    for piece in pieces:
        shuffled = generator.sample(piece, len(piece))
        counts = server.counts("realtime_data", shuffled)
        assert counts[0] + counts[1] == len(piece)
        assert counts[1] == counts[2]
        inserted += counts[0]

    assert inserted == 1500
    assert held(server, "realtime_data") == sent(rows)
    assert server.rows("sync_cursors")[0]["high_water_id"] == 1500
    assert server.rows("sync_cursors")[0]["row_count"] == 1500
    assert [epoch["source_epoch"] for epoch in server.rows("device_epochs")] == [1]


def test_the_last_of_rows_with_one_key_wins_and_the_sums_are_right(server: Server) -> None:
    rows = [reading(1, unit="a"), reading(2), reading(1, unit="b"), reading(1, unit="c")]

    counts = server.counts("realtime_data", rows)

    assert counts == (2, 2, 0, 0)
    assert held(server, "realtime_data")[1]["unit"] == "c"


def test_sparse_ids_far_apart_are_recognised(server: Server) -> None:
    rows = [reading(number) for number in (1, 5, 10**6, 10**12, 2**63 - 1, -5)]
    server.counts("realtime_data", rows)

    counts = server.counts("realtime_data", [*rows, reading(7)])

    assert counts == (1, 6, 6, 0)


def test_more_known_rows_than_one_query_asks_for_are_recognised(server: Server) -> None:
    rows = [reading(number * 10) for number in range(1, 2501)]
    server.counts("realtime_data", rows)

    assert server.counts("realtime_data", rows) == (0, 2500, 2500, 0)


def test_a_closed_drain_event_is_an_update(server: Server) -> None:
    opened = example("battery_health_log", id=3)
    closed = {**opened, "end_timestamp": "2026-07-11T18:40:00Z", "end_soc": 3.6, "runtime_seconds": 2040}
    server.counts("battery_health_log", [opened])

    counts = server.counts("battery_health_log", [closed], batch="later")

    (stored,) = server.rows("battery_health_log")
    assert counts == (0, 1, 0, 0)
    assert wire_values("battery_health_log", stored) == sent([closed], "battery_health_log")[3]
    assert stored["sync_batch_id"] == "later"
    assert stored["end_timestamp"].isoformat() == "2026-07-11T18:40:00+00:00"


def test_a_row_tagged_with_its_drive_later_is_an_update(server: Server) -> None:
    server.counts("realtime_data", readings(1, 10, drive_id=None))

    counts = server.counts("realtime_data", [*readings(1, 5, drive_id=34), *readings(6, 10, drive_id=None)])

    assert counts == (0, 10, 5, 0)
    assert held(server, "realtime_data") == sent(
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
    assert {key: row["unit"] for key, row in held(server, "realtime_data").items()} == {
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

    assert held(server, "realtime_data")[1]["data_source"] is None


@pytest.mark.parametrize(
    ("device", "default"),
    [("chi-eclipse-01", None), ("sim-eclipse-gst", "physics_sim"), ("eclipse-gst-day1", "physics_sim")],
)
def test_a_device_says_by_its_name_whether_it_is_simulated(server: Server, device: str, default: str | None) -> None:
    server.send({}, device=device)

    assert server.rows("devices")[0]["default_data_source"] == default


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


def test_rows_carry_device_epoch_batch_and_time_of_receipt(server: Server) -> None:
    server.counts("realtime_data", [reading(1)], batch="sync-2026-07-11T18:02:44")

    (stored,) = server.rows("realtime_data")
    assert (stored["source_device"], stored["source_epoch"]) == ("chi-eclipse-01", 1)
    assert stored["sync_batch_id"] == "sync-2026-07-11T18:02:44"
    assert stored["synced_at"] == server.clock.now


def test_tables_of_one_second_share_a_batch_id(server: Server) -> None:
    server.counts("connection_log", [example("connection_log")])
    server.counts("realtime_data", [reading(1)])

    assert len({row["batch_id"] for row in server.rows("sync_history")}) == 1
    assert server.count("sync_history") == 2


def test_devices_do_not_share_rows(server: Server) -> None:
    server.counts("realtime_data", readings(1, 5))

    counts = server.counts("realtime_data", readings(1, 5, unit="other"), device="unknown-device")

    assert counts == (5, 0, 0, 0)
    assert server.count("realtime_data") == 10
    assert {row["source_epoch"] for row in server.rows("realtime_data")} == {1}


@pytest.mark.parametrize("name", [" ", "..", "a/b", "pi\x00", "pi\n", "';--", "%s", "unknown-device", "\U0001f697"])
def test_a_device_may_have_any_name(server: Server, name: str) -> None:
    first = server.counts("realtime_data", readings(1, 3), device=name, batch=name)
    second = server.counts("realtime_data", readings(1, 3), device=name, batch=name)

    assert (first, second) == ((3, 0, 0, 0), (0, 3, 3, 0))
    assert [row["source_device"] for row in server.rows("devices")] == [name]


def test_a_request_may_bring_all_tables(server: Server) -> None:
    receipt = server.send({name: [row] for name, row in EXAMPLES.items()})

    assert list(receipt.tables) == list(EXAMPLES)
    assert {name: table.inserted for name, table in receipt.tables.items()} == dict.fromkeys(EXAMPLES, 1)
    assert all(server.count(name) == 1 for name in EXAMPLES)


def test_a_profile_is_known_by_its_text_and_a_vehicle_by_its_vin(server: Server) -> None:
    profiles = [example("profiles"), example("profiles", id="performance", polling_interval_ms=500)]
    seeded = {"id": 1, "vin": "4A3AK54F9WE000001", "make": "MITSUBISHI", "model": "Eclipse", "year": 1998}

    first = server.counts("profiles", profiles), server.counts("vehicle_info", [seeded], batch="x-seed-vin")
    second = server.counts("profiles", profiles), server.counts("vehicle_info", [seeded, {**seeded, "vin": "B"}])

    assert first == ((2, 0, 0, 0), (1, 0, 0, 0))
    assert second == ((0, 2, 2, 0), (1, 1, 1, 0))
    assert set(server.synced("profiles")) == {"daily", "performance"}
    assert set(server.synced("vehicle_info")) == {"4A3AK54F9WE000001", "B"}


def test_text_keys_differ_in_every_character(server: Server) -> None:
    keys = ["daily", "Daily", "daily ", " daily", "dailé", "daile\u0301", "daily\x00", "ß", "ss"]
    rows = [example("profiles", id=key, name=str(number)) for number, key in enumerate(keys)]

    first = server.counts("profiles", rows)
    second = server.counts("profiles", rows)

    assert (first, second) == ((len(keys), 0, 0, 0), (0, len(keys), len(keys), 0))
    assert {key: row["name"] for key, row in server.synced("profiles").items()} == {
        key: str(number) for number, key in enumerate(keys)
    }


def test_a_changed_profile_is_an_update_and_no_rebuilt_database(server: Server) -> None:
    server.counts("profiles", [example("profiles")])

    counts = server.counts("profiles", [example("profiles", name="Commute", created_at="2026-05-01 00:00:00")])

    assert counts == (0, 1, 0, 0)
    assert server.count("device_epochs") == 1


def test_rows_above_a_lost_cursor_are_recognised(server: Server) -> None:
    server.counts("realtime_data", readings(1, 50))
    server.database.run(lambda session: session.connection().exec_driver_sql("DELETE FROM sync_cursors"))

    counts = server.counts("realtime_data", readings(1, 60))

    assert counts == (10, 50, 50, 0)
    assert held(server, "realtime_data") == sent(readings(1, 60))


def test_rows_below_a_cursor_that_are_not_there_are_inserted(server: Server) -> None:
    server.counts("realtime_data", readings(1, 50))
    server.database.run(
        lambda session: session.connection().exec_driver_sql("DELETE FROM realtime_data WHERE source_id > 20")
    )

    counts = server.counts("realtime_data", readings(1, 50))

    assert counts == (30, 20, 20, 0)

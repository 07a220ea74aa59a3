"""A rebuilt Pi database opens a new epoch; what was stored before stays as it is."""

import pytest

from obd2_common.synced_specs import SYNCED_TABLES
from support.ingest_setup import Server
from support.pi_rows import EXAMPLES, Row, example, reading, readings

NUMBER_KEYED = sorted(name for name, spec in SYNCED_TABLES.items() if not spec.has_text_key)
OTHER_CONTENT = {
    "value": -1.0,
    "parameter_name": "FUEL_PRESSURE",
    "event_type": "another",
    "alert_type": "another",
    "recommendation": "Another.",
    "dtc_code": "P0420",
    "dtc_log_id": 9,
}


def rebuilt(first: int, last: int) -> list[Row]:
    return readings(first, last, parameter_name="RPM", unit="revolutions_per_minute")


def epochs(server: Server) -> list[int]:
    return [row["source_epoch"] for row in server.rows("device_epochs")]


def ids(server: Server, epoch: int, table: str = "realtime_data") -> list[int]:
    return sorted(server.synced(table, epoch))


def test_a_rebuilt_database_opens_an_epoch_and_leaves_the_old_rows_alone(server: Server) -> None:
    server.counts("realtime_data", readings(1, 20))
    before = server.rows("realtime_data")

    receipt = server.send({"realtime_data": rebuilt(1, 10)})

    assert receipt.epoch == 2
    assert receipt.tables["realtime_data"].inserted == 10
    assert [row for row in server.rows("realtime_data") if row["source_epoch"] == 1] == before
    assert ids(server, 2) == list(range(1, 11))
    opened = server.rows("device_epochs")[1]
    assert (opened["trigger_table"], opened["trigger_source_id"]) == ("realtime_data", "1")
    assert server.rows("devices")[0]["open_epoch"] == 2


@pytest.mark.parametrize(
    ("table", "column"),
    [(name, column) for name in NUMBER_KEYED for column in SYNCED_TABLES[name].identity],
)
def test_each_immutable_column_tells_a_rebuilt_database(server: Server, table: str, column: str) -> None:
    server.counts(table, [EXAMPLES[table]])
    before = server.rows(table)
    other = OTHER_CONTENT.get(column, "2026-01-01T00:00:00Z")

    receipt = server.send({table: [{**EXAMPLES[table], column: other}]})

    assert (receipt.epoch, receipt.tables[table].inserted) == (2, 1)
    assert server.rows(table)[:1] == before
    assert server.count(table) == 2


@pytest.mark.parametrize("table", NUMBER_KEYED)
def test_no_other_column_tells_a_rebuilt_database(server: Server, table: str) -> None:
    spec = SYNCED_TABLES[table]
    server.counts(table, [EXAMPLES[table]])
    changed = {name: None for name in spec.columns if name not in spec.identity}

    receipt = server.send({table: [{**EXAMPLES[table], **changed, "new": 1}]})

    assert (receipt.epoch, receipt.tables[table].updated, receipt.tables[table].unchanged) == (1, 1, 0)
    assert epochs(server) == [1]


def test_a_table_whose_rows_may_change_shows_the_rebuild_too(server: Server) -> None:
    server.counts("drive_summary", [example("drive_summary", id=1)])
    server.counts("realtime_data", readings(1, 20))

    summary = server.send(
        {"drive_summary": [example("drive_summary", id=1, drive_start_timestamp="2026-08-01T09:00:00Z")]}
    )
    rows = server.send({"realtime_data": rebuilt(1, 10)})

    assert (summary.epoch, rows.epoch) == (2, 2)
    assert epochs(server) == [1, 2]
    assert ids(server, 1) == list(range(1, 21))


def test_everything_after_a_rebuild_belongs_to_the_new_epoch(server: Server) -> None:
    server.counts("realtime_data", readings(1, 20))
    server.counts("realtime_data", rebuilt(1, 10))

    receipts = [
        server.send({"realtime_data": rebuilt(11, 30)}),
        server.send({"connection_log": [example("connection_log")]}),
        server.send({"profiles": [EXAMPLES["profiles"]]}),
        server.send({}, drive_counter=2),
    ]

    assert [receipt.epoch for receipt in receipts] == [2, 2, 2, 2]
    assert [row["drive_counter"] for row in server.rows("device_epochs")] == [0, 2]


def test_all_tables_of_the_request_that_shows_the_rebuild_belong_to_the_new_epoch(server: Server) -> None:
    server.send({"connection_log": [example("connection_log")], "realtime_data": readings(1, 20)})

    server.send({"profiles": [EXAMPLES["profiles"]], "dtc_log": [EXAMPLES["dtc_log"]], "realtime_data": rebuilt(1, 5)})

    assert {row["source_epoch"] for name in ("profiles", "dtc_log") for row in server.rows(name)} == {2}


def test_a_late_duplicate_of_an_old_epoch_changes_nothing(server: Server) -> None:
    server.counts("realtime_data", readings(1, 20))
    server.counts("realtime_data", rebuilt(1, 30))
    before = server.rows("realtime_data")

    receipt = server.send({"realtime_data": readings(1, 20)})

    assert (receipt.epoch, receipt.tables["realtime_data"].unchanged) == (1, 20)
    assert server.rows("realtime_data") == before
    assert epochs(server) == [1, 2]


def test_late_rows_of_an_old_epoch_go_there_when_their_neighbours_match_it(server: Server) -> None:
    server.counts("realtime_data", readings(1, 20))
    server.counts("realtime_data", rebuilt(1, 30))

    receipt = server.send({"realtime_data": readings(15, 25)})

    assert receipt.epoch == 1
    assert (receipt.tables["realtime_data"].inserted, receipt.tables["realtime_data"].unchanged) == (5, 6)
    assert ids(server, 1) == list(range(1, 26))


def test_late_rows_that_match_nothing_go_to_the_open_epoch(server: Server) -> None:
    server.counts("realtime_data", readings(1, 20))
    server.counts("realtime_data", rebuilt(1, 30))

    assert server.send({"realtime_data": readings(31, 40)}).epoch == 2


def test_a_restored_older_copy_keeps_both_versions_readable(server: Server) -> None:
    server.counts("realtime_data", readings(1, 100))
    before = server.rows("realtime_data")

    repeated = server.send({"realtime_data": readings(1, 60)})
    different = server.send({"realtime_data": [*readings(41, 60), *rebuilt(61, 120)]})
    continued = server.send({"realtime_data": rebuilt(121, 140)})

    assert (repeated.epoch, different.epoch, continued.epoch) == (1, 2, 2)
    assert [row for row in server.rows("realtime_data") if row["source_epoch"] == 1] == before
    assert ids(server, 2) == list(range(41, 141))


def test_the_third_life_is_compared_with_the_first_two(server: Server) -> None:
    lives = [[reading(number, value=life + number / 4) for number in range(1, 11)] for life in range(3)]
    for life in lives:
        server.counts("realtime_data", life)
    before = server.rows("realtime_data")

    again = [server.send({"realtime_data": life}).epoch for life in (lives[0], lives[2], lives[1], lives[0])]

    assert again == [1, 3, 2, 1]
    assert server.rows("realtime_data") == before


def test_two_devices_under_one_name_lose_no_row(server: Server) -> None:
    one = [reading(number, value=float(number)) for number in range(1, 61)]
    two = [reading(number, value=-float(number)) for number in range(1, 61)]

    for start in range(0, 60, 10):
        server.counts("realtime_data", one[start : start + 10])
        server.counts("realtime_data", two[start : start + 10])

    stored = {(row["source_id"], row["value"]) for row in server.rows("realtime_data")}
    assert stored == {(row["id"], row["value"]) for row in one + two}


def test_rows_of_a_late_batch_of_an_old_epoch_may_still_be_richer(server: Server) -> None:
    server.counts("realtime_data", readings(1, 20, drive_id=None))
    server.counts("realtime_data", rebuilt(1, 30))

    receipt = server.send({"realtime_data": readings(1, 20, drive_id=7)})

    assert (receipt.epoch, receipt.tables["realtime_data"].updated) == (1, 20)
    assert {row["drive_id"] for row in server.synced("realtime_data", 1).values()} == {7}


def test_the_history_tells_the_epoch(server: Server) -> None:
    server.counts("realtime_data", readings(1, 3))
    server.clock.advance(seconds=1)
    server.counts("realtime_data", rebuilt(1, 3))

    assert sorted(row["source_epoch"] for row in server.rows("sync_history")) == [1, 2]


def test_a_request_that_fails_opens_no_epoch(server: Server) -> None:
    server.counts("realtime_data", readings(1, 3))

    with pytest.raises(Exception, match="battery_log"):
        server.send({"realtime_data": rebuilt(1, 3), "battery_log": []})

    assert epochs(server) == [1]
    assert server.count("realtime_data") == 3


def test_null_in_an_immutable_column_does_not_tell_a_rebuild(server: Server) -> None:
    server.counts("realtime_data", [reading(1)])

    receipt = server.send({"realtime_data": [reading(1, timestamp=None)]})

    assert receipt.epoch == 1
    assert server.rows("realtime_data")[0]["timestamp_raw"] == reading(1)["timestamp"]

"""Receipts, history, devices, cursors and counters say what really happened."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obd2_api.ingest.receive import note_failure
from obd2_common.clock import iso_z
from obd2_common.db.database import Database
from obd2_common.errors import DatabaseUnavailableError
from support.ingest_setup import Server
from support.pi_rows import BATCH, DEVICE, EXAMPLES, example, reading, readings

ROWS = st.one_of(
    st.integers(1, 6).map(reading),
    st.integers(1, 6).map(lambda number: reading(number, unit="other")),
    st.integers(1, 6).map(lambda number: {"id": number}),
    st.integers(1, 6).map(lambda number: reading(number, new=number)),
    st.integers(1, 6).map(lambda number: reading(number, value="bad")),
    st.sampled_from([None, 7, [], {}, {"id": "x"}]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(ROWS, max_size=8), max_size=4))
def test_inserted_updated_and_errors_add_up_to_what_was_received(database: Database, requests: list[list[Any]]) -> None:
    server = Server(database)
    inserted_before = server.count("realtime_data")
    inserted = 0

    for rows in requests:
        receipt = server.send({"realtime_data": rows, "unknown": rows}).as_json()["tablesProcessed"]
        known, unknown = receipt["realtime_data"], receipt["unknown"]
        assert known["inserted"] + known["updated"] + known["errors"] == len(rows)
        assert known["unchanged"] <= known["updated"]
        assert known["errors"] == known["quarantined"]
        assert unknown == {"inserted": 0, "updated": 0, "errors": len(rows), "unchanged": 0, "quarantined": len(rows)}
        inserted += known["inserted"]

    assert server.count("realtime_data") == inserted_before + inserted


def test_a_receipt_has_the_documented_form(server: Server) -> None:
    server.send({"realtime_data": readings(1, 2)})

    document = server.send({"realtime_data": [reading(2), reading(3), 7]}).as_json()

    assert len(document.pop("receiptId")) == 36
    assert document == {
        "status": "ok",
        "batchId": BATCH,
        "syncedAt": "2026-07-11T18:02:44.918204Z",
        "epoch": 1,
        "tablesProcessed": {
            "realtime_data": {"inserted": 1, "updated": 1, "errors": 1, "unchanged": 1, "quarantined": 1}
        },
        "driveDataReceived": False,
        "autoAnalysisTriggered": False,
    }


def test_a_request_with_rows_leaves_one_line_of_history_that_equals_its_receipt(server: Server) -> None:
    receipt = server.send({"realtime_data": [*readings(1, 3), 7], "dtc_log": [EXAMPLES["dtc_log"]]})

    (line,) = server.rows("sync_history")
    assert (line["receipt_id"], line["batch_id"], line["source_device"]) == (receipt.receipt_id, BATCH, DEVICE)
    assert line["tables"] == receipt.as_json()["tablesProcessed"]
    assert (line["inserted"], line["updated"], line["unchanged"], line["quarantined"]) == (4, 0, 0, 1)
    assert line["received_at"] == server.clock.now


def test_empty_requests_and_counters_leave_no_history(server: Server) -> None:
    server.send({})
    server.send({"realtime_data": [], "unknown": []})
    server.send({}, drive_counter=33)

    (device,) = server.rows("devices")
    assert server.count("sync_history") == 0
    assert (device["request_count"], device["empty_request_count"]) == (3, 3)


def test_each_request_updates_its_device(server: Server) -> None:
    server.send({}, batch="first")
    begun = server.clock.now
    server.clock.advance(minutes=2)
    server.send({"realtime_data": [reading(1)]}, batch="second")

    (device,) = server.rows("devices")
    assert (device["first_seen_at"], device["last_seen_at"]) == (begun, server.clock.now)
    assert (device["last_success_at"], device["last_batch_id"]) == (server.clock.now, "second")
    assert (device["request_count"], device["empty_request_count"]) == (2, 1)
    assert (device["last_failure_at"], device["last_failure_reason"]) == (None, None)


def test_a_refusal_is_a_failure_of_its_device_and_no_success(server: Server) -> None:
    server.send({})
    success = server.clock.now
    server.clock.advance(minutes=2)

    note_failure(server.ingest, DEVICE, "power_log must not leave the Pi")

    (device,) = server.rows("devices")
    assert (device["last_success_at"], device["last_failure_at"]) == (success, server.clock.now)
    assert "power_log" in device["last_failure_reason"]


def test_a_failure_the_database_could_not_be_told_is_told_by_the_next_success(server: Server) -> None:
    server.send({})
    nowhere = Database("sqlite:////nonexistent/folder/obd.db")
    broken = Server(nowhere, server.clock)
    server.clock.advance(minutes=1)
    failed_at = server.clock.now
    with pytest.raises(DatabaseUnavailableError):
        broken.send({"realtime_data": [reading(1)]})
    server.ingest.failures.update(broken.ingest.failures)
    server.clock.advance(minutes=1)

    server.send({"realtime_data": [reading(1)]})
    server.clock.advance(minutes=1)
    server.send({})

    (device,) = server.rows("devices")
    assert device["last_failure_at"] == failed_at
    assert device["last_success_at"] == server.clock.now
    assert server.ingest.failures == {}
    nowhere.close()


def test_a_cursor_follows_the_largest_id_and_never_goes_back(server: Server) -> None:
    server.send({"realtime_data": readings(1, 500)})
    server.send({"realtime_data": readings(400, 700)}, batch="second")
    server.clock.advance(minutes=1)
    server.send({"realtime_data": readings(1, 10, unit="mV")}, batch="third")

    (cursor,) = server.rows("sync_cursors")
    assert (cursor["table_name"], cursor["source_epoch"]) == ("realtime_data", 1)
    assert (cursor["high_water_id"], cursor["row_count"]) == (700, 700)
    assert iso_z(cursor["high_water_time"]).startswith("2026-07-11T17:11:40")
    assert (cursor["last_batch_id"], cursor["last_synced_at"]) == ("third", server.clock.now)


def test_rows_that_bring_nothing_new_leave_the_cursor_as_it_was(server: Server) -> None:
    server.send({"realtime_data": readings(1, 500)}, batch="first")
    before = server.rows("sync_cursors")
    server.clock.advance(minutes=1)

    server.send({"realtime_data": readings(1, 500)}, batch="second")

    assert server.rows("sync_cursors") == before


def test_tables_with_a_text_key_are_counted_without_a_largest_id(server: Server) -> None:
    server.send({"profiles": [EXAMPLES["profiles"]]})
    server.send({"profiles": [EXAMPLES["profiles"], example("profiles", id="performance")]})

    (cursor,) = server.rows("sync_cursors")
    assert (cursor["high_water_id"], cursor["row_count"]) == (None, 2)


@pytest.mark.parametrize(
    ("counters", "kept"), [([33, 34], 34), ([34, 33], 34), ([5, 5], 5), ([2**63 - 1, 1], 2**63 - 1)]
)
def test_the_drive_counter_never_rewinds(server: Server, counters: list[int], kept: int) -> None:
    for counter in counters:
        server.send({}, drive_counter=counter)

    assert server.rows("device_epochs")[0]["drive_counter"] == kept


def test_the_drive_counter_is_kept_per_device_and_epoch(server: Server) -> None:
    server.send({"realtime_data": [reading(1)]}, drive_counter=33)
    server.send({"realtime_data": [reading(1, value=-1.0)]}, drive_counter=2)
    server.send({}, device="other", drive_counter=9)

    counters = {
        (row["source_device"], row["source_epoch"]): row["drive_counter"] for row in server.rows("device_epochs")
    }
    assert counters == {(DEVICE, 1): 33, (DEVICE, 2): 2, ("other", 1): 9}


def test_a_late_duplicate_does_not_raise_the_counter_of_the_open_epoch(server: Server) -> None:
    server.send({"realtime_data": [reading(1)]})
    server.send({"realtime_data": [reading(1, value=-1.0)]}, drive_counter=2)

    server.send({"realtime_data": [reading(1)]}, drive_counter=33)

    assert [row["drive_counter"] for row in server.rows("device_epochs")] == [33, 2]

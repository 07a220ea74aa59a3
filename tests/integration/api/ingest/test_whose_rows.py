"""Whose a row is and how it is known: device, batch, table and key."""

import pytest

from support.ingest_setup import Server
from support.pi_rows import EXAMPLES, example, reading, readings


@pytest.mark.parametrize(
    ("device", "default"),
    [("chi-eclipse-01", None), ("sim-eclipse-gst", "physics_sim"), ("eclipse-gst-day1", "physics_sim")],
)
def test_a_device_says_by_its_name_whether_it_is_simulated(server: Server, device: str, default: str | None) -> None:
    server.send({}, device=device)

    assert server.rows("devices")[0]["default_data_source"] == default


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

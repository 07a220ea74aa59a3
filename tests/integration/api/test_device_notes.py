"""What the Pi noted beside its drives, as the device's document and `obd2 devices` show it."""

from datetime import timedelta
from typing import Any

from obd2_api.repository.pi_notes import device_notes
from obd2_cli.report.device_notes import note_lines
from obd2_common.db.database import Database
from obd2_common.tables.operators import TuneEra
from obd2_common.tables.synced import AiRecommendation, BatteryHealthLog, CalibrationSession, VehicleInfo
from support.api_client import api_client
from support.api_rows import DEVICE, NOON, device_row, store

SYNCED: dict[str, Any] = {"source_device": DEVICE, "source_epoch": 1, "synced_at": NOON, "sync_batch_id": "b"}
ADVICE = "Look at the coolant level."


def car(vin: str, **more: Any) -> VehicleInfo:  # noqa: ANN401 - columns
    values: dict[str, Any] = {**SYNCED, "source_id": vin, "vin": vin, "make": "MITSUBISHI", "year": 1998, **more}
    return VehicleInfo(**values)


def store_notes(database: Database) -> None:
    store(
        database,
        device_row(),
        car("4A3AK54F9WE000001"),
        BatteryHealthLog(**SYNCED, source_id=1, start_timestamp=NOON, start_soc=4.1, end_soc=3.9, runtime_seconds=200),
        CalibrationSession(**SYNCED, source_id=1, start_time=NOON, notes="idle"),
        AiRecommendation(**SYNCED, source_id=1, timestamp=NOON, recommendation=ADVICE, priority_rank=2),
    )


def test_a_device_shows_its_car_its_own_battery_in_volts_calibrations_and_advice(database: Database) -> None:
    store_notes(database)

    (device,) = api_client(database).get("/api/v1/devices").json()["devices"]

    notes = device["notes"]
    assert [(each["vin"], each["make"], each["year"]) for each in notes["vehicles"]] == [
        ("4A3AK54F9WE000001", "MITSUBISHI", 1998)
    ]
    assert [(each["startCellVolts"], each["endCellVolts"]) for each in notes["powerLosses"]] == [(4.1, 3.9)]
    assert [each["notes"] for each in notes["calibrations"]] == ["idle"]
    assert [each["recommendation"] for each in notes["recommendations"]] == [ADVICE]
    assert notes["lacksEra"] is False


def test_the_command_tells_them_in_lines(database: Database) -> None:
    store_notes(database)

    lines = list(note_lines(database.read(lambda session: device_notes(session, DEVICE))))

    assert lines == [
        "car 4A3AK54F9WE000001: 1998 MITSUBISHI",
        "own battery 2026-07-11 12:00 UTC: cell 4.10 V to 3.90 V, lasted 3 min 20 s",
        "calibration 2026-07-11 12:00 UTC: idle",
        f"the Pi advised 2026-07-11 12:00 UTC: {ADVICE}",
    ]


def test_a_second_car_asks_for_an_era_until_there_is_one(database: Database) -> None:
    store(database, device_row(), car("A"), car("B", source_epoch=2), car("B"))

    before = database.read(lambda session: device_notes(session, DEVICE))
    store(database, TuneEra(source_device=DEVICE, name="b", started_at=NOON + timedelta(days=1), created_at=NOON))
    after = database.read(lambda session: device_notes(session, DEVICE))

    assert (len(before.vehicles), before.lacks_era, after.lacks_era) == (2, True, False)
    assert any(line.startswith("2 cars under one device: begin an era") for line in note_lines(before))


def test_only_the_newest_notes_are_shown(database: Database) -> None:
    store(database, *(CalibrationSession(**SYNCED, source_id=number, notes=str(number)) for number in range(1, 9)))

    notes = database.read(lambda session: device_notes(session, DEVICE))

    assert [session.notes for session in notes.calibrations] == ["8", "7", "6", "5", "4"]

"""Trouble codes, findings and the Pi's own notes as drive lists and documents show them."""

from datetime import timedelta
from typing import Any

from obd2_common.db.database import Database
from obd2_common.tables.drives import DriveTroubleCode
from obd2_common.tables.synced import AlertLog, DriveSummary
from support.api_client import api_client
from support.api_rows import DEVICE, NOON, drive_row, finding_row, store

SYNCED: dict[str, Any] = {"source_device": DEVICE, "source_epoch": 1, "synced_at": NOON, "sync_batch_id": "b"}


def code_row(code: str, status: str = "stored", *, drive_key: str = "33", device: str = DEVICE) -> DriveTroubleCode:
    return DriveTroubleCode(
        source_device=device,
        source_epoch=1,
        drive_key=drive_key,
        code=code,
        description=f"About {code}",
        status=status,
        first_seen_at=NOON,
        last_seen_at=NOON + timedelta(minutes=5),
        is_new=True,
        freeze_frame={"RPM": 2210.0},
    )


def finding(number: int, severity: str) -> Any:  # noqa: ANN401 - a row
    row = finding_row(number)
    row.severity = severity
    return row


def test_the_list_tells_codes_lamp_and_the_worst_finding_of_each_drive(database: Database) -> None:
    store(
        database,
        drive_row("33", is_lamp_on=True),
        drive_row("34", started_at=NOON + timedelta(days=1)),
        drive_row("33", device="other", started_at=NOON - timedelta(days=1)),
        *(finding(number, severity) for number, severity in enumerate(["WATCH", "WARNING", "INVESTIGATE"], start=1)),
        code_row("P0420", "cleared"),
        code_row("P0301"),
        code_row("P0171", "pending"),
        code_row("U0100", device="other"),
    )

    drives = api_client(database).get("/api/v1/drives").json()["drives"]

    told = ("driveKey", "findingCount", "worstSeverity", "isLampOn", "troubleCodes")
    assert [tuple(drive[name] for name in told) for drive in drives] == [
        ("34", 0, None, None, []),
        (
            "33",
            3,
            "WARNING",
            True,
            [
                {"code": "P0301", "status": "stored"},
                {"code": "P0171", "status": "pending"},
                {"code": "P0420", "status": "cleared"},
            ],
        ),
        ("33", 0, None, None, [{"code": "U0100", "status": "stored"}]),
    ]


def test_a_drive_shows_each_code_with_what_the_car_measured(database: Database) -> None:
    store(database, drive_row("33"), code_row("P0301"), finding(1, "WARNING"))

    drive = api_client(database).get(f"/api/v1/drives/{DEVICE}/33").json()

    assert (drive["findingCount"], drive["worstSeverity"]) == (1, "WARNING")
    assert drive["troubleCodes"] == [
        {
            "code": "P0301",
            "status": "stored",
            "description": "About P0301",
            "firstSeenAt": "2026-07-11T12:00:00.250000Z",
            "lastSeenAt": "2026-07-11T12:05:00.250000Z",
            "isNew": True,
            "freezeFrame": {"RPM": 2210.0},
            "freezeFrameText": None,
        }
    ]


def test_a_drive_shows_what_the_pi_noted_at_its_start_and_its_alerts(database: Database) -> None:
    alert: dict[str, Any] = {
        **SYNCED,
        "alert_type": "rpm_low",
        "parameter_name": "RPM",
        "value": 588.25,
        "threshold": 600.0,
    }
    store(
        database,
        drive_row("33"),
        DriveSummary(**SYNCED, source_id=33, ambient_temp_at_start_c=24.0, starting_battery_v=12.4),
        AlertLog(**alert, source_id=1, drive_id=33, timestamp=None),
        AlertLog(**alert, source_id=2, drive_id=None, timestamp=NOON + timedelta(minutes=1)),
        AlertLog(**alert, source_id=3, drive_id=None, timestamp=NOON + timedelta(days=1)),
        AlertLog(**alert, source_id=4, drive_id=34, timestamp=NOON + timedelta(minutes=1)),
    )

    drive = api_client(database).get(f"/api/v1/drives/{DEVICE}/33").json()

    assert drive["start"] == {
        "ambientTempAtStartC": 24.0,
        "startingBatteryV": 12.4,
        "barometricKpaAtStart": None,
    }
    assert [found["timestamp"] for found in drive["piAlerts"]] == [None, "2026-07-11T12:01:00.250000Z"]
    assert drive["piAlerts"][0]["alertType"] == "rpm_low"


def test_a_drive_the_pi_missed_has_no_notes_of_the_pi(database: Database) -> None:
    store(database, drive_row("derived-7"))

    drive = api_client(database).get(f"/api/v1/drives/{DEVICE}/derived-7").json()

    assert (drive["start"], drive["piAlerts"], drive["troubleCodes"]) == (None, [], [])


def test_codes_are_listed_once_over_all_drives(database: Database) -> None:
    later = code_row("P0301", "cleared", drive_key="34")
    later.last_seen_at = NOON + timedelta(days=1)
    store(
        database,
        drive_row("33"),
        drive_row("34", started_at=NOON + timedelta(days=1)),
        drive_row("33", device="other"),
        code_row("P0301"),
        later,
        code_row("P0420", drive_key="34"),
        code_row("U0100", device="other"),
    )
    client = api_client(database)

    listed = client.get("/api/v1/trouble-codes", deviceId=DEVICE).json()["codes"]

    assert [(code["code"], code["status"], code["driveCount"], code["latestDriveKey"]) for code in listed] == [
        ("P0301", "cleared", 2, "34"),
        ("P0420", "stored", 1, "34"),
    ]
    assert listed[0]["firstSeenAt"] == "2026-07-11T12:00:00.250000Z"
    assert listed[0]["lastSeenAt"] == "2026-07-12T12:00:00.250000Z"
    stored = client.get("/api/v1/trouble-codes", status="stored").json()["codes"]
    assert {(code["deviceId"], code["code"]) for code in stored} == {(DEVICE, "P0420"), ("other", "U0100")}
    assert client.get("/api/v1/trouble-codes", status="odd").status_code == 422

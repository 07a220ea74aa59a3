"""Drives by date, severity, code, era and kind: the same filters in the api and on the page."""

from datetime import timedelta
from typing import Any

import pytest

from obd2_common.db.database import Database
from obd2_common.tables.drives import DriveTroubleCode, Finding
from obd2_common.tables.operators import TuneEra
from support.api_client import api_client
from support.api_rows import NOON, drive_row, store

DEVICE = "chi-eclipse-01"


@pytest.fixture
def drives(database: Database) -> Database:
    """Five drives, a day apart; the first two with findings, the third with a code, then a simulated and a held one."""
    special: dict[int, dict[str, Any]] = {3: {"is_real": False}, 4: {"is_held_out": True, "is_real": True}}
    for number in range(5):
        started_at = NOON + timedelta(days=number)
        store(
            database,
            drive_row(str(number), device=DEVICE, started_at=started_at, **special.get(number, {"is_real": True})),
        )
    key: dict[str, Any] = {"source_device": DEVICE, "source_epoch": 1}
    for number, severity in ((0, "WATCH"), (1, "WARNING")):
        store(
            database,
            Finding(
                **key,
                drive_key=str(number),
                finding_number=1,
                rule="iat",
                signal="IAT",
                severity=severity,
                sentence="!",
            ),
        )
    store(
        database,
        DriveTroubleCode(**key, drive_key="2", code="P0301", description="Misfire", status="stored", is_new=True),
        TuneEra(source_device=DEVICE, started_at=NOON + timedelta(days=3), name="new pump", created_at=NOON),
    )
    return database


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"severity": "WATCH"}, ["1", "0"]),
        ({"severity": "ALERT"}, ["1"]),
        ({"code": "p0301"}, ["2"]),
        ({"era": "new pump", "deviceId": DEVICE}, ["4", "3"]),
        ({"isReal": "false"}, ["3"]),
        ({"isHeldOut": "true"}, ["4"]),
        ({"code": "P0301", "severity": "WATCH"}, []),
    ],
)
def test_a_filter_leaves_only_what_meets_it(drives: Database, asked: dict[str, Any], found: list[str]) -> None:
    shown = api_client(drives).get("/api/v1/drives", **asked).json()["drives"]

    assert [drive["driveKey"] for drive in shown] == found


def test_a_drive_that_begins_at_the_end_of_the_time_asked_for_is_left_out(drives: Database) -> None:
    until = (NOON + timedelta(days=1)).isoformat()

    shown = api_client(drives).get("/api/v1/drives", until=until).json()["drives"]

    assert [drive["driveKey"] for drive in shown] == ["0"]


def test_an_era_without_a_device_is_refused(drives: Database) -> None:
    assert api_client(drives).get("/api/v1/drives", era="new pump").status_code == 422


def test_an_unknown_era_is_not_found(drives: Database) -> None:
    assert api_client(drives).get("/api/v1/drives", era="no pump", deviceId=DEVICE).status_code == 404

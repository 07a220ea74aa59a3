"""Pages and calls about many drives do not read the large columns that only a single drive shows."""

from datetime import timedelta

import pytest

from obd2_api.auth.credentials import Client
from obd2_api.repository.drives import NOT_LISTED
from obd2_api.web.session import COOKIE, Sessions
from obd2_common.db.database import Database
from obd2_common.tables.operators import TuneEra
from support.api_client import api_client
from support.api_rows import DEVICE, NOON, device_row, drive_row, statistic_row, store
from support.api_server import KEY
from support.curve_rows import cell_row
from support.statement_faults import statement_faults

SESSION = {"Cookie": f"{COOKIE}={Sessions(KEY).cookie(Client(), NOON)}"}
HISTORY: dict[str, object] = {
    "prior_drive_count": 0,
    "comparisons": [],
    "anomalies": [],
    "trends": [
        {
            "parameter": "COOLANT_TEMP",
            "direction": "RISING",
            "drift": 9.0,
            "drift_percent": None,
            "correlation": 0.98,
            "drive_count": 2,
            "is_significant": True,
            "is_shown": True,
        }
    ],
    "correlations": [],
}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/drives", "/drives/chi-eclipse-01/33"),
        ("/trends?parameter=COOLANT_TEMP", "/drives/chi-eclipse-01/33"),
        ("/maps?parameter=TIMING_ADVANCE", "2 drives"),
        ("/compare?era=first&era=", "Coolant temperature"),
        ("/api/v1/drives", '"driveKey":"33"'),
        (f"/api/v1/trends?deviceId={DEVICE}&parameter=COOLANT_TEMP", '"driveKey":"33"'),
        (f"/api/v1/maps?deviceId={DEVICE}&parameter=TIMING_ADVANCE", '"driveCount":2'),
        (f"/api/v1/compare?deviceId={DEVICE}&era=first&era=second", "COOLANT_TEMP"),
    ],
)
def test_what_shows_many_drives_reads_no_large_column(database: Database, path: str, shown: str) -> None:
    eras = [
        TuneEra(source_device=DEVICE, name=name, started_at=NOON + timedelta(days=day), created_at=NOON)
        for name, day in (("first", -1), ("second", 1))
    ]
    drives = [drive_row(key, history=HISTORY) for key in ("33", "34")]
    store(database, device_row(), *drives, *eras, cell_row("33", 2000, 30, [8.0, 9.0, 10.0]))
    store(database, statistic_row("COOLANT_TEMP"), statistic_row("COOLANT_TEMP", drive_key="34"))
    client = api_client(database, clock=lambda: NOON)

    with statement_faults(database) as faults:
        answer = client.call("GET", path, headers=SESSION)

    assert answer.status_code == 200, answer.text
    assert shown in answer.text
    assert faults.executed
    assert not [statement for statement in faults.executed if any(f"drives.{name}" in statement for name in NOT_LISTED)]


def test_the_first_page_still_shows_all_of_the_last_drive(database: Database) -> None:
    store(database, device_row(), drive_row(history=HISTORY), statistic_row("COOLANT_TEMP"))
    client = api_client(database, clock=lambda: NOON)

    answer = client.call("GET", "/", headers=SESSION)

    assert answer.status_code == 200, answer.text
    assert "<strong>Coolant temperature</strong> is rising, clearly over 2 drives" in answer.text

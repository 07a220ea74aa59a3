"""The rules against simulated drives: what is healthy is left alone, what is clearly wrong is found."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from obd2_analyzer.drive_facts import DriveFacts, Surroundings, drive_facts
from obd2_analyzer.facts.derivation import derive_drives
from obd2_analyzer.facts.readings import readings_from_rows
from obd2_analyzer.facts.trouble_codes import CodeRow
from obd2_analyzer.thresholds import load_thresholds
from obd2_cli.simulate import SHOWS_ON, DatabasePlan, DriveKind, DrivePlan, Fault, FaultName, write_pi_database
from obd2_common.pitime import parse_pi_time

STARTED_AT = datetime(2026, 6, 1, 13, 0, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
RULE_OF = {
    FaultName.OVERHEATING: "coolant",
    FaultName.LEAN_DRIFT: "ltft",
    FaultName.WEAK_CHARGING: "battery",
    FaultName.HEAT_SOAK: "iat",
    FaultName.TIMING_PULL: "knock_retard",
    FaultName.DYING_O2: "o2",
}
CODES = {
    FaultName.OVERHEATING: "P0217",
    FaultName.LEAN_DRIFT: "P0171",
    FaultName.WEAK_CHARGING: "P0562",
    FaultName.DYING_O2: "P0130",
}
CLEAR = [(name, kind) for name in sorted(RULE_OF) for kind in sorted(SHOWS_ON[name])]
CODE_COLUMNS = "id, dtc_code, description, status, first_seen_timestamp, last_seen_timestamp, drive_id, data_source"


@cache
def seconds(text: str) -> float | None:
    time = parse_pi_time(text, CHICAGO)
    return None if time is None else time.utc.timestamp()


def moment(text: str) -> datetime | None:
    time = parse_pi_time(text, CHICAGO)
    return None if time is None else time.utc


def facts_of(folder: Path, plan: DrivePlan) -> DriveFacts:
    file = folder / "pi.db"
    write_pi_database(file, DatabasePlan((plan,)))
    columns = "id, timestamp, parameter_name, value, unit, profile_id, data_source, drive_id"
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(f"SELECT {columns} FROM realtime_data").fetchall()  # noqa: S608 - our own columns
        logged = connection.execute(f"SELECT {CODE_COLUMNS} FROM dtc_log").fetchall()  # noqa: S608
        ambient = connection.execute("SELECT ambient_temp_at_start_c FROM drive_summary").fetchone()
    readings = readings_from_rows([(row[0], seconds(row[1]), *row[2:]) for row in rows])
    (drive,) = [found for found in derive_drives(readings) if found.drive_id == plan.drive_id]
    codes = tuple(CodeRow(*row[:4], *map(moment, row[4:6]), *row[6:]) for row in logged)
    around = Surroundings(ambient_celsius=ambient[0] if ambient else None, drive_id=plan.drive_id, code_rows=codes)
    return drive_facts(readings.take(drive.rows), around, load_thresholds())


@pytest.mark.parametrize("kind", list(DriveKind))
@pytest.mark.parametrize("seed", [1, 2])
def test_a_healthy_drive_is_not_accused(tmp_path: Path, kind: DriveKind, seed: int) -> None:
    facts = facts_of(tmp_path, DrivePlan(kind, STARTED_AT, drive_id=3, seed=seed))

    assert facts.findings == ()
    assert facts.grade is not None
    assert facts.grade.grade == "A"
    assert facts.quality.flags == ()


@pytest.mark.parametrize(("name", "kind"), CLEAR)
def test_a_clear_fault_is_found_and_nothing_else(tmp_path: Path, name: FaultName, kind: DriveKind) -> None:
    facts = facts_of(tmp_path, DrivePlan(kind, STARTED_AT, drive_id=3, seed=1, faults=(Fault(name),)))

    code = CODES.get(name)
    assert {finding.rule for finding in facts.findings} - {"trouble_codes"} == {RULE_OF[name]}
    assert [finding.signal for finding in facts.findings if finding.rule == "trouble_codes"] == ([code] if code else [])
    assert [(found.code, found.status) for found in facts.trouble_codes] == ([(code, "stored")] if code else [])
    assert facts.is_lamp_on is (code is not None)

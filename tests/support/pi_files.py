"""Pi databases for tests, of the shapes a Pi has had, read the way the Pi's own client does.

They are made here; OBD2_PI_FILES may name a folder with more of them.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from obd2_cli.pi_schema import create_pi_database
from obd2_cli.simulate import FIRST_DRIVE_AT, DatabasePlan, DriveKind, DrivePlan, write_pi_database
from obd2_common.synced_specs import DELTA_TABLES
from support.pi_rows import Row
from support.suite_settings import SuiteSettings

BATCH_ROWS = 500
_KEYS = {"battery_health_log": "drain_event_id", "calibration_sessions": "session_id", "drive_summary": "drive_id"}
_SNAPSHOTS = {"profiles": "id", "vehicle_info": "vin"}
_LATER_TABLES = ("battery_health_log", "drive_summary", "dtc_freeze_frame", "dtc_log")
"""Tables the Pi had not yet in its first months."""

IDLE, COLD_START, LOOP, SIMULATED = "idle", "cold_start", "loop", "simulated"
IDLE_SIGNALS: Mapping[str, tuple[str, float, float]] = {
    "RPM": ("revolutions_per_minute", 761.5, 851.5),
    "SPEED": ("kilometer_per_hour", 0.0, 0.0),
    "COOLANT_TEMP": ("degree_Celsius", 73.0, 74.0),
    "ENGINE_LOAD": ("percent", 19.2156862745098, 20.784313725490197),
    "INTAKE_TEMP": ("degree_Celsius", 14.0, 14.0),
    "LONG_FUEL_TRIM_1": ("percent", 0.0, 0.0),
    "SHORT_FUEL_TRIM_1": ("percent", -0.78125, 1.5625),
    "MAF": ("gps", 3.49, 3.68),
    "O2_B1S1": ("volt", 0.0, 0.82),
    "THROTTLE_POS": ("percent", 0.7843137254901961, 0.7843137254901961),
    "TIMING_ADVANCE": ("degree", 5.0, 9.0),
}
"""What the idling car shows: unit, smallest and largest value."""
IDLE_START, IDLE_END = datetime(2026, 4, 19, 7, 20, 30, 837646), datetime(2026, 4, 19, 7, 20, 41, 427040)  # noqa: DTZ001
"""The drive's boundaries as the Pi wrote them, in local time without a zone."""
_PROFILE = {"name": "a profile", "created_at": "2026-04-19 12:17:09", "updated_at": "2026-04-19 12:17:09"}

_given = SuiteSettings().pi_files
_GIVEN: Mapping[str, Path] = {path.stem: path for path in sorted(_given.glob("*.db"))} if _given is not None else {}
PI_NAMES = (IDLE, COLD_START, LOOP, SIMULATED, *_GIVEN)


def build_pi_files(folder: Path) -> dict[str, Path]:
    """Make the databases in a folder; return them, and those that were given, by name."""
    made = {name: folder / f"{name}.db" for name in (IDLE, COLD_START, LOOP, SIMULATED)}
    for name in (IDLE, COLD_START, LOOP):
        create_pi_database(made[name])
        with closing(sqlite3.connect(made[name])) as pi, pi:
            for table in _LATER_TABLES:
                pi.execute(f"DROP TABLE {table}")
            if name == IDLE:
                _idle(pi)
            else:
                _hand_written(pi, *((5, 31) if name == COLD_START else (10, 91)))
    drive = DrivePlan(DriveKind.SHORT_HOP, FIRST_DRIVE_AT, seed=3, duration_seconds=120, data_source="physics_sim")
    write_pi_database(made[SIMULATED], DatabasePlan((drive,), seed=3, fills_every_table=True))
    return {**made, **_GIVEN}


def device_of(path: Path) -> str:
    """Return the device id a file belongs to."""
    return f"sim-{path.stem}" if path.stem == SIMULATED else path.stem


def wire_rows(path: Path, table: str) -> list[Row]:
    """Return a table's rows as they go over the wire; none when the file lacks the table."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as pi:
        pi.row_factory = sqlite3.Row
        if not pi.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone():
            return []
        key = _KEYS.get(table) or _SNAPSHOTS.get(table) or "id"
        rows = pi.execute(f"SELECT * FROM {table} ORDER BY {key}")  # noqa: S608 - names are ours
        return [_renamed(dict(row), table) for row in rows]


def batches(path: Path, *, snapshots: bool = False) -> Iterator[tuple[str, list[Row]]]:
    """Yield table and rows of every request one pass over a file makes, in the Pi's order."""
    for table in (*DELTA_TABLES, *(_SNAPSHOTS if snapshots else ())):
        rows = wire_rows(path, table)
        for start in range(0, len(rows), BATCH_ROWS):
            yield table, rows[start : start + BATCH_ROWS]


def _renamed(row: dict[str, Any], table: str) -> Row:
    key = _KEYS.get(table)
    row.pop("_sync_modified_at", None)
    if key is not None:
        row["id"] = row.pop(key)
    return row


def _idle(pi: sqlite3.Connection) -> None:
    """Fill in a warm idle in two clocks: readings and boundaries local, connections in UTC.

    Two readings, a hole of 87.8 s, then 147 readings in 22 s, 69 of them between the boundaries.
    """
    first, last = datetime(2026, 4, 19, 7, 18, 50, 697867), datetime(2026, 4, 19, 7, 20, 41, 271069)  # noqa: DTZ001
    beside = first + timedelta(seconds=0.145)
    back = beside + timedelta(seconds=87.8)
    moments = [
        first,
        beside,
        *(back + number * (IDLE_START - back) / 78 for number in range(78)),
        *(IDLE_START + number * (last - IDLE_START) / 69 for number in range(1, 70)),
    ]
    names = [*IDLE_SIGNALS] * 13 + ["RPM", "SPEED", "COOLANT_TEMP", "ENGINE_LOAD", "RPM", "SPEED"]
    totals, seen = {name: names.count(name) for name in names}, dict.fromkeys(names, 0)
    for moment, name in zip(moments, names, strict=True):
        unit, low, high = IDLE_SIGNALS[name]
        value = low + (high - low) * seen[name] / (totals[name] - 1)
        seen[name] += 1
        reading = {"timestamp": str(moment), "parameter_name": name, "value": value, "unit": unit}
        _insert(pi, "realtime_data", {**reading, "profile_id": "daily"})
    for name, (_, low, high) in IDLE_SIGNALS.items():
        analysed = {"analysis_date": str(last), "created_at": "2026-04-19 12:20:41", "profile_id": "daily"}
        _insert(
            pi,
            "statistics",
            {**analysed, "parameter_name": name, "min_value": low, "max_value": high, "sample_count": totals[name]},
        )
    for second, event in (*((9 + 8 * number, "connect_attempt") for number in range(12)), (101, "connect_success")):
        moment = datetime(2026, 4, 19, 12, 17) + timedelta(seconds=second)  # noqa: DTZ001
        _insert(
            pi, "connection_log", {"timestamp": str(moment), "event_type": event, "success": event == "connect_success"}
        )
    _insert(pi, "connection_log", {"timestamp": str(IDLE_START), "event_type": "drive_start", "success": 1})
    _insert(pi, "connection_log", {"timestamp": str(IDLE_END), "event_type": "drive_end", "success": 1})
    _insert(pi, "connection_log", {"timestamp": "2026-04-19 12:20:41", "event_type": "disconnect"})
    for profile, interval_ms in (("daily", 1000), ("performance", 500)):
        _insert(pi, "profiles", {**_PROFILE, "id": profile, "polling_interval_ms": interval_ms})


def _hand_written(pi: sqlite3.Connection, parameters: int, rounds: int) -> None:
    """Fill in an old database without drives or sources: one reading of each parameter every 10 s.

    Two of them begin alike, and differ from the sixth reading on.
    """
    pi.execute("DROP INDEX realtime_data_by_drive")
    for table in ("realtime_data", "connection_log", "statistics"):
        pi.execute(f"ALTER TABLE {table} DROP COLUMN data_source")
        pi.execute(f"ALTER TABLE {table} DROP COLUMN drive_id")
    began = datetime(2026, 4, 19, 8)  # noqa: DTZ001
    names = [*IDLE_SIGNALS][:parameters]
    for number in range(1, rounds):
        stamp = str(began + timedelta(seconds=10 * (number - 1)))
        for place, name in enumerate(names):
            reading = {"timestamp": stamp, "parameter_name": name, "unit": IDLE_SIGNALS[name][0]}
            _insert(pi, "realtime_data", {**reading, "value": 10.0 * place + number % 7, "profile_id": "daily"})
    for place, name in enumerate(names):
        summary = {"parameter_name": name, "profile_id": "daily", "avg_value": 10.0 * place, "sample_count": rounds - 1}
        _insert(pi, "statistics", {**summary, "analysis_date": f"2026-04-19 08:{rounds // 6:02}:00"})
    _insert(pi, "connection_log", {"timestamp": str(began), "event_type": "drive_start", "success": 1})
    ended = {"timestamp": str(began + timedelta(seconds=10 * rounds)), "event_type": "drive_end", "success": 1}
    _insert(pi, "connection_log", ended)
    _insert(pi, "profiles", {**_PROFILE, "id": "daily"})


def _insert(pi: sqlite3.Connection, table: str, row: Row) -> None:
    marks = ", ".join("?" * len(row))
    pi.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))  # noqa: S608

"""Reads a Pi's SQLite file the way the Pi's own client does: table by table, by rising key, renamed key last."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from obd2_common.synced_specs import DELTA_TABLES
from support.pi_rows import Row

PI_DATA = Path(__file__).parents[3] / "shared" / "pi-data"
PI_FILES = sorted(PI_DATA.glob("*.db"))
PI_FILES_MISSING = "the sample databases of a Pi are not beside this checkout"
BATCH_ROWS = 500

_KEYS = {"battery_health_log": "drain_event_id", "calibration_sessions": "session_id", "drive_summary": "drive_id"}
_SNAPSHOTS = {"profiles": "id", "vehicle_info": "vin"}


def device_of(path: Path) -> str:
    """Return the device id a sample file belongs to."""
    return {"eclipse_idle": "chi-eclipse-01", "session17_single": "sim-eclipse-gst"}.get(path.stem, path.stem)


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

"""The dearest sync bodies that the limits admit, one kind each: what is stored before, and what is measured."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from obd2_api.ingest.envelope import MAX_ROWS, MAX_TABLES
from obd2_common.synced_specs import SYNCED_TABLES, Kind, SyncedTable

DEVICE = "worst"
WIDEST = max(SYNCED_TABLES.values(), key=lambda spec: (not spec.has_text_key, len(spec.columns)))
READINGS = SYNCED_TABLES["realtime_data"]
Rows = dict[str, list[Any]]


def row(spec: SyncedTable, number: int, *, change: str = "", drive_id: int = 1) -> dict[str, Any]:
    """Write a row with every column the table has; `change` alters those that may change."""
    values: dict[str, Any] = {}
    for name, kind in spec.columns.items():
        suffix = "" if name in spec.identity else change
        match kind:
            case Kind.TIME:
                values[name] = (
                    f"2026-07-{number // 86_400 % 28 + 1:02}T{number // 3600 % 24:02}:{number // 60 % 60:02}:00Z"
                )
            case Kind.WHOLE:
                values[name] = drive_id if name == "drive_id" else number
            case Kind.REAL:
                values[name] = number + 0.123456789 + len(suffix)
            case Kind.TEXT | Kind.NAME:
                values[name] = f"{name} {number}{suffix}"[:60]
    return {spec.key: f"{number}" if spec.has_text_key else number, **values}


def rows(spec: SyncedTable, first: int = 1, **how: Any) -> Rows:  # noqa: ANN401 - those of `row`
    """Write as many rows of a table as a request may hold."""
    return {spec.name: [row(spec, number, **how) for number in range(first, first + MAX_ROWS)]}


def body(tables: Rows) -> bytes:
    """Write a request."""
    content = {name: {"lastSyncedId": 0, "rows": listed} for name, listed in tables.items()}
    return json.dumps({"deviceId": DEVICE, "batchId": "b", "tables": content}, ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


def _unlike(tables: Rows, **values: Any) -> Rows:  # noqa: ANN401 - any JSON
    return {name: [entry | values for entry in listed] for name, listed in tables.items()}


def _new(tables: Callable[[], Rows]) -> Callable[[], Iterator[bytes]]:
    return lambda: iter([body(tables())])


def _again(spec: SyncedTable, **how: Any) -> Callable[[], Iterator[bytes]]:  # noqa: ANN401 - those of `row`
    return lambda: iter([body(rows(spec)), body(rows(spec, **how))])


def _with_holes(tables: Rows, spec: SyncedTable) -> Rows:
    return {name: [entry | {spec.key: entry[spec.key] * 1000} for entry in listed] for name, listed in tables.items()}


def _one_drive_each() -> Rows:
    return {READINGS.name: [row(READINGS, number, drive_id=number) for number in range(1, MAX_ROWS + 1)]}


def _all_tables() -> Rows:
    names = len(SYNCED_TABLES)
    known = {name: [row(spec, 1)] for name, spec in SYNCED_TABLES.items()}
    return known | {f"unknown_{number}": [number] for number in range(MAX_TABLES - names)}


def _unknown_tables() -> Rows:
    each = MAX_ROWS // MAX_TABLES
    return {f"unknown_{t}": [{"id": t * each + n, "text": "x" * 200} for n in range(each)] for t in range(MAX_TABLES)}


def _long_texts() -> Rows:
    spec = SYNCED_TABLES["ai_recommendations"]
    return {spec.name: [row(spec, n) | {"recommendation": f"{n} " + "ü\n" * 200} for n in range(1, MAX_ROWS + 1)]}


def _filled(spec: SyncedTable, column: str, size: int, **values: Any) -> Rows:  # noqa: ANN401 - any JSON
    """Fill a body of the largest size with a text, one row of which makes a character take four bytes of memory."""
    text = {number: f"{number} ".ljust(size, "x") for number in range(MAX_ROWS)}
    text[0] = "\N{AUTOMOBILE}"
    return {spec.name: [{spec.key: n + 1, column: text[n], **values} for n in range(MAX_ROWS)]}


def _nan(content: bytes) -> bytes:
    """Make the strict decoder refuse a body that the lenient one takes."""
    return content.replace(b'"batchId": "b"', b'"batchId": "b", "odd": NaN', 1)


def _backwards() -> Rows:
    listed = rows(READINGS)[READINGS.name]
    for entry, other in zip(listed, reversed(rows(READINGS)[READINGS.name]), strict=True):
        entry["timestamp"] = other["timestamp"]
    return {READINGS.name: listed}


def _unknown_columns(count: int) -> Rows:
    return _unlike(rows(READINGS), **{f"column_{number}": number for number in range(count)})


def _two_lives() -> Iterator[bytes]:
    yield body(rows(READINGS))
    yield body(_unlike(rows(READINGS, change="x"), timestamp="2026-08-01T10:00:00Z"))


def _freeze_frames() -> Iterator[bytes]:
    yield body(rows(SYNCED_TABLES["dtc_log"]))
    yield body(rows(SYNCED_TABLES["dtc_freeze_frame"]))


BODIES: dict[str, Callable[[], Iterator[bytes]]] = {
    "new readings": _new(lambda: rows(READINGS)),
    f"new rows of {WIDEST.name}": _new(lambda: rows(WIDEST)),
    "new drive summaries": _new(lambda: rows(SYNCED_TABLES["drive_summary"])),
    "new rows with long texts": _new(_long_texts),
    "new profiles": _new(lambda: rows(SYNCED_TABLES["profiles"])),
    "freeze frames of as many codes": _freeze_frames,
    "readings of one drive each": _new(_one_drive_each),
    "readings back in time": _new(_backwards),
    "readings at an hour that comes twice": _new(lambda: _unlike(rows(READINGS), timestamp="2025-11-02 01:30:00")),
    "readings with 30 unknown columns": _new(lambda: _unknown_columns(30)),
    "readings that are all bad": _new(lambda: _unlike(rows(READINGS), value=[])),
    "rows of one unknown table": _new(lambda: {"nope": [{"id": n, "t": "x" * 200} for n in range(MAX_ROWS)]}),
    "rows of 64 unknown tables": _new(_unknown_tables),
    "long bad rows": _new(lambda: _filled(READINGS, "parameter_name", 480, value=[])),
    "long bad rows beside a NaN": lambda: iter([_nan(body(_filled(READINGS, "parameter_name", 240, value=[])))]),
    "long rows of an unknown table": _new(lambda: {"nope": _filled(READINGS, "text", 480)[READINGS.name]}),
    "long unknown columns": _new(lambda: _filled(READINGS, "notes", 480)),
    "long unknown columns beside a NaN": lambda: iter([_nan(body(_filled(READINGS, "notes", 240)))]),
    "30 unknown columns in bad rows": _new(lambda: _unlike(_unknown_columns(30), value=[])),
    "15 unknown columns beside a NaN": lambda: iter([_nan(body(_unlike(_unknown_columns(15), value=[])))]),
    "one row in each table": _new(_all_tables),
    "the same readings again": _again(READINGS),
    "changed readings again": _again(READINGS, change="x"),
    f"changed rows of {WIDEST.name} again": _again(WIDEST, change="x"),
    "changed profiles again": _again(SYNCED_TABLES["profiles"], change="x"),
    "readings of other drives again": _again(READINGS, drive_id=7),
    "changed readings with holes again": lambda: iter(
        [body(_with_holes(rows(READINGS), READINGS)), body(_with_holes(rows(READINGS, change="x"), READINGS))]
    ),
    "readings of a rebuilt database": _two_lives,
    "bad rows again": lambda: iter([body(_unlike(rows(READINGS), value=[]))] * 2),
}
"""What is sent -> its requests; the last of them is measured."""

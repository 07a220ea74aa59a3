"""How the Pi puts rows on the wire: which tables, in which order, under which keys."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

DELTA_TABLE_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "ai_recommendations": "id",
        "alert_log": "id",
        "battery_health_log": "drain_event_id",
        "calibration_sessions": "session_id",
        "connection_log": "id",
        "drive_summary": "drive_id",
        "dtc_freeze_frame": "id",
        "dtc_log": "id",
        "realtime_data": "id",
        "statistics": "id",
    },
)
"""The synced tables in the order in which a sweep visits them, with the key column each has on the Pi."""

MODIFIED_COLUMN = "_sync_modified_at"
JsonObject = dict[str, object]


def wire_row(columns: list[str], values: tuple[object, ...], key: str) -> JsonObject:
    """Return a row as sent: columns in the table's order, the modification stamp left out, a renamed key last."""
    row = {name: value for name, value in zip(columns, values, strict=True) if name != MODIFIED_COLUMN}
    if key != "id":
        row["id"] = row.pop(key)
    return row


def batch_identifier(device_id: str, now: datetime) -> str:
    """Return the batch's label; batches of one second share it."""
    return f"{device_id}-{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def table_body(device_id: str, batch_id: str, table: str, *, last_synced_id: int, rows: list[JsonObject]) -> bytes:
    """Return the body of one table's batch."""
    content = {"lastSyncedId": last_synced_id, "rows": rows}
    return encode({"deviceId": device_id, "batchId": batch_id, "tables": {table: content}})


def counter_body(device_id: str, batch_id: str, last_drive_id: int) -> bytes:
    """Return the body that carries nothing but the drive counter."""
    counter = {"lastDriveId": last_drive_id}
    return encode({"deviceId": device_id, "batchId": batch_id, "tables": {}, "driveCounter": counter})


def encode(payload: JsonObject) -> bytes:
    """Encode as Python's json does by default: ASCII only, infinities as bare words; a blob becomes its repr."""
    return json.dumps(payload, default=str).encode("utf-8")

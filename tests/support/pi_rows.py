"""Rows and bodies as a Pi sends them, for tests."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

DEVICE = "chi-eclipse-01"
BATCH = "chi-eclipse-01-2026-07-11T18:02:44Z"
Row = dict[str, Any]

EXAMPLES: Mapping[str, Row] = {
    "ai_recommendations": {
        "timestamp": "2026-07-11 17:50:00",
        "recommendation": "Check the belt.",
        "priority_rank": 2,
        "is_duplicate_of": None,
        "profile_id": "daily",
        "created_at": "2026-07-11 17:50:00",
        "id": 1,
    },
    "alert_log": {
        "id": 1,
        "timestamp": "2026-07-11T17:55:02Z",
        "alert_type": "coolant_temp_critical",
        "parameter_name": "COOLANT_TEMP",
        "value": 105.0,
        "threshold": 104.4,
        "profile_id": "daily",
        "drive_id": 33,
    },
    "battery_health_log": {
        "start_timestamp": "2026-07-11T18:06:00Z",
        "end_timestamp": None,
        "start_soc": 4.1,
        "end_soc": None,
        "start_vcell_v": 4.1,
        "end_vcell_v": None,
        "runtime_seconds": None,
        "ambient_temp_c": 31.5,
        "load_class": "production",
        "notes": None,
        "data_source": "real",
        "id": 1,
    },
    "calibration_sessions": {
        "start_time": "2026-07-11 12:40:00.250000",
        "end_time": None,
        "notes": "after the ECU swap",
        "profile_id": "daily",
        "data_source": "real",
        "created_at": "2026-07-11 17:40:00",
        "id": 1,
    },
    "connection_log": {
        "id": 1,
        "timestamp": "2026-07-11T17:41:00Z",
        "event_type": "connect_success",
        "mac_address": "/dev/rfcomm0",
        "success": 1,
        "error_message": None,
        "retry_count": 0,
        "data_source": "real",
        "drive_id": None,
    },
    "drive_summary": {
        "drive_start_timestamp": "2026-07-11T17:41:02Z",
        "ambient_temp_at_start_c": 24.0,
        "starting_battery_v": 12.4,
        "barometric_kpa_at_start": None,
        "data_source": "real",
        "id": 33,
    },
    "dtc_freeze_frame": {
        "id": 1,
        "dtc_log_id": 4,
        "captured_at_timestamp_utc": "2026-07-11T17:58:10Z",
        "pid_responses_json": '{"RPM": 2210.0, "COOLANT_TEMP": 93.0}',
        "vehicle_info_vin": None,
        "notes": None,
        "data_source": "real",
    },
    "dtc_log": {
        "id": 4,
        "dtc_code": "P0171",
        "description": "System too lean",
        "status": "pending",
        "first_seen_timestamp": "2026-07-11T17:58:09Z",
        "last_seen_timestamp": "2026-07-11T17:58:09Z",
        "drive_id": 33,
        "data_source": "real",
    },
    "realtime_data": {
        "id": 1,
        "timestamp": "2026-07-11T18:02:39Z",
        "parameter_name": "COOLANT_TEMP",
        "value": 91.0,
        "unit": "degree_Celsius",
        "profile_id": "daily",
        "data_source": "real",
        "drive_id": 33,
    },
    "statistics": {
        "id": 1,
        "parameter_name": "RPM",
        "analysis_date": "2026-07-11T18:00:00Z",
        "profile_id": "daily",
        "max_value": 5100.25,
        "min_value": 0.0,
        "avg_value": 1830.7843137254901961,
        "mode_value": 800.0,
        "std_1": 512.5,
        "std_2": 1025.0,
        "outlier_min": 805.7,
        "outlier_max": 2855.8,
        "sample_count": 676,
        "created_at": "2026-07-11T18:00:00Z",
        "data_source": "real",
        "drive_id": None,
    },
    "profiles": {
        "id": "daily",
        "name": "Daily",
        "description": None,
        "polling_interval_ms": 1000,
        "data_source": "real",
        "created_at": "2026-04-19 12:17:09",
        "updated_at": "2026-04-19 12:17:09",
    },
    "vehicle_info": {
        "vin": "4A3AK54F9WE000001",
        "make": "MITSUBISHI",
        "model": "Eclipse",
        "year": 1998,
        "engine": "2.0L",
        "fuel_type": "Gasoline",
        "transmission": None,
        "drive_type": "FWD",
        "body_class": "Hatchback",
        "plant_city": "Normal",
        "plant_country": "United States",
        "raw_api_response": "{}",
        "created_at": "2026-04-19 12:17:09",
        "updated_at": "2026-04-19 12:17:09",
    },
}
"""One row of every synced table, in the Pi's column order."""


def example(table: str, **changes: Any) -> Row:  # noqa: ANN401 - any JSON value
    """Return a row of a table with some columns changed."""
    return {**EXAMPLES[table], **changes}


def reading(row_id: int, **changes: Any) -> Row:  # noqa: ANN401 - any JSON value
    """Return a reading; ids count the seconds of its time and decide its value."""
    minutes, seconds = divmod(row_id % 3600, 60)
    own = {"id": row_id, "timestamp": f"2026-07-11T17:{minutes:02}:{seconds:02}Z", "value": row_id / 8}
    return example("realtime_data", **{**own, **changes})


def readings(first: int, last: int, **changes: Any) -> list[Row]:  # noqa: ANN401 - any JSON value
    """Return the readings of a range of ids, both ends included."""
    return [reading(row_id, **changes) for row_id in range(first, last + 1)]


def document(
    tables: Mapping[str, Sequence[object]],
    *,
    device: str = DEVICE,
    batch: str = BATCH,
    drive_counter: int | None = None,
    sent_up_to: int = 0,
) -> dict[str, Any]:
    """Return a sync request as the object the Pi encodes."""
    content: dict[str, Any] = {
        "deviceId": device,
        "batchId": batch,
        "tables": {name: {"lastSyncedId": sent_up_to, "rows": list(rows)} for name, rows in tables.items()},
    }
    if drive_counter is not None:
        content["driveCounter"] = {"lastDriveId": drive_counter}
    return content


def body(tables: Mapping[str, Sequence[object]], **options: Any) -> bytes:  # noqa: ANN401 - those of `document`
    """Return a sync request as bytes; takes the same options as `document`."""
    return json.dumps(document(tables, **options)).encode()

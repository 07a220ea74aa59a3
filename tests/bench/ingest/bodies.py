"""Request bodies as the Pi writes them, made before the clock starts."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

PARAMETERS = (
    ("RPM", "revolutions_per_minute"),
    ("SPEED", "kilometer_per_hour"),
    ("COOLANT_TEMP", "degree_Celsius"),
    ("ENGINE_LOAD", "percent"),
    ("INTAKE_TEMP", "degree_Celsius"),
    ("LONG_FUEL_TRIM_1", "percent"),
    ("SHORT_FUEL_TRIM_1", "percent"),
    ("MAF", "gps"),
    ("O2_B1S1", "volt"),
    ("THROTTLE_POS", "percent"),
    ("TIMING_ADVANCE", "degree"),
)
ROWS_PER_SECOND = 8
ROWS_PER_DRIVE = 10_000
START = datetime(2026, 7, 1, tzinfo=UTC)


def bodies(device: str, first_id: int, row_count: int, batch: int) -> Iterator[bytes]:
    """Yield the bodies that bring row_count new readings of one device, batch rows each."""
    source = random.Random(first_id)  # noqa: S311 - the same rows every time
    for start in range(first_id, first_id + row_count, batch):
        rows = [_row(row_id, source) for row_id in range(start, min(start + batch, first_id + row_count))]
        table = {"lastSyncedId": start - 1, "rows": rows}
        stamp = (START + timedelta(seconds=start // ROWS_PER_SECOND)).strftime("%Y-%m-%dT%H:%M:%SZ")
        document = {"deviceId": device, "batchId": f"{device}-{stamp}", "tables": {"realtime_data": table}}
        yield json.dumps(document).encode()


def _row(row_id: int, source: random.Random) -> dict[str, object]:
    name, unit = PARAMETERS[row_id % len(PARAMETERS)]
    recorded_at = START + timedelta(seconds=row_id // ROWS_PER_SECOND)
    return {
        "id": row_id,
        "timestamp": recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "parameter_name": name,
        "value": source.uniform(0, 100),
        "unit": unit,
        "profile_id": "daily",
        "data_source": "real",
        "drive_id": 1 + row_id // ROWS_PER_DRIVE,
    }

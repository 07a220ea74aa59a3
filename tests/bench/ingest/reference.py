"""What the ingest is measured against: the shortest Python loop that puts the same rows into the same table.

It parses the same bodies with the fastest parser and lets PyMySQL send multi-row INSERTs, one commit per batch. It
checks nothing, looks nothing up and keeps no account.
"""

import time
from collections.abc import Sequence
from typing import Any

import orjson
import pymysql
from sqlalchemy.engine import make_url

COLUMNS = (
    "source_device",
    "source_epoch",
    "source_id",
    "synced_at",
    "sync_batch_id",
    "timestamp",
    "timestamp_raw",
    "parameter_name",
    "value",
    "unit",
    "profile_id",
    "data_source",
    "drive_id",
)
TABLE = "realtime_data_reference"
INSERT = f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"  # noqa: S608
UPSERT = f"{INSERT} ON DUPLICATE KEY UPDATE {', '.join(f'{name} = VALUES({name})' for name in COLUMNS[3:])}"


class Reference:
    """A connection to a plain copy of realtime_data."""

    def __init__(self, url: str) -> None:
        parts = make_url(url)
        self._connection = pymysql.connect(
            host=parts.host or "127.0.0.1",
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            database=parts.database,
            charset="utf8mb4",
        )
        self._cursor = self._connection.cursor()
        self._cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        self._cursor.execute(f"CREATE TABLE {TABLE} LIKE realtime_data")

    def insert(self, batches: Sequence[bytes]) -> float:
        """Store new rows and return the seconds it took."""
        return self._send(batches, INSERT)

    def upsert(self, batches: Sequence[bytes]) -> float:
        """Store rows that are there already and return the seconds it took."""
        return self._send(batches, UPSERT)

    def close(self) -> None:
        """Drop the table and disconnect."""
        self._cursor.execute(f"DROP TABLE {TABLE}")
        self._connection.close()

    def _send(self, batches: Sequence[bytes], statement: str) -> float:
        start = time.perf_counter()
        for body in batches:
            self._cursor.executemany(statement, parameters(orjson.loads(body)))
            self._connection.commit()
        return time.perf_counter() - start


def parameters(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    device, batch_id = document["deviceId"], document["batchId"]
    return [
        (
            device,
            1,
            row["id"],
            "2026-07-11 18:02:44.000000",
            batch_id,
            row["timestamp"][:19],
            row["timestamp"],
            row["parameter_name"],
            row["value"],
            row["unit"],
            row["profile_id"],
            row["data_source"],
            row["drive_id"],
        )
        for row in document["tables"]["realtime_data"]["rows"]
    ]

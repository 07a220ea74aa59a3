"""Simulated Pis: each sends rows that their ids decide, until all are acknowledged, and knows what was."""

import gzip
import http.client
import json
import random
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from obd2_api.ingest.decode import decode_rows
from obd2_common.row_digests import blocks_of_rows, table_digest
from obd2_common.synced_specs import SYNCED_TABLES
from proof.target import Target
from support.pi_rows import Row, example

BEGAN_AT = datetime(2024, 3, 1, tzinfo=UTC)
DRIVE_ROWS = 5_000
BATCH_ROWS = (50, 500, 500, 2_000)
TRY_AGAIN = {408, 429, 500, 502, 503, 504}
NAMES = ("RPM", "SPEED", "COOLANT_TEMP", "ENGINE_LOAD", "INTAKE_TEMP", "LONG_FUEL_TRIM_1", "MAF", "THROTTLE_POS")


def reading(row_id: int) -> Row:
    """Return a reading; drives of an hour, one every day."""
    drive, place = divmod(row_id - 1, DRIVE_ROWS)
    at = BEGAN_AT + timedelta(days=drive, seconds=place * 3600 // DRIVE_ROWS)
    return example(
        "realtime_data",
        id=row_id,
        timestamp=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        parameter_name=NAMES[row_id % len(NAMES)],
        value=(row_id * 7919 % 100_003) / 8,
        drive_id=drive + 1,
    )


def drive_end(row_id: int) -> Row:
    """Return the row that ends a drive."""
    at = BEGAN_AT + timedelta(days=row_id - 1, seconds=3600)
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return example("connection_log", id=row_id, event_type="drive_end", drive_id=row_id, timestamp=stamp)


@dataclass
class Pi:
    """One device and what the server acknowledged of it."""

    target: Target
    device: str
    address: tuple[str, int]
    is_over: threading.Event
    most_rows: int
    acknowledged: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Send batch after batch until there are no more rows or it is over; never leave a batch half done."""
        generator = random.Random(self.device)  # noqa: S311 - test data
        while not self.is_over.is_set() and (sent := self.acknowledged["realtime_data"]) < self.most_rows:
            last = min(sent + generator.choice(BATCH_ROWS), self.most_rows)
            tables = {"realtime_data": [reading(row_id) for row_id in range(sent + 1, last + 1)]}
            ended = range(sent // DRIVE_ROWS + 1, last // DRIVE_ROWS + 1)
            if ended:
                tables["connection_log"] = [drive_end(row_id) for row_id in ended]
            self._send(tables, is_packed=generator.random() < 0.5)
            self.acknowledged["realtime_data"] = last
            self.acknowledged["connection_log"] = last // DRIVE_ROWS

    @property
    def refused(self) -> int:
        """Return how often the Pi would have counted a batch as failed for good."""
        return sum(count for status, count in self.statuses.items() if status not in {0, 200, *TRY_AGAIN})

    def differences(self) -> tuple[int, str]:
        """Compare what the server holds with what it acknowledged: rows by number, and every value by digest."""
        state = self.target.ask("/api/v1/sync/state", deviceId=self.device)
        lost, found = 0, []
        for name, count in self.acknowledged.items():
            if not count:
                continue
            held = state["tables"].get(name, {"rowCount": 0, "digest": None})
            make = reading if name == "realtime_data" else drive_end
            decoded = decode_rows(SYNCED_TABLES[name], [make(row_id) for row_id in range(1, count + 1)])
            digest = table_digest(blocks_of_rows(SYNCED_TABLES[name], decoded.ids, decoded.columns))
            missing = abs(count - held["rowCount"])
            if missing or held["digest"] != digest or state["epoch"] != 1:
                lost += max(1, missing)
                found.append(f"{self.device} {name}: {held['rowCount']} of {count}, epoch {state['epoch']}")
        return lost, "; ".join(found)

    def _send(self, tables: dict[str, list[Row]], *, is_packed: bool) -> None:
        batch = f"{self.device}-{self.acknowledged['realtime_data']}"
        document: dict[str, Any] = {
            "deviceId": self.device,
            "batchId": batch,
            "tables": {name: {"lastSyncedId": rows[0]["id"] - 1, "rows": rows} for name, rows in tables.items()},
        }
        body = json.dumps(document).encode()
        headers = {"X-API-Key": self.target.key, "Content-Type": "application/json", "Connection": "close"}
        if is_packed:
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        while True:
            began = time.monotonic()
            status = self._status(body, headers)
            self.statuses[status] += 1
            if status == http.client.OK:
                self.latencies.append(time.monotonic() - began)
                return
            time.sleep(0.05)

    def _status(self, body: bytes, headers: dict[str, str]) -> int:
        """Send once; 0 is no answer."""
        with closing(http.client.HTTPConnection(*self.address, timeout=30)) as connection:
            try:
                connection.request("POST", "/api/v1/sync", body, headers)
                answer = connection.getresponse()
                receipt = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                return 0
        if answer.status == http.client.OK and receipt["status"] != "ok":
            return 0
        return answer.status

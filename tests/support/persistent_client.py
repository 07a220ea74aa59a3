"""A client that pushes over HTTP until every batch is acknowledged, and what must be stored in the end."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from obd2_common.db.database import Database
from obd2_common.synced_specs import SYNCED_TABLES
from support.api_server import KEY
from support.ingest_setup import all_rows, wire_values
from support.pi_rows import Row, body

BATCH_ROWS = 500


@dataclass
class PersistentClient:
    """Pushes batches one after the other, each until it is acknowledged, as the Pi does.

    Args:
        port: where the server is, on this machine.
        name: tells its batches from those of other clients.
        rows: what it pushes, as one device after the other.
        answered: is set by every acknowledgement.
        is_over: once set, the client ends when the device it is at has everything.
        devices: those that have everything.
        lost_answers: how often no answer came.
        other_statuses: what came instead of 200.
    """

    port: int
    name: str
    rows: list[Row]
    answered: threading.Event
    is_over: threading.Event
    devices: list[str] = field(default_factory=list)
    lost_answers: int = 0
    other_statuses: list[int] = field(default_factory=list)

    def run(self) -> None:
        """Push everything, then everything again for the next device, until it is over."""
        while not self.is_over.is_set():
            device = f"pi-{len(self.devices)}"
            for start in range(0, len(self.rows), BATCH_ROWS):
                batch = f"{device}-{self.name}-{start}"
                content = body({"realtime_data": self.rows[start : start + BATCH_ROWS]}, device=device, batch=batch)
                while not self._is_acknowledged(content):
                    pass
                self.answered.set()
            self.devices.append(device)

    def _is_acknowledged(self, content: bytes) -> bool:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            try:
                connection.request("POST", "/api/v1/sync", content, {"X-Api-Key": KEY, "Connection": "close"})
                answer = connection.getresponse()
                receipt = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                self.lost_answers += 1
                return False
        if answer.status != http.client.OK:
            self.other_statuses.append(answer.status)
            return False
        counts = receipt["tablesProcessed"]["realtime_data"]
        return bool(counts["inserted"] + counts["updated"] == BATCH_ROWS)


@contextmanager
def pushing_clients(port: int, shares: Sequence[list[Row]]) -> Iterator[list[PersistentClient]]:
    """Let one client per share push while the block runs, and wait until each has finished its device."""
    answered, is_over = threading.Event(), threading.Event()
    clients = [PersistentClient(port, f"client {n}", rows, answered, is_over) for n, rows in enumerate(shares)]
    threads = [threading.Thread(target=client.run, daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield clients
    finally:
        is_over.set()
        for thread in threads:
            thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "a client never got through"


def assert_everything_is_held_once(database: Database, clients: Sequence[PersistentClient]) -> None:
    """Compare what is stored with what was acknowledged: every row with every value, once, in whole requests."""
    for device in {device for client in clients for device in client.devices}:
        source = {row["id"]: row for client in clients if device in client.devices for row in client.rows}
        _assert_holds(database, device, source)


def _assert_holds(database: Database, device: str, source: dict[int, Row]) -> None:
    columns = SYNCED_TABLES["realtime_data"].columns
    stored = all_rows(database, "realtime_data", device)
    assert {row["source_id"]: wire_values("realtime_data", row) for row in stored} == {
        key: {name: row[name] for name in columns} for key, row in source.items()
    }
    assert {row["source_epoch"] for row in stored} == {1}
    inserted: Counter[str] = Counter()
    for line in all_rows(database, "sync_history", device):
        assert line["inserted"] + line["updated"] == BATCH_ROWS, "half a request"
        inserted[line["batch_id"]] += line["inserted"]
    assert Counter(row["sync_batch_id"] for row in stored) == +inserted
    (cursor,) = all_rows(database, "sync_cursors", device)
    assert (cursor["high_water_id"], cursor["row_count"]) == (max(source), len(source))

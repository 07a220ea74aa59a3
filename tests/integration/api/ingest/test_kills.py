"""A server killed again and again while two clients push: nothing is lost, nothing doubled, nothing half."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from api_server import KEY
from ingest_setup import all_rows, wire_values
from killable_server import KillableServer
from obd2_common.database import Database
from obd2_common.synced_specs import SYNCED_TABLES
from pi_rows import Row, body, readings

KILLS = 50
ROWS = readings(1, 20_000)
SHARES = (ROWS[:13_000], ROWS[7_000:])
"""What each client pushes: some rows only one of them has, some both."""
COLUMNS = SYNCED_TABLES["realtime_data"].columns


@dataclass
class Client:
    """Pushes batches one after the other, each until it is acknowledged, as the Pi does."""

    port: int
    name: str
    rows: list[Row]
    answered: threading.Event
    is_over: threading.Event
    devices: list[str] = field(default_factory=list)
    lost_answers: int = 0
    odd_answers: list[int] = field(default_factory=list)

    def run(self) -> None:
        """Push everything, then everything again for the next device, until the kills are over."""
        while not self.is_over.is_set():
            device = f"pi-{len(self.devices)}"
            for start in range(0, len(self.rows), 500):
                batch = f"{device}-{self.name}-{start}"
                content = body({"realtime_data": self.rows[start : start + 500]}, device=device, batch=batch)
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
            self.odd_answers.append(answer.status)
            return False
        counts = receipt["tablesProcessed"]["realtime_data"]
        return bool(counts["inserted"] + counts["updated"] == 500)


@pytest.fixture
def server(database_url: str) -> Iterator[KillableServer]:
    with closing(KillableServer(database_url)) as running:
        yield running


def test_fifty_kills_lose_double_and_halve_nothing(server: KillableServer, database_url: str) -> None:
    generator = random.Random(20_000)  # noqa: S311 - test data
    answered, is_over = threading.Event(), threading.Event()
    clients = [Client(server.port, name, rows, answered, is_over) for name, rows in zip("ab", SHARES, strict=True)]
    threads = [threading.Thread(target=client.run, daemon=True) for client in clients]
    for thread in threads:
        thread.start()

    while server.kills < KILLS:
        if generator.random() < 0.8:
            answered.clear()
            assert answered.wait(30), "no request got through"
        time.sleep(generator.uniform(0, 0.08))
        server.kill()
    is_over.set()
    for thread in threads:
        thread.join(120)

    assert not any(thread.is_alive() for thread in threads)
    assert sum(client.lost_answers for client in clients) > KILLS / 2
    assert {status for client in clients for status in client.odd_answers} <= {503}
    with closing(Database(database_url)) as database:
        for device in set(clients[0].devices) | set(clients[1].devices):
            held_by = [rows for client, rows in zip(clients, SHARES, strict=True) if device in client.devices]
            assert_holds(database, device, {row["id"]: row for rows in held_by for row in rows})


def assert_holds(database: Database, device: str, source: dict[int, Row]) -> None:
    stored = all_rows(database, "realtime_data", device)
    assert {row["source_id"]: wire_values("realtime_data", row) for row in stored} == {
        key: {name: row[name] for name in COLUMNS} for key, row in source.items()
    }
    assert {row["source_epoch"] for row in stored} == {1}
    inserted: Counter[str] = Counter()
    for line in all_rows(database, "sync_history", device):
        assert line["inserted"] + line["updated"] == 500, "half a request"
        inserted[line["batch_id"]] += line["inserted"]
    assert Counter(row["sync_batch_id"] for row in stored) == +inserted
    (cursor,) = all_rows(database, "sync_cursors", device)
    assert (cursor["high_water_id"], cursor["row_count"]) == (max(source), len(source))

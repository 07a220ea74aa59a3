"""`GET /health` over real databases and neighbours, whole or broken."""

import json
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.heartbeat import beat
from obd2_common.jobs.queue import ANALYSIS, DRIVE_FACTS, JobRequest, enqueue
from obd2_common.tables.devices import QuarantinedRow
from support.api_client import api_client
from support.api_rows import DEVICE, NOON, analysis_row, backup_row, device_row, drive_row, store
from support.api_server import serve_api
from support.database_sources import sqlite_database
from support.fake_tags import fake_tags
from support.pauses import Pauses
from support.statement_faults import refused_writes

NOBODY = "http://127.0.0.1:9"
TAGS = json.dumps({"models": [{"name": "llama3.1:8b", "model": "llama3.1:8b", "size": 1}]}).encode()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_fresh_server_is_healthy_and_empty(database: Database, tmp_path: Path) -> None:
    with fake_tags(TAGS) as ollama:
        told = api_client(database, ollama_base_url=ollama, backup_dir=tmp_path).get("/health").json()

    assert told["status"] == "healthy"
    assert told["components"] == {"api": "up", "mysql": "up", "ollama": "up", "ollamaModel": "llama3.1:8b"}
    assert (told["driveCount"], told["uptime"], told["lastSync"], told["lastAnalysis"]) == (0, "0m", None, None)
    assert (told["quarantinedRows"], told["pendingAnalyses"], told["lastTrigger"]) == (0, 0, None)
    assert told["schemaVersion"]
    assert told["disk"]["freeBytes"] > 0


def test_everything_the_database_knows_is_told(database: Database) -> None:
    now = utc_now()
    noted = now - timedelta(days=2)
    failed = device_row(
        "pi-2", shared_id_suspected_at=noted, last_failure_at=NOON, last_failure_reason="the envelope is no object"
    )
    synced = device_row(
        shared_id_suspected_at=now - timedelta(days=40),
        last_success_at=NOON + timedelta(minutes=1),
        last_batch_id="batch-7",
    )
    row = QuarantinedRow(
        source_device=DEVICE,
        source_epoch=1,
        table_name="realtime_data",
        receipt_id="r",
        batch_id="b",
        received_at=NOON,
        last_received_at=NOON,
        reason="not_finite",
        row_text="{}",
        row_digest="d",
    )
    store(database, synced, failed, drive_row(), drive_row("34"), analysis_row(), backup_row(1), row)
    facts = JobRequest(DRIVE_FACTS, "drive_end", now, "key", DEVICE, 1, 33)
    database.run(lambda session: enqueue(session, facts, now=now))
    question = JobRequest(ANALYSIS, "request", now)
    database.run(lambda session: enqueue(session, question, now=now + timedelta(seconds=1)))
    database.run(
        lambda session: beat(
            session,
            service="analyzer",
            instance="one",
            started_at=now,
            now=now,
            details={"jobs": 1, "lastError": "at /etc"},
        ),
    )

    told = api_client(database, ollama_base_url=NOBODY).get("/api/v1/health").json()

    assert (told["status"], told["driveCount"]) == ("degraded", 2)
    assert told["lastAnalysis"] == "2026-07-11T12:30:01.250000Z"
    assert told["lastSync"] == {"deviceId": DEVICE, "syncedAt": "2026-07-11T12:01:00.250000Z", "batchId": "batch-7"}
    assert (told["quarantinedRows"], told["pendingAnalyses"], told["pendingDrives"]) == (1, 1, 1)
    assert told["lastTrigger"]["reason"] == "drive_end"
    assert told["lastTrigger"]["driveId"] == 33
    assert told["lastBackup"]["filename"] == "obd-001.db.gz"
    assert [device["lastFailureReason"] for device in told["devices"]] == [None, "the envelope is no object"]
    assert [device["sharedIdSuspectedAt"] is None for device in told["devices"]] == [True, False]
    (service,) = told["services"]
    assert (service["service"], service["isAlive"], service["details"]) == ("analyzer", True, {"jobs": 1})


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 200), (b"[]", 200), (b'{"models": 1}', 200), (b"\xff", 200), (b"Forbidden", 403), (TAGS, 500), (b"", 302)],
)
def test_an_ollama_that_talks_garbage_is_down(database: Database, body: bytes, status: int) -> None:
    with fake_tags(body, status=status) as ollama:
        told = api_client(database, ollama_base_url=ollama).get("/health").json()

    assert (told["status"], told["components"]["ollama"]) == ("degraded", "down")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("url", ["", "not a url", "http://", "ftp://here", "http://[::1"])
def test_an_ollama_address_that_is_none_is_down(database: Database, url: str) -> None:
    assert api_client(database, ollama_base_url=url).get("/health").json()["components"]["ollama"] == "down"


def test_a_database_that_is_down_makes_the_server_unhealthy_and_nothing_else() -> None:
    database = Database("mysql://obd2:secret@127.0.0.1:9/obd2db")

    answer = api_client(database, ollama_base_url=NOBODY).get("/health")
    database.close()

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["components"]["mysql"]) == ("unhealthy", "down")
    assert "secret" not in answer.text


@pytest.mark.databases("server")
def test_a_database_that_takes_no_writes_makes_the_server_unhealthy_and_is_still_read(database: Database) -> None:
    store(database, drive_row("1"))
    client = api_client(database, ollama_base_url=NOBODY)

    with refused_writes(database, 1290):
        told = client.get("/health").json()

    assert (told["status"], told["components"]["mysql"], told["driveCount"]) == ("unhealthy", "down", 1)
    assert told["databaseFault"] == "the database cannot be written: injected"


def test_a_database_that_is_down_answers_503_elsewhere() -> None:
    pauses = Pauses()
    database = Database("mysql://obd2:secret@127.0.0.1:9/obd2db", sleep=pauses, monotonic=pauses.monotonic)

    answer = api_client(database).get("/api/v1/drives")
    database.close()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["detail"] == "The database cannot take the request now; nothing was stored."


def test_health_answers_while_database_and_ollama_hang(silent_port: int) -> None:
    database = Database(f"mysql://obd2:x@127.0.0.1:{silent_port}/obd2db")
    client = api_client(database, ollama_base_url=f"http://127.0.0.1:{silent_port}")

    answer = client.get("/health")

    assert answer.json()["components"] | {"mysql": "down", "ollama": "down"} == answer.json()["components"]


def test_a_hung_ollama_hangs_nothing_else(tmp_path: Path) -> None:
    with (
        fake_tags(TAGS, hangs=True) as ollama,
        sqlite_database(tmp_path) as database,
        serve_api(database, ollama_base_url=ollama) as server,
        server.connect() as asking,
    ):
        asking.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        began = time.monotonic()
        ponged = server.call("GET", "/ping").status
        waited_seconds = time.monotonic() - began
        told = b"".join(iter(lambda: asking.recv(65536), b""))

    assert ponged == 200
    assert waited_seconds < 3
    assert b'"ollama":"down"' in told


@pytest.mark.databases("sqlite")
def test_strict_answers_503_unless_healthy_and_plain_health_stays_200(database: Database) -> None:
    client = api_client(database, ollama_base_url=NOBODY)

    plain, strict, lenient, strange = (
        client.get(f"/health{query}") for query in ("", "?strict=1", "?strict=0", "?strict=x")
    )

    assert [answer.status_code for answer in (plain, strict, lenient, strange)] == [200, 503, 200, 422]
    assert strict.json()["reasons"] == plain.json()["reasons"] == ["Ollama does not answer"]

"""The api as a process: what it refuses to start with, and how it stops."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from obd2_common.db.database import Database
from obd2_common.migrate import upgrade

BASE = {"PATH": "/usr/bin:/bin", "HOST": "127.0.0.1", "OPS_PORT": "0"}


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the api in an empty folder until it ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "obd2_api"],
        cwd=folder,
        env={**BASE, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def started(folder: Path, database_url: str) -> tuple[subprocess.Popen[str], int]:
    """Start the api in an empty folder, with its outputs to read, and return the port it was given."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "obd2_api"],
        cwd=folder,
        env={**BASE, "API_KEY": "k", "DATABASE_URL": database_url, "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, port


@pytest.mark.parametrize("environment", [{}, {"API_KEY": ""}, {"API_KEY": "   "}])
def test_without_a_key_it_refuses_to_start(tmp_path: Path, environment: dict[str, str]) -> None:
    ended = run(tmp_path, **environment)

    assert ended.returncode == 2
    assert "API_KEY is missing or empty" in ended.stdout


def test_with_a_setting_it_cannot_read_it_names_it(tmp_path: Path) -> None:
    ended = run(tmp_path, API_KEY="secret-key", PORT="many")

    assert ended.returncode == 2
    assert "PORT" in ended.stdout
    assert "secret-key" not in ended.stdout


def test_without_its_database_it_refuses_to_start_and_falls_back_to_nothing(tmp_path: Path) -> None:
    ended = run(tmp_path, API_KEY="k", DATABASE_URL="mysql://obd2:secret@127.0.0.1:9/obd2db")

    assert ended.returncode == 2
    assert "the database does not answer" in ended.stdout
    assert "secret" not in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_with_an_engine_it_does_not_know_it_refuses_to_start(tmp_path: Path) -> None:
    ended = run(tmp_path, API_KEY="k", DATABASE_URL="postgresql://obd2:secret@127.0.0.1/obd2db")

    assert ended.returncode == 2
    assert "only mysql, mariadb and sqlite are supported" in ended.stdout


def test_with_a_database_that_was_never_migrated_it_names_the_command(tmp_path: Path, empty_database_url: str) -> None:
    ended = run(tmp_path, API_KEY="k", DATABASE_URL=empty_database_url)

    assert ended.returncode == 2
    assert "run `obd2 migrate`" in ended.stdout


def test_with_a_database_changed_by_hand_it_names_the_difference(tmp_path: Path, empty_database_url: str) -> None:
    database = Database(empty_database_url)
    upgrade(database)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE drives ADD COLUMN by_hand INTEGER")
    database.close()

    ended = run(tmp_path, API_KEY="k", DATABASE_URL=empty_database_url)

    assert ended.returncode == 2
    assert "by_hand" in ended.stdout


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_in_good_order(tmp_path: Path, database_url: str, how: signal.Signals) -> None:
    process, _ = started(tmp_path, database_url)
    assert process.stdout is not None
    with process, process.stdout as lines:
        seen = [next(line for line in lines if "Application startup complete" in line)]
        process.send_signal(how)
        seen += list(lines)

    assert process.wait(30) == 0
    assert any("Application shutdown complete" in line for line in seen)


@pytest.mark.databases("sqlite")
def test_its_log_is_json_on_standard_output_and_a_sync_names_request_device_and_batch(
    tmp_path: Path, database_url: str
) -> None:
    process, port = started(tmp_path, database_url)
    assert process.stdout is not None
    seen = [next(line for line in process.stdout if "api_listens" in line)]
    body = {
        "deviceId": "pi-9",
        "batchId": "pi-9-2026-07-11T18:02:44Z",
        "tables": {},
        "driveCounter": {"lastDriveId": 3},
    }

    answer = httpx.post(
        f"http://127.0.0.1:{port}/api/v1/sync?secret=1",
        json=body,
        headers={"X-API-Key": "k", "X-Request-ID": "mine-1"},
        timeout=30,
    )
    process.terminate()
    rest, errors = process.communicate(timeout=30)

    assert answer.status_code == 200
    assert errors == ""
    events = [json.loads(line) for line in [*seen, *rest.splitlines()]]
    (told,) = [event for event in events if event["event"] == "request"]
    assert (told["request_id"], told["device_id"], told["batch_id"]) == ("mine-1", body["deviceId"], body["batchId"])
    assert (told["method"], told["path"], told["status"], told["client"]) == ("POST", "/api/v1/sync", 200, "127.0.0.1")
    assert "secret" not in json.dumps(events)

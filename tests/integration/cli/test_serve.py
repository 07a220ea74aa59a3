"""`obd2 serve` and `obd2 migrate` as an operator meets them."""

import json
import logging
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
import structlog
from typer.testing import CliRunner, Result

from obd2_cli.__main__ import build_app
from obd2_cli.data_folder import DataFolder, announced_url
from obd2_common.errors import ConfigurationError, DatabaseUnavailableError, SchemaMismatchError
from support.embedded_server import KEY, embedded_server, obd2, serve_environment


@pytest.fixture(autouse=True)
def _logging_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str, **settings: str) -> Result:
    """Run the command in this process, which is quicker; only what ends by itself."""
    monkeypatch.chdir(folder)
    for name, value in serve_environment(folder, **settings).items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(build_app(arguments[0]), arguments)


def test_without_a_key_one_is_made_shown_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    with embedded_server(tmp_path, API_KEY="") as server:
        kept = tmp_path / "data" / "api_key"
        key = kept.read_text().strip()
        answer = server.get("/api/v1/ping", key=key)
        shown = server.shown

    with embedded_server(tmp_path, API_KEY="") as server:
        shown_again = server.shown

    assert answer.status_code == 200
    assert len(key) >= 40
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert key in shown
    assert re.search(r"schema \d{4} \(just migrated\)", shown)
    assert "just migrated" not in shown_again
    assert kept.read_text().strip() == key
    assert key not in shown_again


def test_a_configured_key_is_the_only_one(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as server:
        statuses = [server.get("/api/v1/ping", key=key).status_code for key in (KEY, "another")]

    assert statuses == [200, 401]
    assert not (tmp_path / "data" / "api_key").exists()
    assert KEY not in server.shown


def test_settings_come_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("API_KEY=from-the-file\n")

    with embedded_server(tmp_path, API_KEY="") as server:
        assert server.get("/api/v1/ping", key="from-the-file").status_code == 200


@pytest.mark.databases("server")
def test_a_configured_database_is_migrated_and_used(tmp_path: Path, empty_database_url: str) -> None:
    with embedded_server(tmp_path, DATABASE_URL=empty_database_url) as server:
        health = server.get("/api/v1/health").json()

    assert health["components"]["mysql"] == "up"
    assert list((tmp_path / "data").glob("*.db")) == []


@pytest.mark.parametrize("arguments", [["serve"], ["migrate"], ["release", "show"]], ids=" ".join)
def test_a_database_that_does_not_answer_is_an_error_and_nothing_else_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    refused = run(monkeypatch, tmp_path, *arguments, DATABASE_URL="mysql://obd2:hush@127.0.0.1:1/obd2db")

    assert isinstance(refused.exception, DatabaseUnavailableError)
    assert "mysql://obd2:***@127.0.0.1:1/obd2db cannot be used" in str(refused.exception)
    assert list(tmp_path.rglob("*.db")) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    with embedded_server(tmp_path) as server:
        status = server.stop(number)

    assert status == 0
    assert server.shown.endswith("Stopped.\n")
    assert (tmp_path / "data" / "serve.lock").read_bytes() == b""


def test_a_request_under_way_is_answered_before_the_services_stop_one_after_the_other(tmp_path: Path) -> None:
    body = b'{"deviceId": "d", "batchId": "b", "tables": {"alert_log": {"rows": [{"id": 1}]}}}'
    with embedded_server(tmp_path) as server:
        connection = HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=30)
        connection.putrequest("POST", "/api/v1/sync")
        for name, value in (("X-API-Key", KEY), ("Content-Length", str(len(body)))):
            connection.putheader(name, value)
        connection.endheaders(body[:20])
        connection.sock.sendall(body[20:40])
        server.get("/api/v1/ping")  # when this is answered, the other request is under way
        server.process.send_signal(signal.SIGTERM)
        server.wait_for_log("Shutting down")
        connection.send(body[40:])
        answer = connection.getresponse()
        receipt = json.loads(answer.read())
        connection.close()
        status = server.process.wait(30)

    assert answer.status == 200
    assert receipt["tablesProcessed"]["alert_log"]["errors"] == 0
    assert status == 0
    ends = ["Finished server process", "analyzer_stopped", "backup_service_stopped"]
    places = [server.log.index(end) for end in ends]
    assert places == sorted(places)


def test_the_operations_port_tells_of_all_three_services(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with embedded_server(tmp_path, OPS_PORT=str(port)):
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
        ready = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code

    assert ready == 200
    for service in ("api", "analyzer", "backup"):
        assert f'obd2_metrics_source_up{{source="{service}"}} 1.0' in metrics


def test_a_second_server_on_the_same_folder_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as server:
        second = obd2(tmp_path, "serve")
        still_there = server.get("/api/v1/ping").status_code

    assert second.returncode == 2
    assert f"is in use by another `obd2 serve` (process {server.process.pid}) at {server.url}" in second.stderr
    assert still_there == 200


def test_a_server_that_was_killed_leaves_the_folder_free(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as server:
        server.stop(signal.SIGKILL)

    with DataFolder(tmp_path / "data"):
        assert announced_url(tmp_path / "data") is None


def test_a_port_that_is_taken_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused = run(monkeypatch, tmp_path, "serve", PORT=port)

    assert isinstance(refused.exception, ConfigurationError)
    assert str(refused.exception) == (
        f"HOST 127.0.0.1, PORT {port} cannot be listened on: it is in use; set another PORT"
    )


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"PORT": "many"}, "PORT: Input should be a valid integer"),
        ({"LOG_LEVEL": "shout"}, "LOG_LEVEL: String should match"),
        ({"API_KEY": " padded "}, "begins or ends with a blank"),
        ({"DATABASE_URL": "postgresql://localhost/x"}, "DATABASE_URL names postgresql"),
        ({"HOST": "192.0.2.1"}, "this machine does not have that address; set another HOST"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], said: str
) -> None:
    refused = run(monkeypatch, tmp_path, "serve", **setting)

    assert isinstance(refused.exception, ConfigurationError)
    assert said in str(refused.exception)


def test_migrate_says_what_it_applied_and_then_that_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (run(monkeypatch, tmp_path, "migrate") for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "Applied migration 0001." in first.output
    assert "There was nothing to do" in second.output


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_file_that_is_no_database_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "obd2.db").write_text("no database " * 100)

    refused = run(monkeypatch, tmp_path, command)

    assert isinstance(refused.exception, DatabaseUnavailableError)
    assert "obd2.db cannot be used: file is not a database" in str(refused.exception)


def test_a_migration_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "obd2.db")) as connection:
        connection.execute("CREATE TABLE devices (name TEXT)")

    refused = run(monkeypatch, tmp_path, "migrate")

    assert isinstance(refused.exception, SchemaMismatchError)
    assert "could not be migrated: table devices already exists" in str(refused.exception)


def test_a_signal_during_the_start_is_heeded(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "obd2_cli", "serve"],
        cwd=tmp_path,
        env=serve_environment(tmp_path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (tmp_path / "data" / "serve.lock").exists() and process.poll() is None:
        pass
    process.terminate()

    assert process.wait(60) == 0


def test_migrate_refuses_a_database_that_somebody_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, tmp_path, "migrate")
    with closing(sqlite3.connect(tmp_path / "data" / "obd2.db")) as connection:
        connection.execute("ALTER TABLE drives ADD COLUMN colour TEXT")

    refused = run(monkeypatch, tmp_path, "migrate")

    assert isinstance(refused.exception, SchemaMismatchError)
    assert "colour" in str(refused.exception)

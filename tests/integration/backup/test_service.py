"""The running service beside a running api: the answer to an upload tells what became of it."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import select
from structlog.testing import capture_logs
from tusclient.client import TusClient

from obd2_backup.app import BackupService, start
from obd2_backup.settings import BackupSettings
from obd2_backup.vault import Vault
from obd2_common.db.database import Database
from obd2_common.errors import ConfigurationError, DatabaseUnavailableError, SchemaMismatchError
from obd2_common.tables.operations import ServiceHeartbeat
from support.api_process import KEY, running_api
from support.backup_samples import database_bytes, truncated_gzip
from support.backup_setup import BackupSetup
from support.upload_client import upload


def settings(folder: Path, **values: object) -> BackupSettings:
    return BackupSettings.model_validate(
        {"data_dir": folder / "data", "backup_dir": folder / "vault", "backup_poll_seconds": 0.02, **values},
    )


def wait_for(what: str, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def stopping(service: BackupService) -> "closing[Stoppable]":
    return closing(Stoppable(service))


class Stoppable:
    """Lets a service be stopped by leaving a block."""

    def __init__(self, service: BackupService) -> None:
        self.service = service

    def close(self) -> None:
        self.service.stop()


def test_the_answer_to_an_upload_tells_the_verdict_and_what_was_rotated(
    tmp_path: Path,
    database: Database,
    database_url: str,
) -> None:
    good = gzip.compress(database_bytes(tmp_path))
    with (
        running_api(tmp_path, database_url, BACKUP_ANSWER_WAIT_SECONDS="20") as api,
        stopping(start(settings(tmp_path, backup_retention_count=2), database)),
    ):
        answers = [upload(api, good).json() for _ in range(3)]
        other = upload(api, gzip.compress(b"log"), "obd.log.gz").json()
        damaged = upload(api, truncated_gzip(good)).json()

    assert [answer["verification"] for answer in answers] == ["ok", "ok", "ok"]
    assert [answer["rotated"] for answer in answers] == [0, 0, 1]
    assert "duplicateOf" not in answers[0]
    assert answers[1]["duplicateOf"] == answers[2]["duplicateOf"]
    assert "duplicateOf" not in other
    assert damaged["verification"] == "damaged"
    assert (tmp_path / "vault" / damaged["path"]).exists()
    assert not (tmp_path / "vault" / answers[0]["path"]).exists()
    assert answers[0]["storedAt"] > answers[0]["filename"][len("obd-") : len("obd-2026-07-11")]


@pytest.mark.databases("sqlite")
def test_uploads_that_came_while_the_service_was_down_are_stored_at_its_start(
    tmp_path: Path,
    database: Database,
) -> None:
    backups = BackupSetup.at(tmp_path, database)
    for number in range(5):
        backups.upload(b"%d" % number, "obd.log")

    with stopping(start(settings(tmp_path), database)):
        wait_for("all are stored", lambda: len(backups.rows("stored")) == 5)

    assert backups.spooled_files() == {".lock"}


@pytest.mark.databases("sqlite")
def test_a_second_instance_waits_until_the_first_is_gone(tmp_path: Path, database: Database) -> None:
    backups = BackupSetup.at(tmp_path, database)
    first = start(settings(tmp_path), database)
    second = start(settings(tmp_path), database)
    one = backups.upload(b"one", "obd.log")
    wait_for("the first stores", lambda: backups.row(one).state == "stored")

    first.stop()
    two = backups.upload(b"two", "obd.log")

    wait_for("the second takes over", lambda: backups.row(two).state == "stored")
    second.stop()


@pytest.mark.databases("sqlite")
def test_the_service_shows_that_it_is_alive(tmp_path: Path, database: Database) -> None:
    def beats() -> list[ServiceHeartbeat]:
        return list(database.read(lambda session: session.exec(select(ServiceHeartbeat)).all()))

    with stopping(start(settings(tmp_path), database)):
        wait_for("it has beaten", lambda: bool(beats()))

    assert [beat.service for beat in beats()] == ["backup"]


@pytest.mark.databases("sqlite")
def test_the_service_outlives_a_database_that_fails_it(tmp_path: Path, database: Database) -> None:
    backups = BackupSetup.at(tmp_path, database)
    with stopping(start(settings(tmp_path, backup_sweep_seconds=1), database)) as running:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE backups RENAME TO away")
        wait_for("a look fails", lambda: running.service.last_error is not None)
        with database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO backups")

        backup_id = backups.upload(b"log", "obd.log")

        wait_for("it is stored", lambda: backups.row(backup_id).state == "stored")


@pytest.mark.databases("sqlite")
def test_a_database_away_for_long_is_logged_once_a_minute(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[None] = []

    def fail(*_arguments: object) -> None:
        tries.append(None)
        raise DatabaseUnavailableError("gone")

    with capture_logs() as logs, stopping(start(settings(tmp_path, backup_sweep_seconds=1), database)):
        monkeypatch.setattr(Vault, "check", fail)
        monkeypatch.setattr("obd2_backup.app.PAUSE_AFTER_FAILURE_SECONDS", 0.02)
        wait_for("it is tried several times", lambda: len(tries) >= 3)

    assert [line["event"] for line in logs].count("backup_waits_for_database") == 1


@pytest.mark.databases("sqlite")
def test_frequent_dumps_begin_an_interval_after_the_start(tmp_path: Path, database: Database) -> None:
    backups = BackupSetup.at(tmp_path, database)

    with stopping(start(settings(tmp_path, backup_dump_hours=0.0001), database)):
        wait_for("a dump is made", lambda: bool(backups.runs("dump")))

    assert backups.runs("dump")[0].outcome == "ok"


def test_an_empty_database_is_refused_at_start(tmp_path: Path, empty_database: Database) -> None:
    with pytest.raises(SchemaMismatchError, match="obd2 migrate"):
        start(settings(tmp_path), empty_database)


@pytest.mark.databases("sqlite")
def test_a_vault_that_cannot_be_used_is_refused_at_start(tmp_path: Path, database: Database) -> None:
    (tmp_path / "vault").write_bytes(b"")

    with pytest.raises(ConfigurationError, match="BACKUP_DIR"):
        start(settings(tmp_path), database)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_stores_until_it_is_told_to_stop(
    tmp_path: Path,
    database: Database,
    database_url: str,
    number: signal.Signals,
) -> None:
    backups = BackupSetup.at(tmp_path, database)
    backup_id = backups.upload(b"log", "obd.log")
    environment = {"PATH": "/usr/bin:/bin", "DATABASE_URL": database_url, "BACKUP_DIR": str(tmp_path / "vault")}
    process = subprocess.Popen([sys.executable, "-m", "obd2_backup"], env=environment, cwd=tmp_path)
    wait_for("it is stored", lambda: backups.row(backup_id).state == "stored")

    os.kill(process.pid, number)

    assert process.wait(timeout=20) == 0


def ended_by_itself(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the service in a folder until it ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "obd2_backup"], env=environment, cwd=folder, check=False, capture_output=True, text=True
    )


@pytest.mark.databases("sqlite")
def test_the_program_names_what_keeps_it_from_starting(tmp_path: Path) -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}",
        "BACKUP_DIR": str(tmp_path / "vault"),
    }

    ended = ended_by_itself(tmp_path, environment)

    assert ended.returncode == 2
    assert "obd2 migrate" in ended.stdout


def test_a_setting_it_cannot_read_is_named_in_one_line_without_its_value(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "BACKUP_RETENTION_COUNT": "secret-number"}

    ended = ended_by_itself(tmp_path, environment)

    (line,) = ended.stdout.splitlines()
    assert ended.returncode == 2
    assert "BACKUP_RETENTION_COUNT" in json.loads(line)["reason"]
    assert "secret-number" not in ended.stdout + ended.stderr


def test_an_upload_in_parts_becomes_a_checked_backup_on_every_engine(
    tmp_path: Path,
    database: Database,
    database_url: str,
) -> None:
    content = gzip.compress(database_bytes(tmp_path))
    metadata = {"filename": "obd.db.gz", "type": "database", "deviceId": "chi-eclipse-01"}
    backups = BackupSetup.at(tmp_path, database)
    with running_api(tmp_path, database_url) as api, stopping(start(settings(tmp_path), database)):
        client = TusClient(f"{api.url}/api/v1/uploads", headers={"X-API-Key": KEY})
        uploader = client.uploader(file_stream=io.BytesIO(content), chunk_size=10_000, metadata=metadata)
        uploader.upload()
        backup_id = str(uploader.url).rpartition("/")[2]
        wait_for("it is stored", lambda: backups.row(backup_id).rotated_count is not None)

    assert (backups.row(backup_id).verification, backups.row(backup_id).size_bytes) == ("ok", len(content))

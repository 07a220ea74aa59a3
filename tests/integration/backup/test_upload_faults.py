"""Uploads when something fails: cut connections, a full disk, a killed server, a lost database, much data at once."""

import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from obd2_backup import storing
from obd2_common.db.database import Database
from obd2_common.tables.backups import Backup
from support.api_process import KEY, ApiProcess, running_api
from support.backup_setup import BackupSetup
from support.upload_client import END, form, open_request, send, upload

BIG_BYTES = 200_000_000
PIECE = bytes(range(256)) * 4096
MAX_GROWTH_BYTES = 40_000_000
MB = 1024 * 1024


@pytest.fixture
def api(tmp_path: Path, database_url: str) -> Iterator[ApiProcess]:
    with running_api(tmp_path, database_url) as running:
        yield running


def spooled(folder: Path) -> set[str]:
    return {path.name for path in (folder / "vault" / ".spool").rglob("*") if path.is_file()}


def wait_for(what: str, is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def pieces(size_bytes: int) -> Iterator[bytes]:
    for start in range(0, size_bytes, len(PIECE)):
        yield PIECE[: min(len(PIECE), size_bytes - start)]


@pytest.mark.databases("sqlite")
def test_a_big_upload_needs_little_memory_and_holds_up_nobody(api: ApiProcess) -> None:
    upload(api, PIECE)
    before_bytes = api.peak_bytes()
    longest_seconds = 0.0
    is_done = threading.Event()

    def ask() -> None:
        nonlocal longest_seconds
        with httpx.Client() as client:
            while not is_done.wait(0.02):
                started = time.monotonic()
                client.get(f"{api.url}/api/v1/ping", headers={"X-API-Key": KEY}).raise_for_status()
                longest_seconds = max(longest_seconds, time.monotonic() - started)

    asking = threading.Thread(target=ask)
    asking.start()
    answer = send(api, form(pieces(BIG_BYTES)))
    is_done.set()
    asking.join()

    assert answer.status_code == 200, answer.text
    assert answer.json()["sizeBytes"] == BIG_BYTES
    assert api.peak_bytes() - before_bytes < MAX_GROWTH_BYTES
    assert longest_seconds < 2


@pytest.mark.parametrize("is_reset", [True, False])
@pytest.mark.databases("sqlite")
def test_a_connection_cut_midway_leaves_nothing(
    api: ApiProcess,
    tmp_path: Path,
    database: Database,
    *,
    is_reset: bool,
) -> None:
    connection = open_request(api, size_bytes=100 * MB)
    connection.sendall(b"".join(form([PIECE * 5])).removesuffix(END))
    wait_for("the upload has begun", lambda: spooled(tmp_path))
    if is_reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()

    wait_for("the rest of the upload is gone", lambda: not spooled(tmp_path))
    assert database.read(lambda session: session.exec(select(Backup)).all()) == []


@pytest.mark.databases("sqlite")
def test_a_server_killed_midway_leaves_nothing_that_counts(
    api: ApiProcess,
    tmp_path: Path,
    database: Database,
) -> None:
    connection = open_request(api, size_bytes=100 * MB)
    connection.sendall(b"".join(form([PIECE * 5])).removesuffix(END))
    wait_for("the upload has begun", lambda: spooled(tmp_path))

    api.kill()

    connection.close()
    backups = BackupSetup.at(tmp_path, database)
    storing.store_waiting(backups.context())
    assert backups.rows() == []
    assert backups.files() == set()
    assert list((backups.vault.spool_dir / "ready").iterdir()) == []


@pytest.mark.kill
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, database_url: str, database: Database) -> None:
    acknowledged: dict[str, str] = {}
    for number in range(3):
        with running_api(tmp_path, database_url) as api:
            for item in range(3):
                body = upload(api, b"log %d %d" % (number, item), "obd.log").json()
                acknowledged[body["path"]] = body["sha256"]
            api.kill()

    backups = BackupSetup.at(tmp_path, database)
    storing.store_waiting(backups.context())

    assert {row.path: row.sha256 for row in backups.rows("stored")} == acknowledged
    assert backups.files() == set(acknowledged)


@pytest.mark.databases("sqlite")
def test_many_uploads_of_one_name_at_once_are_all_kept(
    api: ApiProcess,
    tmp_path: Path,
    database: Database,
) -> None:
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(upload(api, b"log %d" % n, "obd.log"))) for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [200] * 12
    backups = BackupSetup.at(tmp_path, database)
    storing.store_waiting(backups.context())
    assert backups.files() == {answer.json()["path"] for answer in answers}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["/usr/bin/mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, check=False)  # noqa: S603 - our own folder
    if mounted.returncode != 0:
        pytest.skip("this machine does not let tests mount a file system")
    yield folder
    subprocess.run(["/usr/bin/umount", "--lazy", folder], check=True)  # noqa: S603 - our own folder


@pytest.mark.databases("sqlite")
def test_an_upload_that_cannot_fit_is_refused_before_it_is_written(
    tmp_path: Path,
    database_url: str,
    small_disk: Path,
) -> None:
    with running_api(tmp_path, database_url, BACKUP_DIR=str(small_disk), BACKUP_MIN_FREE_MB="1") as api:
        body = b"".join(form([PIECE * 40]))

        answer = send(api, [body], size_bytes=len(body))

        assert answer.status_code == 507
        assert str(small_disk) not in answer.text
        assert not any(path.is_file() for path in small_disk.rglob("*"))
        assert upload(api, PIECE).status_code == 200


@pytest.mark.databases("sqlite")
def test_a_disk_that_fills_up_midway_answers_507_and_is_freed_again(
    tmp_path: Path,
    database_url: str,
    small_disk: Path,
) -> None:
    with running_api(tmp_path, database_url, BACKUP_DIR=str(small_disk), BACKUP_MIN_FREE_MB="0") as api:
        answer = send(api, form([PIECE] * 40))

        assert answer.status_code == 507
        assert not any(path.is_file() for path in small_disk.rglob("*"))
        assert upload(api, PIECE).status_code == 200


@pytest.mark.databases("sqlite")
def test_a_disk_without_its_reserve_refuses_uploads(tmp_path: Path, database_url: str) -> None:
    with running_api(tmp_path, database_url, BACKUP_MIN_FREE_MB="100000000") as api:
        assert upload(api, b"log", "obd.log").status_code == 507


@pytest.mark.databases("sqlite")
def test_without_its_table_the_upload_answers_503_and_is_not_acknowledged(
    api: ApiProcess,
    tmp_path: Path,
    database: Database,
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE backups RENAME TO away")

    answer = upload(api, b"log", "obd.log")

    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text
    assert "backups" not in answer.text

"""What `GET /backups/{id}/file` sends: the file, parts of it, or why not."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from obd2_backup import storing
from obd2_backup.retention import RetentionPolicy
from support.api_process import KEY, ApiProcess, running_api
from support.backup_samples import sha256
from support.backup_setup import BackupSetup
from support.database_sources import sqlite_database

CONTENT = bytes(range(256)) * 1000
TAG = f'"{sha256(CONTENT)}"'


@pytest.fixture(scope="module")
def backups(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackupSetup]:
    folder = tmp_path_factory.mktemp("downloads")
    with sqlite_database(folder) as database:
        yield BackupSetup.at(folder, database)


@pytest.fixture(scope="module")
def api(backups: BackupSetup) -> Iterator[ApiProcess]:
    folder = backups.vault.root.parent
    with running_api(folder, f"sqlite:///{folder / 'obd2.db'}") as running:
        yield running


@pytest.fixture(scope="module")
def stored(backups: BackupSetup) -> str:
    backup_id = backups.upload(CONTENT, "obd.log")
    storing.store_waiting(backups.context())
    return backup_id


def get(api: ApiProcess, backup_id: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(f"{api.url}/api/v1/backups/{backup_id}/file", headers={"X-API-Key": KEY, **named})


def test_the_whole_file_comes_as_it_was_sent(api: ApiProcess, backups: BackupSetup, stored: str) -> None:
    answer = get(api, stored)

    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["etag"] == TAG
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert backups.row(stored).filename in answer.headers["content-disposition"]
    digest = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=1000-", 1000, None), ("bytes=-50", -50, None), ("bytes=5-99999999", 5, None)],
)
def test_a_part_is_sent_when_a_part_is_asked_for(
    api: ApiProcess,
    stored: str,
    asked: str,
    start: int,
    end: int | None,
) -> None:
    answer = get(api, stored, Range=asked)

    assert answer.status_code == 206
    assert answer.content == CONTENT[start:end]


def test_a_transfer_is_taken_up_only_when_the_file_is_still_the_same(api: ApiProcess, stored: str) -> None:
    assert get(api, stored, Range="bytes=10-", If_Range=TAG).status_code == 206
    assert get(api, stored, Range="bytes=10-", If_Range='"another"').content == CONTENT


@pytest.mark.parametrize("tags", [TAG, f"W/{TAG}", f'"x", {TAG}', "*"])
def test_a_client_that_has_the_file_is_told_so(api: ApiProcess, stored: str, tags: str) -> None:
    answer = get(api, stored, If_None_Match=tags)

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(("tags", "status"), [(TAG, 200), ("*", 200), ('"another"', 412)])
def test_a_client_that_wants_another_file_gets_none(api: ApiProcess, stored: str, tags: str, status: int) -> None:
    answer = get(api, stored, If_Match=tags)

    assert answer.status_code == status
    assert (answer.content == CONTENT) == (status == 200)


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=999999-1000000", "bytes=-0"])
def test_a_part_that_is_not_there_answers_416(api: ApiProcess, stored: str, asked: str) -> None:
    answer = get(api, stored, Range=asked)

    assert answer.status_code == 416
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize("asked", ["bytes=", "bytes=x", "lines=1-2", "bytes=1-2;3-4", "bytes", "bytes=5-2"])
def test_a_range_that_means_nothing_is_ignored(api: ApiProcess, stored: str, asked: str) -> None:
    assert get(api, stored, Range=asked).content == CONTENT


@pytest.mark.parametrize("backup_id", ["unknown", "..", "%2e%2e%2fobd2.db", "x" * 36])
def test_an_unknown_backup_answers_404(api: ApiProcess, backup_id: str) -> None:
    answer = get(api, backup_id)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_backup_that_is_not_stored_answers_404(api: ApiProcess, backups: BackupSetup) -> None:
    rotated = backups.upload(b"1", "obd.log", backup_type="logs")
    backups.upload(b"2", "obd.log", backup_type="logs")
    storing.store_waiting(backups.context(RetentionPolicy(last=1)))
    spooled = backups.upload(b"3", "obd.log", backup_type="logs")

    assert "rotated" in get(api, rotated).json()["detail"]
    assert "spooled" in get(api, spooled).json()["detail"]


def test_a_file_that_was_replaced_by_a_link_is_not_followed(
    api: ApiProcess, backups: BackupSetup, tmp_path: Path
) -> None:
    backup_id = backups.upload(b"config", "config.json", backup_type="config")
    storing.store_waiting(backups.context())
    place = backups.vault.path(backups.row(backup_id).path)
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    place.unlink()
    place.symlink_to(secret)

    assert get(api, backup_id).status_code == 404


def test_a_file_is_not_sent_without_the_key(api: ApiProcess, stored: str) -> None:
    assert httpx.get(f"{api.url}/api/v1/backups/{stored}/file").status_code == 401

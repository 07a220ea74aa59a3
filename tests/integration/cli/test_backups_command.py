"""`obd2 backups`: what it shows is what is there, what it plans is what happens, what it gets back is what was sent."""

import gzip
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from pyrage.x25519 import Identity
from typer.testing import CliRunner, Result

from obd2_backup import rotation, storing
from obd2_backup.dumping import dump
from obd2_backup.replica import ReplicaError
from obd2_backup.restoring import RestoreError
from obd2_backup.retention import RetentionPolicy
from obd2_backup.sealing import seal
from obd2_cli.__main__ import build_app
from obd2_common.db.database import Database
from obd2_common.errors import ConfigurationError, NotFoundError
from support.backup_samples import database_bytes
from support.backup_setup import BackupSetup
from support.database_sources import sqlite_database
from support.table_digests import table_digests


@pytest.fixture
def backups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BackupSetup]:
    monkeypatch.chdir(tmp_path)
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'obd2.db'}",
        "BACKUP_DIR": str(tmp_path / "vault"),
        "BACKUP_RETENTION_COUNT": "2",
        "COLUMNS": "200",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with sqlite_database(tmp_path) as database:
        yield BackupSetup.at(tmp_path, database)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(build_app("backups"), ["backups", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_an_empty_vault_says_so(backups: BackupSetup) -> None:
    assert backups.rows() == []
    assert "no backup" in run("list").output


def test_the_list_shows_what_is_stored(backups: BackupSetup, tmp_path: Path) -> None:
    backup_id = backups.upload(database_bytes(tmp_path))
    backups.upload(b"log", "obd.log", device_id="car-b", backup_type="logs")
    storing.store_waiting(backups.context())

    everything, one_device = run("list").output, run("list", "--device", "car-b").output

    assert backup_id[:8] in everything
    assert "obd-2026-07-11T18-20-05-000000.db" in everything
    assert backup_id[:8] not in one_device
    assert "car-b" in one_device


def test_the_plan_names_exactly_what_a_rotation_then_deletes(backups: BackupSetup) -> None:
    ids = [backups.upload(b"%d" % number, "obd.log") for number in range(5)]
    storing.store_waiting(backups.context())

    planned = run("plan").output
    before = backups.files()
    rotation.rotate_all(backups.context(RetentionPolicy(last=2)))

    assert "2 stay, 3 go" in planned
    assert len(before) == 5
    going = {line.split("│")[1].strip() for line in planned.splitlines() if "goes" in line}
    assert going == {row.backup_id[:8] for row in backups.rows("rotated")} == {backup_id[:8] for backup_id in ids[:3]}
    assert "stays: last 1 of 2, newest, newest verified" in planned


def test_a_backup_comes_out_as_it_was_sent_or_unpacked(backups: BackupSetup, tmp_path: Path) -> None:
    content = database_bytes(tmp_path)
    packed = gzip.compress(content)
    backup_id = backups.upload(packed, "obd.db.gz")
    storing.store_waiting(backups.context())

    run("get", backup_id[:8])
    run("get", backup_id, "--unpack", "--output", "obd.db")

    assert (tmp_path / backups.row(backup_id).filename).read_bytes() == packed
    assert (tmp_path / "obd.db").read_bytes() == content


def test_a_copy_of_a_rotten_backup_is_told_to_be_damaged(backups: BackupSetup) -> None:
    backup_id = backups.upload(b"log 1", "obd.log")
    storing.store_waiting(backups.context())
    backups.vault.path(backups.row(backup_id).path).write_bytes(b"log 2")

    result = run("get", backup_id)

    assert result.exit_code == 1
    assert "damaged" in result.output


def test_nothing_is_overwritten(backups: BackupSetup, tmp_path: Path) -> None:
    backup_id = backups.upload(b"log", "obd.log")
    storing.store_waiting(backups.context())
    (tmp_path / "mine").write_bytes(b"mine")

    with pytest.raises(RestoreError, match="exists already"):
        run("get", backup_id, "--output", "mine")
    with pytest.raises(RestoreError, match="exists already"):
        run("restore", backup_id, "mine")

    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_a_device_s_database_is_restored_and_checked(backups: BackupSetup, tmp_path: Path) -> None:
    content = database_bytes(tmp_path)
    good = backups.upload(gzip.compress(content), "obd.db.gz")
    bad = backups.upload(gzip.compress(content[:-5000]), "obd.db.gz")
    storing.store_waiting(backups.context())

    run("restore", good, "obd.db")

    assert (tmp_path / "obd.db").read_bytes() == content
    with pytest.raises(RestoreError, match="damaged"):
        run("restore", bad, "bad.db")
    assert not (tmp_path / "bad.db").exists()


def test_a_dump_comes_back_from_the_vault_s_file_alone(backups: BackupSetup, tmp_path: Path) -> None:
    backups.upload(b"log", "obd.log")
    storing.store_waiting(backups.context())
    before = table_digests(backups.database)
    backup_id = dump(backups.context())
    storing.store_waiting(backups.context())
    place = backups.vault.path(backups.row(backup_id).path)
    (tmp_path / "obd2.db").rename(tmp_path / "lost.db")

    run("restore", str(place), f"sqlite:///{tmp_path / 'again.db'}")

    restored = Database(f"sqlite:///{tmp_path / 'again.db'}")
    assert table_digests(restored) == before
    restored.close()


def test_a_dump_can_be_made_by_hand(backups: BackupSetup) -> None:
    assert "Dumped" in run("dump").output
    storing.store_waiting(backups.context())

    assert "_server" in run("list").output


@pytest.mark.parametrize("which", ["unknown", "%", "_"])
def test_an_unknown_or_ambiguous_id_is_told(backups: BackupSetup, which: str) -> None:
    for number in range(2):
        backups.upload(b"%d" % number, "obd.log")
    storing.store_waiting(backups.context())

    with pytest.raises(NotFoundError, match="no backup"):
        run("get", which)
    with pytest.raises(NotFoundError, match="2 ids"):
        run("get", "")


def test_a_place_for_second_copies_is_marked_once_and_checked(
    backups: BackupSetup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backups.rows() == []
    with pytest.raises(ConfigurationError, match="BACKUP_REPLICA_URL"):
        run("replica")
    (tmp_path / "nas").mkdir()
    monkeypatch.setenv("BACKUP_REPLICA_URL", (tmp_path / "nas").as_uri())

    with pytest.raises(ReplicaError, match="--init"):
        run("replica")
    assert "is there" in run("replica", "--init").output
    assert "is there" in run("replica").output


def test_an_encrypted_copy_is_opened_with_its_key_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    key = Identity.generate()
    (tmp_path / "plain").write_bytes(b"content")
    (tmp_path / "key").write_text(f"{key}\n")
    seal(tmp_path / "plain", tmp_path / "obd.db.gz.age", [key.to_public()])

    said = run("decrypt", "obd.db.gz.age", "--identity", "key").output

    assert (tmp_path / "obd.db.gz").read_bytes() == b"content"
    assert f"SHA-256 {sha256(b'content').hexdigest()}" in said


def test_the_list_loses_nothing_at_80_columns(backups: BackupSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    backup_id = backups.upload(b"log", "obd.log", device_id="a-device-with-a-long-name-01", backup_type="logs")
    storing.store_waiting(backups.context())

    lines = run("list").output.splitlines()

    assert max(map(len, lines)) <= 80
    row = next(line for line in lines if backup_id[:8] in line)
    assert "2026-07-11 18:20:05" in row
    assert "3 bytes" in row
    assert "ok" in row

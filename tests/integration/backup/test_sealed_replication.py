"""Second copies that are encrypted: complete, read back, opened by the secret key, and changed over by themselves."""

from dataclasses import replace
from pathlib import Path

import pytest
from pyrage.x25519 import Identity, Recipient

from obd2_backup import replicating, rotation, storing
from obd2_backup.replica import MARKER, ReplicaError, StoreAccess, StoreReplica
from obd2_backup.retention import RetentionPolicy
from obd2_backup.sealing import unseal
from obd2_common.db.database import Database
from support.backup_setup import BackupSetup

KEY = Identity.generate()
FOR_US = [KEY.to_public()]
CONTENT = b"a line of a log\n" * 20_000


@pytest.fixture
def backups(tmp_path: Path, database: Database) -> BackupSetup:
    made = BackupSetup.at(tmp_path, database)
    for number in range(3):
        made.upload(CONTENT + b"%d" % number, "obd.log")
    storing.store_waiting(made.context())
    return made


@pytest.fixture
def nas(tmp_path: Path) -> Path:
    folder = tmp_path / "nas"
    folder.mkdir()
    (folder / MARKER).touch()
    return folder


def replicate(backups: BackupSetup, nas: Path, recipients: list[Recipient]) -> int:
    backups.clock.advance(hours=1)
    return replicating.replicate(backups.context(), StoreReplica(nas.as_uri(), StoreAccess()), recipients)


def copies(nas: Path) -> list[str]:
    return sorted(path.name for path in nas.rglob("*") if path.is_file() and path.name != MARKER)


def test_what_leaves_is_encrypted_and_opens_to_the_file_received(
    backups: BackupSetup, nas: Path, tmp_path: Path
) -> None:
    assert replicate(backups, nas, FOR_US) == 3
    assert replicate(backups, nas, FOR_US) == 0

    for row in backups.rows("stored"):
        copy = nas / f"{row.path}.age"
        assert CONTENT[:64] not in copy.read_bytes()
        assert unseal(copy, tmp_path / row.backup_id, [KEY]) == row.sha256
    assert copies(nas) == sorted(f"{row.filename}.age" for row in backups.rows("stored"))
    assert backups.spooled_files() == set()


@pytest.mark.databases("sqlite")
def test_copies_made_before_are_made_anew_when_encryption_is_turned_on_or_off(backups: BackupSetup, nas: Path) -> None:
    names = sorted(row.filename for row in backups.rows("stored"))

    replicate(backups, nas, [])
    assert copies(nas) == names

    assert replicate(backups, nas, FOR_US) == 3
    assert copies(nas) == [f"{name}.age" for name in names]

    assert replicate(backups, nas, []) == 3
    assert copies(nas) == names


@pytest.mark.databases("sqlite")
def test_another_key_makes_every_copy_anew(backups: BackupSetup, nas: Path, tmp_path: Path) -> None:
    new = Identity.generate()
    replicate(backups, nas, FOR_US)

    assert replicate(backups, nas, [new.to_public()]) == 3

    row = backups.rows("stored")[0]
    assert unseal(nas / f"{row.path}.age", tmp_path / "out", [new]) == row.sha256


def test_what_was_rotated_goes_in_whichever_form_it_is_there(backups: BackupSetup, nas: Path) -> None:
    replicate(backups, nas, FOR_US)
    rotation.rotate_all(backups.context(RetentionPolicy(last=1)))

    replicate(backups, nas, [])

    assert copies(nas) == [row.filename for row in backups.rows("stored")]


@pytest.mark.databases("sqlite")
def test_a_file_that_rotted_is_not_encrypted_and_holds_up_no_other(backups: BackupSetup, nas: Path) -> None:
    rotten, *whole = backups.rows("stored")
    backups.vault.path(rotten.path).write_bytes(b"rotten")

    assert replicate(backups, nas, FOR_US) == 2

    assert copies(nas) == sorted(f"{row.filename}.age" for row in whole)
    assert backups.row(rotten.backup_id).replicated_at is None


@pytest.mark.databases("sqlite")
def test_a_disk_without_room_to_encrypt_is_told_and_nothing_goes_in_the_clear(backups: BackupSetup, nas: Path) -> None:
    full = replace(backups.context(), reserve_bytes=1 << 60)

    with pytest.raises(ReplicaError, match="no room"):
        replicating.replicate(full, StoreReplica(nas.as_uri(), StoreAccess()), FOR_US)

    assert copies(nas) == []


@pytest.mark.databases("sqlite")
def test_the_marker_tells_whom_copies_are_for(backups: BackupSetup, nas: Path) -> None:
    replicate(backups, nas, FOR_US)

    assert f"encrypted for {FOR_US[0]}" in (nas / MARKER).read_text()
    assert str(KEY) not in (nas / MARKER).read_text()

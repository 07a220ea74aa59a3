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
from support.backup_workshop import Bench

KEY = Identity.generate()
FOR_US = [KEY.to_public()]
CONTENT = b"a line of a log\n" * 20_000


@pytest.fixture
def bench(tmp_path: Path, database: Database) -> Bench:
    made = Bench.at(tmp_path, database)
    for number in range(3):
        made.upload(CONTENT + b"%d" % number, "obd.log")
    storing.store_waiting(made.shop())
    return made


@pytest.fixture
def nas(tmp_path: Path) -> Path:
    folder = tmp_path / "nas"
    folder.mkdir()
    (folder / MARKER).touch()
    return folder


def replicate(bench: Bench, nas: Path, recipients: list[Recipient]) -> int:
    bench.clock.advance(hours=1)
    return replicating.replicate(bench.shop(), StoreReplica(nas.as_uri(), StoreAccess()), recipients)


def copies(nas: Path) -> list[str]:
    return sorted(path.name for path in nas.rglob("*") if path.is_file() and path.name != MARKER)


def test_what_leaves_is_encrypted_and_opens_to_the_file_received(bench: Bench, nas: Path, tmp_path: Path) -> None:
    assert replicate(bench, nas, FOR_US) == 3
    assert replicate(bench, nas, FOR_US) == 0

    for row in bench.rows("stored"):
        copy = nas / f"{row.path}.age"
        assert CONTENT[:64] not in copy.read_bytes()
        assert unseal(copy, tmp_path / row.backup_id, [KEY]) == row.sha256
    assert copies(nas) == sorted(f"{row.filename}.age" for row in bench.rows("stored"))
    assert bench.spooled_files() == set()


@pytest.mark.databases("sqlite")
def test_copies_made_before_are_made_anew_when_encryption_is_turned_on_or_off(bench: Bench, nas: Path) -> None:
    names = sorted(row.filename for row in bench.rows("stored"))

    replicate(bench, nas, [])
    assert copies(nas) == names

    assert replicate(bench, nas, FOR_US) == 3
    assert copies(nas) == [f"{name}.age" for name in names]

    assert replicate(bench, nas, []) == 3
    assert copies(nas) == names


@pytest.mark.databases("sqlite")
def test_another_key_makes_every_copy_anew(bench: Bench, nas: Path, tmp_path: Path) -> None:
    new = Identity.generate()
    replicate(bench, nas, FOR_US)

    assert replicate(bench, nas, [new.to_public()]) == 3

    row = bench.rows("stored")[0]
    assert unseal(nas / f"{row.path}.age", tmp_path / "out", [new]) == row.sha256


def test_what_was_rotated_goes_in_whichever_form_it_is_there(bench: Bench, nas: Path) -> None:
    replicate(bench, nas, FOR_US)
    rotation.rotate_all(bench.shop(RetentionPolicy(last=1)))

    replicate(bench, nas, [])

    assert copies(nas) == [row.filename for row in bench.rows("stored")]


@pytest.mark.databases("sqlite")
def test_a_file_that_rotted_is_not_encrypted_and_holds_up_no_other(bench: Bench, nas: Path) -> None:
    rotten, *whole = bench.rows("stored")
    bench.vault.path(rotten.path).write_bytes(b"rotten")

    assert replicate(bench, nas, FOR_US) == 2

    assert copies(nas) == sorted(f"{row.filename}.age" for row in whole)
    assert bench.row(rotten.backup_id).replicated_at is None


@pytest.mark.databases("sqlite")
def test_a_disk_without_room_to_encrypt_is_told_and_nothing_goes_in_the_clear(bench: Bench, nas: Path) -> None:
    full = replace(bench.shop(), reserve_bytes=1 << 60)

    with pytest.raises(ReplicaError, match="no room"):
        replicating.replicate(full, StoreReplica(nas.as_uri(), StoreAccess()), FOR_US)

    assert copies(nas) == []


@pytest.mark.databases("sqlite")
def test_the_marker_tells_whom_copies_are_for(bench: Bench, nas: Path) -> None:
    replicate(bench, nas, FOR_US)

    assert f"encrypted for {FOR_US[0]}" in (nas / MARKER).read_text()
    assert str(KEY) not in (nas / MARKER).read_text()

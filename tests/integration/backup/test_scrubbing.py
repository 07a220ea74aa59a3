"""The vault is read again on schedule: rot, damage and loss are found and told, and spare the last good file."""

from datetime import timedelta
from pathlib import Path

import pytest

from obd2_backup import rotation, scrubbing, storing
from obd2_backup.retention import RetentionPolicy
from obd2_common.db.database import Database
from support.backup_samples import database_bytes, with_corrupt_page
from support.backup_setup import BackupSetup

WEEK = timedelta(days=7)


@pytest.fixture
def backups(tmp_path: Path, database: Database) -> BackupSetup:
    return BackupSetup.at(tmp_path, database)


def scrub(backups: BackupSetup) -> int:
    """Scrub until nothing is due; the number of backups checked."""
    checked = 0
    while scrubbing.scrub_next(backups.context(), interval=WEEK):
        checked += 1
    return checked


def test_nothing_is_read_again_before_its_time(backups: BackupSetup) -> None:
    backups.upload(b"log", "obd.log")
    storing.store_waiting(backups.context())
    backups.clock.advance(days=6)

    assert scrub(backups) == 0


def test_each_backup_is_read_again_once_its_check_has_aged(backups: BackupSetup, tmp_path: Path) -> None:
    ids = [backups.upload(database_bytes(tmp_path, seed=seed)) for seed in range(3)]
    storing.store_waiting(backups.context())
    backups.clock.advance(days=8)

    assert scrub(backups) == 3
    assert scrub(backups) == 0
    assert {backups.row(backup_id).verified_at for backup_id in ids} == {backups.clock()}
    assert {backups.row(backup_id).verification for backup_id in ids} == {"ok"}


def test_a_flipped_bit_is_found_marked_and_kept(backups: BackupSetup, tmp_path: Path) -> None:
    backup_id = backups.upload(database_bytes(tmp_path))
    storing.store_waiting(backups.context())
    place = backups.vault.path(backups.row(backup_id).path)
    content = bytearray(place.read_bytes())
    content[-1] ^= 1
    place.write_bytes(content)
    backups.clock.advance(days=8)

    scrub(backups)

    assert backups.row(backup_id).verification == "damaged"
    assert place.exists()


def test_a_rotten_file_no_longer_counts_as_the_last_good_one(backups: BackupSetup, tmp_path: Path) -> None:
    older = backups.upload(database_bytes(tmp_path, seed=1))
    newer = backups.upload(database_bytes(tmp_path, seed=2))
    storing.store_waiting(backups.context())
    place = backups.vault.path(backups.row(newer).path)
    place.write_bytes(with_corrupt_page(place.read_bytes()))
    backups.clock.advance(days=8)

    scrub(backups)
    rotation.rotate_all(backups.context(RetentionPolicy(last=1)))

    assert {row.backup_id for row in backups.rows("stored")} == {older, newer}


def test_a_file_that_vanished_is_marked_missing(backups: BackupSetup) -> None:
    backup_id = backups.upload(b"log", "obd.log")
    storing.store_waiting(backups.context())
    backups.vault.path(backups.row(backup_id).path).unlink()
    backups.clock.advance(days=8)

    scrub(backups)

    assert backups.row(backup_id).state == "missing"
    assert scrub(backups) == 0


def test_a_file_that_was_replaced_by_a_link_is_marked_missing(backups: BackupSetup, tmp_path: Path) -> None:
    backup_id = backups.upload(b"log", "obd.log")
    storing.store_waiting(backups.context())
    place = backups.vault.path(backups.row(backup_id).path)
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    backups.clock.advance(days=8)

    scrub(backups)

    assert backups.row(backup_id).state == "missing"


def test_a_stop_during_a_scrub_leaves_the_verdict_as_it_was(backups: BackupSetup) -> None:
    backup_id = backups.upload(b"log", "obd.log")
    storing.store_waiting(backups.context())
    before = backups.row(backup_id).verified_at
    backups.clock.advance(days=8)
    answers = iter([False, True, True])

    assert not scrubbing.scrub_next(backups.context(should_stop=lambda: next(answers)), interval=WEEK)
    assert backups.row(backup_id).verified_at == before

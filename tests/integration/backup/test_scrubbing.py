"""The vault is read again on schedule: rot, damage and loss are found and told, and spare the last good file."""

from datetime import timedelta
from pathlib import Path

import pytest

from obd2_backup import rotation, scrubbing, storing
from obd2_backup.retention import RetentionPolicy
from obd2_common.db.database import Database
from support.backup_samples import database_bytes, with_corrupt_page
from support.backup_workshop import Bench

WEEK = timedelta(days=7)


@pytest.fixture
def bench(tmp_path: Path, database: Database) -> Bench:
    return Bench.at(tmp_path, database)


def scrub(bench: Bench) -> int:
    """Scrub until nothing is due; the number of backups checked."""
    checked = 0
    while scrubbing.scrub_next(bench.shop(), interval=WEEK):
        checked += 1
    return checked


def test_nothing_is_read_again_before_its_time(bench: Bench) -> None:
    bench.upload(b"log", "obd.log")
    storing.store_waiting(bench.shop())
    bench.clock.advance(days=6)

    assert scrub(bench) == 0


def test_each_backup_is_read_again_once_its_check_has_aged(bench: Bench, tmp_path: Path) -> None:
    ids = [bench.upload(database_bytes(tmp_path, seed=seed)) for seed in range(3)]
    storing.store_waiting(bench.shop())
    bench.clock.advance(days=8)

    assert scrub(bench) == 3
    assert scrub(bench) == 0
    assert {bench.row(backup_id).verified_at for backup_id in ids} == {bench.clock()}
    assert {bench.row(backup_id).verification for backup_id in ids} == {"ok"}


def test_a_flipped_bit_is_found_marked_and_kept(bench: Bench, tmp_path: Path) -> None:
    backup_id = bench.upload(database_bytes(tmp_path))
    storing.store_waiting(bench.shop())
    place = bench.vault.path(bench.row(backup_id).path)
    content = bytearray(place.read_bytes())
    content[-1] ^= 1
    place.write_bytes(content)
    bench.clock.advance(days=8)

    scrub(bench)

    assert bench.row(backup_id).verification == "damaged"
    assert place.exists()


def test_a_rotten_file_no_longer_counts_as_the_last_good_one(bench: Bench, tmp_path: Path) -> None:
    older = bench.upload(database_bytes(tmp_path, seed=1))
    newer = bench.upload(database_bytes(tmp_path, seed=2))
    storing.store_waiting(bench.shop())
    place = bench.vault.path(bench.row(newer).path)
    place.write_bytes(with_corrupt_page(place.read_bytes()))
    bench.clock.advance(days=8)

    scrub(bench)
    rotation.rotate_all(bench.shop(RetentionPolicy(last=1)))

    assert {row.backup_id for row in bench.rows("stored")} == {older, newer}


def test_a_file_that_vanished_is_marked_missing(bench: Bench) -> None:
    backup_id = bench.upload(b"log", "obd.log")
    storing.store_waiting(bench.shop())
    bench.vault.path(bench.row(backup_id).path).unlink()
    bench.clock.advance(days=8)

    scrub(bench)

    assert bench.row(backup_id).state == "missing"
    assert scrub(bench) == 0


def test_a_file_that_was_replaced_by_a_link_is_marked_missing(bench: Bench, tmp_path: Path) -> None:
    backup_id = bench.upload(b"log", "obd.log")
    storing.store_waiting(bench.shop())
    place = bench.vault.path(bench.row(backup_id).path)
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    bench.clock.advance(days=8)

    scrub(bench)

    assert bench.row(backup_id).state == "missing"


def test_a_stop_during_a_scrub_leaves_the_verdict_as_it_was(bench: Bench) -> None:
    backup_id = bench.upload(b"log", "obd.log")
    storing.store_waiting(bench.shop())
    before = bench.row(backup_id).verified_at
    bench.clock.advance(days=8)
    answers = iter([False, True, True])

    assert not scrubbing.scrub_next(bench.shop(should_stop=lambda: next(answers)), interval=WEEK)
    assert bench.row(backup_id).verified_at == before

"""Uploads go from the spool to the vault, checked, recorded and rotated, whatever happens on the way."""

import gzip
import os
from datetime import timedelta
from pathlib import Path

import pytest

from backup_samples import config_bytes, database_bytes, sha256, truncated_gzip
from backup_workshop import Bench
from obd2_backup import jobs
from obd2_backup.retention import RetentionPolicy
from obd2_common.database import Database


@pytest.fixture
def bench(tmp_path: Path, database: Database) -> Bench:
    return Bench.at(tmp_path, database)


def test_an_upload_is_checked_and_stored_under_its_stamped_name(bench: Bench, tmp_path: Path) -> None:
    content = gzip.compress(database_bytes(tmp_path))
    backup_id = bench.upload(content, "obd.db.gz")
    bench.clock.advance(seconds=1)

    jobs.store_waiting(bench.shop())

    row = bench.row(backup_id)
    assert row.path == "chi-eclipse-01/database/obd-2026-07-11T18-20-05-000000.db.gz"
    assert (bench.vault.root / row.path).read_bytes() == content
    assert (row.state, row.verification, row.rotated_count) == ("stored", "ok", 0)
    assert row.stored_at == bench.clock()
    assert row.sha256 == sha256(content)
    assert bench.spooled_files() == set()


def test_a_damaged_upload_is_kept_and_marked(bench: Bench) -> None:
    backup_id = bench.upload(truncated_gzip(b"log line\n" * 1000), "obd.log.gz", backup_type="logs")

    jobs.store_waiting(bench.shop())

    row = bench.row(backup_id)
    assert (row.state, row.verification) == ("stored", "damaged")
    assert row.verification_detail is not None
    assert bench.files() == {row.path}


def test_two_uploads_of_one_name_at_one_moment_are_both_kept(bench: Bench) -> None:
    first, second = bench.upload(b"one", "obd.log"), bench.upload(b"two", "obd.log")

    jobs.store_waiting(bench.shop())

    assert bench.row(first).path != bench.row(second).path
    assert len(bench.files()) == 2


def test_of_thirty_two_uploads_the_newest_thirty_are_kept(bench: Bench) -> None:
    ids = [bench.upload(f"log {number}\n".encode(), "obd.log") for number in range(32)]

    jobs.store_waiting(bench.shop())

    assert [row.backup_id for row in bench.rows("stored")] == ids[2:]
    assert [row.backup_id for row in bench.rows("rotated")] == ids[:2]
    assert bench.files() == {row.path for row in bench.rows("stored")}
    assert [bench.row(backup_id).rotated_count for backup_id in ids[-3:]] == [0, 1, 1]


def test_a_clock_that_steps_back_makes_no_upload_older_than_those_before_it(bench: Bench) -> None:
    first = [bench.upload(f"{number}".encode(), "obd.log") for number in range(3)]
    bench.clock.advance(days=-400)
    later = [bench.upload(f"later {number}".encode(), "obd.log") for number in range(3)]

    jobs.store_waiting(bench.shop(RetentionPolicy(last=3)))

    assert {row.backup_id for row in bench.rows("stored")} == set(later)
    assert {row.backup_id for row in bench.rows("rotated")} == set(first)


def test_the_last_verified_backup_outlives_any_number_of_damaged_ones(bench: Bench, tmp_path: Path) -> None:
    good = bench.upload(database_bytes(tmp_path))
    for number in range(5):
        bench.upload(b"damaged %d" % number)

    jobs.store_waiting(bench.shop(RetentionPolicy(last=2)))

    assert bench.rows("stored")[0].backup_id == good
    assert len(bench.files()) == 3


def test_devices_and_types_are_rotated_apart(bench: Bench) -> None:
    for number in range(3):
        bench.upload(b"a%d" % number, "obd.log", device_id="car-a", backup_type="logs")
        bench.upload(b"b%d" % number, "obd.log", device_id="car-b", backup_type="logs")
        bench.upload(b"c%d" % number, "obd.log", device_id="car-a", backup_type="config")

    jobs.store_waiting(bench.shop(RetentionPolicy(last=2)))

    assert len(bench.files()) == 6


def test_files_the_server_did_not_record_are_never_touched(bench: Bench) -> None:
    stranger = bench.vault.root / "chi-eclipse-01" / "logs" / "obd-1970-01-01T00-00-00-000000.log"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"mine")
    for number in range(3):
        bench.upload(b"%d" % number, "obd.log", backup_type="logs")

    jobs.store_waiting(bench.shop(RetentionPolicy(last=1)))

    assert stranger.read_bytes() == b"mine"


def test_a_name_that_is_taken_in_the_vault_is_left_alone(bench: Bench) -> None:
    backup_id = bench.upload(b"upload", "obd.log", backup_type="logs")
    stranger = bench.vault.path(bench.row(backup_id).path)
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"stranger")

    jobs.store_waiting(bench.shop())

    row = bench.row(backup_id)
    assert stranger.read_bytes() == b"stranger"
    assert row.filename == "obd-2026-07-11T18-20-05-000001.log"
    assert bench.vault.path(row.path).read_bytes() == b"upload"


def test_an_upload_that_vanished_is_marked_missing_and_the_others_go_on(bench: Bench) -> None:
    lost, kept = bench.upload(b"lost", "obd.log"), bench.upload(b"kept", "obd.log")
    bench.vault.spooled(lost).unlink()

    jobs.store_waiting(bench.shop())

    assert bench.row(lost).state == "missing"
    assert bench.row(kept).state == "stored"


def test_an_upload_that_cannot_be_placed_does_not_hold_up_the_others(bench: Bench, tmp_path: Path) -> None:
    blocked = bench.upload(b"x", "obd.log", device_id="car-a")
    kept = bench.upload(b"y", "obd.log", device_id="car-b")
    (bench.vault.root / "car-a").symlink_to(tmp_path)

    jobs.store_waiting(bench.shop())

    assert bench.row(blocked).state == "spooled"
    assert bench.row(kept).state == "stored"
    assert bench.spooled_files() == {blocked}


def test_an_upload_nobody_was_told_of_expires_and_others_stay(bench: Bench) -> None:
    orphan = bench.upload(b"orphan", is_recorded=False)
    recorded = bench.upload(b"recorded")
    (bench.vault.spool_dir / "incoming" / "broken.part").write_bytes(b"half")
    now = bench.clock().timestamp()
    for path in bench.vault.spool_dir.rglob("*"):
        os.utime(path, (now, now))
    bench.clock.advance(hours=2)

    assert jobs.expire_uploads(bench.shop(), age=timedelta(hours=3)) == 0
    assert bench.spooled_files() == {orphan, recorded, "broken.part"}
    assert jobs.expire_uploads(bench.shop(), age=timedelta(hours=1)) == 2
    assert bench.spooled_files() == {recorded}


def test_a_scheduled_rotation_applies_a_policy_that_became_stricter(bench: Bench) -> None:
    for number in range(6):
        bench.upload(b"%d" % number, "obd.log")
    jobs.store_waiting(bench.shop())

    assert jobs.rotate_all(bench.shop(RetentionPolicy(last=2))) == 4
    assert jobs.rotate_all(bench.shop(RetentionPolicy(last=2))) == 0
    assert len(bench.files()) == 2


def test_a_stop_during_a_check_leaves_the_upload_for_the_next_start(bench: Bench) -> None:
    backup_id = bench.upload(config_bytes(), "config.json", backup_type="config")
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    jobs.store_waiting(bench.shop(should_stop=should_stop))
    assert bench.row(backup_id).state == "spooled"

    jobs.store_waiting(bench.shop())
    assert bench.row(backup_id).verification == "ok"

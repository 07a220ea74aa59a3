"""Uploads go from the spool to the vault, checked, recorded and rotated, whatever happens on the way."""

import gzip
import os
from datetime import timedelta
from pathlib import Path

import pytest

from obd2_backup import expiry, rotation, storing
from obd2_backup.retention import RetentionPolicy
from obd2_common.db.database import Database
from support.backup_samples import config_bytes, database_bytes, sha256, truncated_gzip
from support.backup_workshop import Bench


@pytest.fixture
def bench(tmp_path: Path, database: Database) -> Bench:
    return Bench.at(tmp_path, database)


def test_an_upload_is_checked_and_stored_under_its_stamped_name(bench: Bench, tmp_path: Path) -> None:
    content = gzip.compress(database_bytes(tmp_path))
    backup_id = bench.upload(content, "obd.db.gz")
    bench.clock.advance(seconds=1)

    storing.store_waiting(bench.shop())

    row = bench.row(backup_id)
    assert row.path == "chi-eclipse-01/database/obd-2026-07-11T18-20-05-000000.db.gz"
    assert (bench.vault.root / row.path).read_bytes() == content
    assert (row.state, row.verification, row.rotated_count) == ("stored", "ok", 0)
    assert row.stored_at == bench.clock()
    assert row.sha256 == sha256(content)
    assert bench.spooled_files() == set()


def test_a_damaged_upload_is_kept_and_marked(bench: Bench) -> None:
    backup_id = bench.upload(truncated_gzip(b"log line\n" * 1000), "obd.log.gz", backup_type="logs")

    storing.store_waiting(bench.shop())

    row = bench.row(backup_id)
    assert (row.state, row.verification) == ("stored", "damaged")
    assert row.verification_detail is not None
    assert bench.files() == {row.path}


def test_two_uploads_of_one_name_at_one_moment_are_both_kept(bench: Bench) -> None:
    first, second = bench.upload(b"one", "obd.log"), bench.upload(b"two", "obd.log")

    storing.store_waiting(bench.shop())

    assert bench.row(first).path != bench.row(second).path
    assert len(bench.files()) == 2


def test_of_thirty_two_uploads_the_newest_thirty_are_kept(bench: Bench) -> None:
    ids = [bench.upload(f"log {number}\n".encode(), "obd.log") for number in range(32)]

    storing.store_waiting(bench.shop())

    assert [row.backup_id for row in bench.rows("stored")] == ids[2:]
    assert [row.backup_id for row in bench.rows("rotated")] == ids[:2]
    assert bench.files() == {row.path for row in bench.rows("stored")}
    assert [bench.row(backup_id).rotated_count for backup_id in ids[-3:]] == [0, 1, 1]


def test_a_clock_that_steps_back_makes_no_upload_older_than_those_before_it(bench: Bench) -> None:
    first = [bench.upload(f"{number}".encode(), "obd.log") for number in range(3)]
    bench.clock.advance(days=-400)
    later = [bench.upload(f"later {number}".encode(), "obd.log") for number in range(3)]

    storing.store_waiting(bench.shop(RetentionPolicy(last=3)))

    assert {row.backup_id for row in bench.rows("stored")} == set(later)
    assert {row.backup_id for row in bench.rows("rotated")} == set(first)


def test_the_last_verified_backup_outlives_any_number_of_damaged_ones(bench: Bench, tmp_path: Path) -> None:
    good = bench.upload(database_bytes(tmp_path))
    for number in range(5):
        bench.upload(b"damaged %d" % number)

    storing.store_waiting(bench.shop(RetentionPolicy(last=2)))

    assert bench.rows("stored")[0].backup_id == good
    assert len(bench.files()) == 3


def test_devices_and_types_are_rotated_apart(bench: Bench) -> None:
    for number in range(3):
        bench.upload(b"a%d" % number, "obd.log", device_id="car-a", backup_type="logs")
        bench.upload(b"b%d" % number, "obd.log", device_id="car-b", backup_type="logs")
        bench.upload(b"c%d" % number, "obd.log", device_id="car-a", backup_type="config")

    storing.store_waiting(bench.shop(RetentionPolicy(last=2)))

    assert len(bench.files()) == 6


def test_files_the_server_did_not_record_are_never_touched(bench: Bench) -> None:
    stranger = bench.vault.root / "chi-eclipse-01" / "logs" / "obd-1970-01-01T00-00-00-000000.log"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"mine")
    for number in range(3):
        bench.upload(b"%d" % number, "obd.log", backup_type="logs")

    storing.store_waiting(bench.shop(RetentionPolicy(last=1)))

    assert stranger.read_bytes() == b"mine"


def test_a_name_that_is_taken_in_the_vault_is_left_alone(bench: Bench) -> None:
    backup_id = bench.upload(b"upload", "obd.log", backup_type="logs")
    stranger = bench.vault.path(bench.row(backup_id).path)
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"stranger")

    storing.store_waiting(bench.shop())

    row = bench.row(backup_id)
    assert stranger.read_bytes() == b"stranger"
    assert row.filename == "obd-2026-07-11T18-20-05-000001.log"
    assert bench.vault.path(row.path).read_bytes() == b"upload"


def test_an_upload_that_vanished_is_marked_missing_and_the_others_go_on(bench: Bench) -> None:
    lost, kept = bench.upload(b"lost", "obd.log"), bench.upload(b"kept", "obd.log")
    bench.vault.spooled(lost).unlink()

    storing.store_waiting(bench.shop())

    assert bench.row(lost).state == "missing"
    assert bench.row(kept).state == "stored"


def test_an_upload_that_cannot_be_placed_does_not_hold_up_the_others(bench: Bench, tmp_path: Path) -> None:
    blocked = bench.upload(b"x", "obd.log", device_id="car-a")
    kept = bench.upload(b"y", "obd.log", device_id="car-b")
    (bench.vault.root / "car-a").symlink_to(tmp_path)

    storing.store_waiting(bench.shop())

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

    assert expiry.expire_uploads(bench.shop(), age=timedelta(hours=3)) == 0
    assert bench.spooled_files() == {orphan, recorded, "broken.part"}
    assert expiry.expire_uploads(bench.shop(), age=timedelta(hours=1)) == 2
    assert bench.spooled_files() == {recorded}


def test_a_scheduled_rotation_applies_a_policy_that_became_stricter(bench: Bench) -> None:
    for number in range(6):
        bench.upload(b"%d" % number, "obd.log")
    storing.store_waiting(bench.shop())

    assert rotation.rotate_all(bench.shop(RetentionPolicy(last=2))) == 4
    assert rotation.rotate_all(bench.shop(RetentionPolicy(last=2))) == 0
    assert len(bench.files()) == 2


def test_a_stop_during_a_check_leaves_the_upload_for_the_next_start(bench: Bench) -> None:
    backup_id = bench.upload(config_bytes(), "config.json", backup_type="config")
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    storing.store_waiting(bench.shop(should_stop=should_stop))
    assert bench.row(backup_id).state == "spooled"

    storing.store_waiting(bench.shop())
    assert bench.row(backup_id).verification == "ok"


def inodes(bench: Bench) -> set[int]:
    return {(bench.vault.root / path).stat().st_ino for path in bench.files()}


def test_the_same_content_sent_again_is_on_the_disk_once_and_says_so(bench: Bench, tmp_path: Path) -> None:
    content = database_bytes(tmp_path)
    ids = [bench.upload(content) for _ in range(3)]

    storing.store_waiting(bench.shop())

    assert len(bench.files()) == 3
    assert len(inodes(bench)) == 1
    assert [row.duplicate_of for row in bench.rows()] == [None, ids[0], ids[0]]
    assert {row.verification for row in bench.rows()} == {"ok"}
    assert bench.spooled_files() == set()


def test_the_same_content_of_another_device_or_type_is_kept_apart(bench: Bench) -> None:
    bench.upload(b"log", "obd.log", device_id="car-a")
    bench.upload(b"log", "obd.log", device_id="car-b")
    bench.upload(b"log", "obd.log", device_id="car-a", backup_type="logs")

    storing.store_waiting(bench.shop())

    assert len(inodes(bench)) == 3


def test_a_shared_content_outlives_the_rotation_of_its_first_name(bench: Bench) -> None:
    first, second = bench.upload(b"log", "obd.log"), bench.upload(b"log", "obd.log")

    storing.store_waiting(bench.shop(RetentionPolicy(last=1)))

    assert bench.row(first).state == "rotated"
    assert bench.vault.path(bench.row(second).path).read_bytes() == b"log"


def test_the_same_content_under_a_name_that_promises_another_is_checked_on_its_own(bench: Bench) -> None:
    log, database = bench.upload(b"log", "obd.log"), bench.upload(b"log", "obd.db")

    storing.store_waiting(bench.shop())

    assert (bench.row(log).verification, bench.row(database).verification) == ("ok", "damaged")


def test_content_that_has_rotted_in_the_vault_is_brought_back_by_the_next_upload(bench: Bench) -> None:
    first = bench.upload(b"log 1", "obd.log")
    storing.store_waiting(bench.shop())
    bench.vault.path(bench.row(first).path).write_bytes(b"log 2")

    second = bench.upload(b"log 1", "obd.log")
    storing.store_waiting(bench.shop())

    assert bench.row(second).duplicate_of is None
    assert bench.vault.path(bench.row(second).path).read_bytes() == b"log 1"


def test_a_rotation_leaves_a_record_of_what_went(bench: Bench) -> None:
    for number in range(3):
        bench.upload(b"%d" % number, "obd.log")

    storing.store_waiting(bench.shop(RetentionPolicy(last=2)))

    (run,) = bench.runs("rotation")
    assert (run.source_device, run.type, run.outcome) == ("chi-eclipse-01", "database", "ok")
    assert run.details == {"deleted": [bench.rows("rotated")[0].filename], "failed": []}


def test_a_file_that_cannot_be_deleted_stays_condemned_and_is_told(bench: Bench) -> None:
    ids = [bench.upload(b"%d" % number, "obd.log") for number in range(2)]
    storing.store_waiting(bench.shop())
    obstacle = bench.vault.path(bench.row(ids[0]).path)
    obstacle.unlink()
    obstacle.mkdir()

    rotation.rotate_all(bench.shop(RetentionPolicy(last=1)))

    assert bench.row(ids[0]).state == "rotating"
    assert [run.outcome for run in bench.runs("rotation")] == ["failed"]

    obstacle.rmdir()
    rotation.finish_rotations(bench.shop())
    assert bench.row(ids[0]).state == "rotated"

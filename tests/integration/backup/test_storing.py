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
from support.backup_setup import BackupSetup


@pytest.fixture
def backups(tmp_path: Path, database: Database) -> BackupSetup:
    return BackupSetup.at(tmp_path, database)


def test_an_upload_is_checked_and_stored_under_its_stamped_name(backups: BackupSetup, tmp_path: Path) -> None:
    content = gzip.compress(database_bytes(tmp_path))
    backup_id = backups.upload(content, "obd.db.gz")
    backups.clock.advance(seconds=1)

    storing.store_waiting(backups.context())

    row = backups.row(backup_id)
    assert row.path == "chi-eclipse-01/database/obd-2026-07-11T18-20-05-000000.db.gz"
    assert (backups.vault.root / row.path).read_bytes() == content
    assert (row.state, row.verification, row.rotated_count) == ("stored", "ok", 0)
    assert row.stored_at == backups.clock()
    assert row.sha256 == sha256(content)
    assert backups.spooled_files() == set()


def test_a_damaged_upload_is_kept_and_marked(backups: BackupSetup) -> None:
    backup_id = backups.upload(truncated_gzip(b"log line\n" * 1000), "obd.log.gz", backup_type="logs")

    storing.store_waiting(backups.context())

    row = backups.row(backup_id)
    assert (row.state, row.verification) == ("stored", "damaged")
    assert row.verification_detail is not None
    assert backups.files() == {row.path}


def test_two_uploads_of_one_name_at_one_moment_are_both_kept(backups: BackupSetup) -> None:
    first, second = backups.upload(b"one", "obd.log"), backups.upload(b"two", "obd.log")

    storing.store_waiting(backups.context())

    assert backups.row(first).path != backups.row(second).path
    assert len(backups.files()) == 2


def test_of_thirty_two_uploads_the_newest_thirty_are_kept(backups: BackupSetup) -> None:
    ids = [backups.upload(f"log {number}\n".encode(), "obd.log") for number in range(32)]

    storing.store_waiting(backups.context())

    assert [row.backup_id for row in backups.rows("stored")] == ids[2:]
    assert [row.backup_id for row in backups.rows("rotated")] == ids[:2]
    assert backups.files() == {row.path for row in backups.rows("stored")}
    assert [backups.row(backup_id).rotated_count for backup_id in ids[-3:]] == [0, 1, 1]


def test_a_clock_that_steps_back_makes_no_upload_older_than_those_before_it(backups: BackupSetup) -> None:
    first = [backups.upload(f"{number}".encode(), "obd.log") for number in range(3)]
    backups.clock.advance(days=-400)
    later = [backups.upload(f"later {number}".encode(), "obd.log") for number in range(3)]

    storing.store_waiting(backups.context(RetentionPolicy(last=3)))

    assert {row.backup_id for row in backups.rows("stored")} == set(later)
    assert {row.backup_id for row in backups.rows("rotated")} == set(first)


def test_the_last_verified_backup_outlives_any_number_of_damaged_ones(backups: BackupSetup, tmp_path: Path) -> None:
    good = backups.upload(database_bytes(tmp_path))
    for number in range(5):
        backups.upload(b"damaged %d" % number)

    storing.store_waiting(backups.context(RetentionPolicy(last=2)))

    assert backups.rows("stored")[0].backup_id == good
    assert len(backups.files()) == 3


def test_devices_and_types_are_rotated_apart(backups: BackupSetup) -> None:
    for number in range(3):
        backups.upload(b"a%d" % number, "obd.log", device_id="car-a", backup_type="logs")
        backups.upload(b"b%d" % number, "obd.log", device_id="car-b", backup_type="logs")
        backups.upload(b"c%d" % number, "obd.log", device_id="car-a", backup_type="config")

    storing.store_waiting(backups.context(RetentionPolicy(last=2)))

    assert len(backups.files()) == 6


def test_files_the_server_did_not_record_are_never_touched(backups: BackupSetup) -> None:
    stranger = backups.vault.root / "chi-eclipse-01" / "logs" / "obd-1970-01-01T00-00-00-000000.log"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"mine")
    for number in range(3):
        backups.upload(b"%d" % number, "obd.log", backup_type="logs")

    storing.store_waiting(backups.context(RetentionPolicy(last=1)))

    assert stranger.read_bytes() == b"mine"


def test_a_name_that_is_taken_in_the_vault_is_left_alone(backups: BackupSetup) -> None:
    backup_id = backups.upload(b"upload", "obd.log", backup_type="logs")
    stranger = backups.vault.path(backups.row(backup_id).path)
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"stranger")

    storing.store_waiting(backups.context())

    row = backups.row(backup_id)
    assert stranger.read_bytes() == b"stranger"
    assert row.filename == "obd-2026-07-11T18-20-05-000001.log"
    assert backups.vault.path(row.path).read_bytes() == b"upload"


def test_an_upload_that_vanished_is_marked_missing_and_the_others_go_on(backups: BackupSetup) -> None:
    lost, kept = backups.upload(b"lost", "obd.log"), backups.upload(b"kept", "obd.log")
    backups.vault.spooled(lost).unlink()

    storing.store_waiting(backups.context())

    assert backups.row(lost).state == "missing"
    assert backups.row(kept).state == "stored"


def test_an_upload_that_cannot_be_placed_does_not_hold_up_the_others(backups: BackupSetup, tmp_path: Path) -> None:
    blocked = backups.upload(b"x", "obd.log", device_id="car-a")
    kept = backups.upload(b"y", "obd.log", device_id="car-b")
    (backups.vault.root / "car-a").symlink_to(tmp_path)

    storing.store_waiting(backups.context())

    assert backups.row(blocked).state == "spooled"
    assert backups.row(kept).state == "stored"
    assert backups.spooled_files() == {blocked}


def test_an_upload_nobody_was_told_of_expires_and_others_stay(backups: BackupSetup) -> None:
    orphan = backups.upload(b"orphan", is_recorded=False)
    recorded = backups.upload(b"recorded")
    (backups.vault.spool_dir / "incoming" / "broken.part").write_bytes(b"half")
    now = backups.clock().timestamp()
    for path in backups.vault.spool_dir.rglob("*"):
        os.utime(path, (now, now))
    backups.clock.advance(hours=2)

    assert expiry.expire_uploads(backups.context(), age=timedelta(hours=3)) == 0
    assert backups.spooled_files() == {orphan, recorded, "broken.part"}
    assert expiry.expire_uploads(backups.context(), age=timedelta(hours=1)) == 2
    assert backups.spooled_files() == {recorded}


def test_a_scheduled_rotation_applies_a_policy_that_became_stricter(backups: BackupSetup) -> None:
    for number in range(6):
        backups.upload(b"%d" % number, "obd.log")
    storing.store_waiting(backups.context())

    assert rotation.rotate_all(backups.context(RetentionPolicy(last=2))) == 4
    assert rotation.rotate_all(backups.context(RetentionPolicy(last=2))) == 0
    assert len(backups.files()) == 2


def test_a_stop_during_a_check_leaves_the_upload_for_the_next_start(backups: BackupSetup) -> None:
    backup_id = backups.upload(config_bytes(), "config.json", backup_type="config")
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    storing.store_waiting(backups.context(should_stop=should_stop))
    assert backups.row(backup_id).state == "spooled"

    storing.store_waiting(backups.context())
    assert backups.row(backup_id).verification == "ok"


def inodes(backups: BackupSetup) -> set[int]:
    return {(backups.vault.root / path).stat().st_ino for path in backups.files()}


def test_the_same_content_sent_again_is_on_the_disk_once_and_says_so(backups: BackupSetup, tmp_path: Path) -> None:
    content = database_bytes(tmp_path)
    ids = [backups.upload(content) for _ in range(3)]

    storing.store_waiting(backups.context())

    assert len(backups.files()) == 3
    assert len(inodes(backups)) == 1
    assert [row.duplicate_of for row in backups.rows()] == [None, ids[0], ids[0]]
    assert {row.verification for row in backups.rows()} == {"ok"}
    assert backups.spooled_files() == set()


def test_the_same_content_of_another_device_or_type_is_kept_apart(backups: BackupSetup) -> None:
    backups.upload(b"log", "obd.log", device_id="car-a")
    backups.upload(b"log", "obd.log", device_id="car-b")
    backups.upload(b"log", "obd.log", device_id="car-a", backup_type="logs")

    storing.store_waiting(backups.context())

    assert len(inodes(backups)) == 3


def test_a_shared_content_outlives_the_rotation_of_its_first_name(backups: BackupSetup) -> None:
    first, second = backups.upload(b"log", "obd.log"), backups.upload(b"log", "obd.log")

    storing.store_waiting(backups.context(RetentionPolicy(last=1)))

    assert backups.row(first).state == "rotated"
    assert backups.vault.path(backups.row(second).path).read_bytes() == b"log"


def test_the_same_content_under_a_name_that_promises_another_is_checked_on_its_own(backups: BackupSetup) -> None:
    log, database = backups.upload(b"log", "obd.log"), backups.upload(b"log", "obd.db")

    storing.store_waiting(backups.context())

    assert (backups.row(log).verification, backups.row(database).verification) == ("ok", "damaged")


def test_content_that_has_rotted_in_the_vault_is_brought_back_by_the_next_upload(backups: BackupSetup) -> None:
    first = backups.upload(b"log 1", "obd.log")
    storing.store_waiting(backups.context())
    backups.vault.path(backups.row(first).path).write_bytes(b"log 2")

    second = backups.upload(b"log 1", "obd.log")
    storing.store_waiting(backups.context())

    assert backups.row(second).duplicate_of is None
    assert backups.vault.path(backups.row(second).path).read_bytes() == b"log 1"


def test_a_rotation_leaves_a_record_of_what_went(backups: BackupSetup) -> None:
    for number in range(3):
        backups.upload(b"%d" % number, "obd.log")

    storing.store_waiting(backups.context(RetentionPolicy(last=2)))

    (run,) = backups.runs("rotation")
    assert (run.source_device, run.type, run.outcome) == ("chi-eclipse-01", "database", "ok")
    assert run.details == {"deleted": [backups.rows("rotated")[0].filename], "failed": []}


def test_a_file_that_cannot_be_deleted_stays_condemned_and_is_told(backups: BackupSetup) -> None:
    ids = [backups.upload(b"%d" % number, "obd.log") for number in range(2)]
    storing.store_waiting(backups.context())
    obstacle = backups.vault.path(backups.row(ids[0]).path)
    obstacle.unlink()
    obstacle.mkdir()

    rotation.rotate_all(backups.context(RetentionPolicy(last=1)))

    assert backups.row(ids[0]).state == "rotating"
    assert [run.outcome for run in backups.runs("rotation")] == ["failed"]

    obstacle.rmdir()
    rotation.finish_rotations(backups.context())
    assert backups.row(ids[0]).state == "rotated"

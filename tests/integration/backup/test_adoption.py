"""Files of the vault that a database put back from a dump does not know are recorded again, and no others."""

from pathlib import Path

import pytest

from obd2_backup import storing
from obd2_backup.adoption import adopt
from obd2_backup.retention import RetentionPolicy
from obd2_common.db.database import Database
from obd2_common.tables.backups import Backup
from support.backup_setup import BackupSetup


@pytest.fixture
def backups(tmp_path: Path, database: Database) -> BackupSetup:
    return BackupSetup.at(tmp_path, database)


def forget(backups: BackupSetup, *backup_ids: str) -> None:
    """Take rows away, as putting an older dump back does."""
    for backup_id in backup_ids:
        backups.database.run(lambda session, lost=backup_id: session.delete(session.get(Backup, lost)))  # type: ignore[misc]


def facts(row: Backup) -> tuple[object, ...]:
    named = (row.source_device, row.type, row.original_name, row.filename, row.path)
    return (*named, row.size_bytes, row.sha256, row.received_at, row.state, row.verification)


def test_what_was_lost_sight_of_is_recorded_as_it_was_and_checked(backups: BackupSetup) -> None:
    ids = []
    for number, name in enumerate(["obd.log", "obd_backup_20260711_030000_1.db.gz", "config.json"]):
        backups.clock.advance(minutes=1)
        ids.append(backups.upload(b'{"n": %d}' % number, name))
    storing.store_waiting(backups.context())
    before = [facts(backups.row(backup_id)) for backup_id in ids]
    forget(backups, *ids[1:])

    adopted = adopt(backups.database, backups.vault, backups.clock)
    storing.store_waiting(backups.context())

    assert adopted == sorted(str(path) for *_, path, _size, _sha, _at, _state, _check in before[1:])
    assert [facts(row) for row in backups.rows()] == before
    assert adopt(backups.database, backups.vault, backups.clock) == []


def test_what_is_adopted_counts_for_retention_by_the_time_in_its_name(backups: BackupSetup) -> None:
    ids = []
    for number in range(4):
        backups.clock.advance(hours=1)
        ids.append(backups.upload(b"%d" % number, "obd.log"))
    storing.store_waiting(backups.context())
    kept = [backups.row(backup_id).path for backup_id in ids[2:]]
    forget(backups, ids[0], ids[3])

    adopt(backups.database, backups.vault, backups.clock)
    storing.store_waiting(backups.context(RetentionPolicy(last=2)))

    assert [row.path for row in backups.rows("stored")] == kept


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "path",
    [
        "car/database/obd.db",
        "car/database/obd-2026-07-11.db",
        "car/database/obd-2026-13-11T00-00-00-000000.db",
        "car/database/obd-2026-07-10T00-00-00-000000.exe",
        "car/database/obd-2099-01-01T00-00-00-000000.db",
        "car/movies/obd-2026-07-10T00-00-00-000000.db",
        "_other/database/obd-2026-07-10T00-00-00-000000.db",
        "car/database/deeper/obd-2026-07-10T00-00-00-000000.db",
        "obd-2026-07-10T00-00-00-000000.db",
        ".spool/ready/obd-2026-07-10T00-00-00-000000.db",
    ],
)
def test_a_file_the_server_would_not_have_put_there_is_left_alone(backups: BackupSetup, path: str) -> None:
    place = backups.vault.root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"foreign")

    assert adopt(backups.database, backups.vault, backups.clock) == []
    assert place.read_bytes() == b"foreign"


@pytest.mark.databases("sqlite")
def test_a_link_is_not_followed(backups: BackupSetup, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    folder = backups.vault.root / "car" / "database"
    folder.mkdir(parents=True)
    (folder / "obd-2026-07-10T00-00-00-000000.db").symlink_to(tmp_path / "secret")

    assert adopt(backups.database, backups.vault, backups.clock) == []

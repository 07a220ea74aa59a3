"""The service is killed between any two steps; the next start finishes the work and nothing acknowledged is lost."""

import multiprocessing
from pathlib import Path

import pytest

from obd2_backup import rotation, storing
from obd2_backup.retention import RetentionPolicy
from obd2_common.db.database import Database
from support.backup_killer import work_until_killed
from support.backup_samples import database_bytes
from support.backup_setup import BackupSetup

pytestmark = pytest.mark.kill

KILLED = -9
MOST_STEPS = 60
POLICY = RetentionPolicy(last=2)


def exit_of(folder: Path, url: str, steps: int) -> int | None:
    # The fork server has imported everything once and dies with the test run.
    forkserver = multiprocessing.get_context("forkserver")
    forkserver.set_forkserver_preload(["obd2_backup.storing", "obd2_common.backups.intake"])
    process = forkserver.Process(target=work_until_killed, args=(folder, url, steps))
    process.start()
    process.join()
    return process.exitcode


def test_a_kill_at_any_step_costs_nothing(tmp_path: Path, database: Database, database_url: str) -> None:
    backups = BackupSetup.at(tmp_path, database)
    exits: list[int | None] = []
    before: list[str] = []

    for steps in range(MOST_STEPS):
        content = database_bytes(tmp_path, rows=20, seed=steps)
        ids = [backups.upload(content) for _ in range(2)]
        exits.append(exit_of(tmp_path, database_url, steps))
        rotation.finish_rotations(backups.context(POLICY))
        storing.store_waiting(backups.context(POLICY))

        stored = backups.rows("stored")
        # Two contents stay, the newest copy of the older one, and the two newest uploads.
        assert [row.backup_id for row in stored] == [*before, *ids]
        assert backups.files() == {row.path for row in stored}
        assert {row.verification for row in stored} == {"ok"}
        assert all(row.rotated_count is not None for row in stored)
        assert backups.spooled_files() == set()
        assert [row.duplicate_of for row in stored[-2:]] == [None, ids[0]]
        assert len({(backups.vault.root / row.path).stat().st_ino for row in stored[-2:]}) == 1
        before = ids[1:]
        assert {row.state for row in backups.rows()} <= {"stored", "rotated"}
        if exits[-1] == 0:
            break

    assert exits[-1] == 0, "the work takes more steps than were tried"
    assert set(exits[:-1]) == {KILLED}
    assert len(exits) > 10

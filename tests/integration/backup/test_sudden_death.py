"""The service is killed between any two steps; the next start finishes the work and nothing acknowledged is lost."""

import subprocess
import sys
from pathlib import Path

import backup_killer
from backup_samples import database_bytes
from backup_workshop import Bench
from obd2_backup import jobs
from obd2_backup.retention import RetentionPolicy
from obd2_common.database import Database

KILLED = -9
MOST_STEPS = 60
POLICY = RetentionPolicy(last=2)


def run_until_killed(folder: Path, url: str, steps: int) -> int:
    program = Path(backup_killer.__file__)
    command = [sys.executable, str(program), str(folder), url, str(steps)]
    return subprocess.run(command, check=False, cwd=program.parent).returncode  # noqa: S603 - our own program


def test_a_kill_at_any_step_costs_nothing(tmp_path: Path, database: Database, database_url: str) -> None:
    bench = Bench.at(tmp_path, database)
    content = database_bytes(tmp_path)
    exits: list[int] = []

    for steps in range(MOST_STEPS):
        ids = [bench.upload(content) for _ in range(2)]
        exits.append(run_until_killed(tmp_path, database_url, steps))
        jobs.finish_rotations(bench.shop(POLICY))
        jobs.store_waiting(bench.shop(POLICY))

        stored = bench.rows("stored")
        assert [row.backup_id for row in stored] == ids
        assert bench.files() == {row.path for row in stored}
        assert {row.verification for row in stored} == {"ok"}
        assert all(row.rotated_count is not None for row in stored)
        assert bench.spooled_files() == set()
        assert {row.state for row in bench.rows()} <= {"stored", "rotated"}
        if exits[-1] == 0:
            break

    assert exits[-1] == 0, "the work takes more steps than were tried"
    assert set(exits[:-1]) == {KILLED}
    assert len(exits) > 10

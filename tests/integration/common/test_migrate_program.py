"""`python -m obd2_common`: the program that migrates the stack's database before the services start."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from obd2_common.db.database import Database
from obd2_common.migrate import check_schema, head_revision


def run(cwd: Path, **environment: str) -> tuple[int, dict[str, Any]]:
    finished = subprocess.run(
        [sys.executable, "-m", "obd2_common"],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return finished.returncode, json.loads(finished.stdout.splitlines()[-1])


def test_an_empty_database_gets_the_schema_and_the_second_run_changes_nothing(
    empty_database_url: str, tmp_path: Path
) -> None:
    first = run(tmp_path, DATABASE_URL=empty_database_url)
    second = run(tmp_path, DATABASE_URL=empty_database_url)

    assert (first[0], first[1]["event"], first[1]["revision"]) == (0, "database_migrated", head_revision())
    assert (second[0], second[1]["applied"]) == (0, [])
    database = Database(empty_database_url)
    check_schema(database)
    database.close()


@pytest.mark.databases("sqlite")
def test_a_database_that_cannot_be_opened_is_told_without_its_address(tmp_path: Path) -> None:
    status, line = run(tmp_path, DATABASE_URL="mysql://obd2:secret@127.0.0.1:9/obd2db")

    assert (status, line["event"]) == (3, "migration_failed")
    assert "secret" not in json.dumps(line)


def test_a_setting_that_cannot_work_is_named(tmp_path: Path) -> None:
    status, line = run(tmp_path, LOG_LEVEL="LOUD")

    assert (status, line["settings"]) == (2, ["LOG_LEVEL"])

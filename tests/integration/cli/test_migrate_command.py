"""`obd2 migrate`, the program that brings a stack's database to the schema before the services start."""

import subprocess
import sys
from pathlib import Path

from obd2_common.db.database import Database
from obd2_common.migrate import check_schema, head_revision


def run(cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "obd2_cli", "migrate"],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_empty_database_gets_the_schema_and_the_second_run_changes_nothing(
    empty_database_url: str, tmp_path: Path
) -> None:
    first = run(tmp_path, DATABASE_URL=empty_database_url)
    second = run(tmp_path, DATABASE_URL=empty_database_url)

    assert (first.returncode, second.returncode) == (0, 0)
    assert f"The schema is at {head_revision()}." in first.stdout
    assert "There was nothing to do." not in first.stdout
    assert "There was nothing to do." in second.stdout
    database = Database(empty_database_url)
    check_schema(database)
    database.close()


def test_a_database_that_cannot_be_opened_is_told_without_its_password(tmp_path: Path) -> None:
    refused = run(tmp_path, DATABASE_URL="mysql://obd2:secret@127.0.0.1:9/obd2db")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "cannot be used" in refused.stderr
    assert "secret" not in refused.stderr


def test_a_setting_that_cannot_work_is_named(tmp_path: Path) -> None:
    refused = run(tmp_path, LOG_LEVEL="LOUD")

    assert refused.returncode == 2
    assert "LOG_LEVEL" in refused.stderr

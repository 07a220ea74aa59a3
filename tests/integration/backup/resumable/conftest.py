"""A server that takes resumable uploads, and the vault it puts them into."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from obd2_common.db.database import Database
from support.api_process import ApiProcess, running_api
from support.backup_setup import BackupSetup
from support.database_sources import sqlite_database


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("resumable")


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[Database]:
    with sqlite_database(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def api(folder: Path, database: Database) -> Iterator[ApiProcess]:
    with running_api(folder, str(database.url), MAX_BACKUP_SIZE_MB="128") as running:
        yield running


@pytest.fixture
def backups(folder: Path, database: Database) -> BackupSetup:
    backups = BackupSetup.at(folder, database)
    backups.clock.now = datetime.now(UTC)
    return backups

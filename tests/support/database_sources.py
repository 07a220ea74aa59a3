"""Databases for single tests: migrated once, then copied (SQLite) or emptied (servers) for every test."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy.engine import make_url

from obd2_common.db.database import Database
from obd2_common.migrate import upgrade
from support.database_server import DATABASE_PREFIX, DatabaseServer, connect

VERSION_TABLE = "alembic_version"


class DatabaseSource(Protocol):
    """Where tests get their databases from: one object per kind and process.

    `migrated` and `empty` are generators for fixtures: each gives one address, with the password, and cleans up.
    """

    def migrated(self) -> Iterator[str]:
        """Give a database with all tables and without rows."""

    def empty(self) -> Iterator[str]:
        """Give a database without any table."""

    def close(self) -> None:
        """Remove what is left."""


class SqliteSource:
    """SQLite files in a folder; a migrated one is a copy of a template."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"

    def migrated(self) -> Iterator[str]:
        """Give a database with all tables and without rows."""
        if not self._template.exists():
            migrate(f"sqlite:///{self._template}")
        path = self._new_path()
        shutil.copyfile(self._template, path)
        yield from self._lent(path)

    def empty(self) -> Iterator[str]:
        """Give a database without any table."""
        yield from self._lent(self._new_path())

    def close(self) -> None:
        """Remove the files."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _new_path(self) -> Path:
        return self._folder / f"{uuid.uuid4().hex}.db"

    def _lent(self, path: Path) -> Iterator[str]:
        yield f"sqlite:///{path}"
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()


class ServerSource:
    """Databases on a MySQL-protocol server, under names no other run uses."""

    def __init__(self, server: DatabaseServer) -> None:
        self._server = server
        self._names = f"{DATABASE_PREFIX}_{uuid.uuid4().hex[:10]}"
        self._migrated_name = server.only_database or self._names
        self._is_clean = False
        self._count = 0

    def migrated(self) -> Iterator[str]:
        """Give a database with all tables and without rows."""
        url = self._server.database_url(self._migrated_name)
        if not self._is_clean:
            self._create(self._migrated_name)
            migrate(url)
        self._is_clean = False  # until the rows are known to be gone
        yield url
        empty_tables(url)
        self._is_clean = True

    def empty(self) -> Iterator[str]:
        """Give a database without any table."""
        self._count += 1
        name = self._server.only_database or f"{self._names}_{self._count}"
        if name == self._migrated_name:
            self._is_clean = False
        self._create(name)
        yield self._server.database_url(name)
        self._remove(name)

    def close(self) -> None:
        """Drop the migrated database."""
        self._remove(self._migrated_name)

    def _create(self, name: str) -> None:
        self._remove(name)
        if self._server.only_database is None:
            self._server.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")

    def _remove(self, name: str) -> None:
        if self._server.only_database is None:
            self._server.execute(f"DROP DATABASE IF EXISTS `{name}`")
        else:
            drop_tables(self._server.database_url(name))


def migrate(url: str) -> None:
    """Bring a database to the newest schema."""
    database = Database(url)
    try:
        upgrade(database)
    finally:
        database.close()


@contextmanager
def sqlite_database(folder: Path) -> Iterator[Database]:
    """Give a migrated SQLite database in a folder, for tests where the engine does not matter."""
    database = Database(f"sqlite:///{folder / 'obd2.db'}")
    upgrade(database)
    yield database
    database.close()


def empty_tables(url: str) -> None:
    """Delete all rows, and let keys count from 1 again; much quicker than TRUNCATE for the few rows of a test."""
    with _statements(url) as run:
        tables = [table for table in run("SHOW TABLES") if table != VERSION_TABLE]
        probes = [f"SELECT '{table}' FROM DUAL WHERE EXISTS (SELECT 1 FROM `{table}`)" for table in tables]  # noqa: S608
        filled = run(" UNION ALL ".join(probes)) if probes else []
        run("BEGIN")
        for table in filled:
            run(f"DELETE FROM `{table}`")  # noqa: S608
        run("COMMIT")
        counting = "SELECT TABLE_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
        for table in run(f"{counting} AND EXTRA LIKE '%auto_increment%'"):
            if table in filled:
                run(f"ALTER TABLE `{table}` AUTO_INCREMENT = 1")


def drop_tables(url: str) -> None:
    """Drop every table of a database."""
    with _statements(url) as run:
        for table in run("SHOW TABLES"):
            run(f"DROP TABLE `{table}`")


class _Run(Protocol):
    def __call__(self, statement: str) -> list[str]: ...


@contextmanager
def _statements(url: str) -> Iterator[_Run]:
    """Give a function that runs a statement and returns the first column of its rows."""
    with connect(make_url(url)) as connection, connection.cursor() as cursor:

        def run(statement: str) -> list[str]:
            cursor.execute(statement)
            return [str(row[0]) for row in cursor.fetchall()]

        # A test that leaves a transaction open should fail here and not hang.
        run("SET SESSION lock_wait_timeout = 5, innodb_lock_wait_timeout = 5, foreign_key_checks = 0")
        yield run

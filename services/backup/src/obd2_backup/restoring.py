"""Loads a dump of the server's database into an empty one."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import URL

from obd2_backup import sqlite_check
from obd2_backup.database_client import CLIENT_PROGRAMS, find_program, running_program, server_kind
from obd2_backup.packing import UNPACKING_ERRORS, open_unpacked
from obd2_common.backups.names import content_kind
from obd2_common.backups.spool import sync_folder
from obd2_common.db.database import Database
from obd2_common.errors import Obd2Error

CHUNK_BYTES = 1 << 20
SANDBOX_LINE = b"/*M!999999\\- enable the sandbox mode */"
"""First line of newer MariaDB dumps, which other clients take for an error."""


class RestoreError(Obd2Error):
    """The dump could not be loaded; the message says why."""


def restore_dump(file: Path, url: URL) -> None:
    """Load a dump into an empty database of the same kind.

    Args:
        file: a dump as the vault holds it.
        url: where to, with the password. A SQLite file must not exist yet, another database must hold no table.

    Raises:
        RestoreError: the dump is of another kind, damaged, or the target is not empty.
        ClientError: the database's client is missing or failed.
        DatabaseUnavailableError: the target does not answer.
    """
    kind, _packing = content_kind(file.name)
    is_sqlite = url.get_backend_name() == "sqlite"
    if kind != ("sqlite" if is_sqlite else "dump"):
        raise RestoreError(f"{file.name} is no dump of a {url.get_backend_name()} database")
    if is_sqlite:
        restore_file(file, Path(str(url.database)), is_unpacked=True)
        return
    try:
        _load_sql(file, url)
    except UNPACKING_ERRORS as error:
        raise RestoreError(f"{file.name} is damaged: {error}") from error


def restore_file(file: Path, target: Path, *, is_unpacked: bool) -> None:
    """Write a backup, or what it holds, to a new file, which appears only when it is complete.

    Args:
        file: as the vault holds it.
        target: must not exist yet.
        is_unpacked: write what it holds; a SQLite database is checked then.

    Raises:
        RestoreError: the target exists already or cannot be written, or the backup is damaged.
    """
    kind, packing = content_kind(file.name) if is_unpacked else ("", "")
    try:
        _copy(file, packing, target, is_database=kind == "sqlite")
    except UNPACKING_ERRORS as error:
        raise RestoreError(f"{file.name} is damaged: {error}") from error
    except OSError as error:
        raise RestoreError(f"{target} cannot be written: {error.strerror}") from error


def _copy(file: Path, packing: str, target: Path, *, is_database: bool) -> None:
    if os.path.lexists(target):
        raise RestoreError(f"{target} exists already; nothing was overwritten")
    part = target.with_name(f".{target.name}.part")
    try:
        with open_unpacked(file, packing) as source, part.open("wb") as writing:
            while chunk := source.read(CHUNK_BYTES):
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
        if is_database and (problem := sqlite_check.problem(part)):
            raise RestoreError(f"{file.name} is damaged: {problem}")
        part.rename(target)
        sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def empty_database(url: URL) -> None:
    """Drop every table of a database that is only there for trying.

    Raises:
        DatabaseUnavailableError: it does not answer.
    """
    database = Database(url.render_as_string(hide_password=False))
    try:
        database.ping()
        with database.engine.begin() as connection:
            for name in inspect(connection).get_table_names():
                quoted = connection.dialect.identifier_preparer.quote_identifier(name)
                connection.exec_driver_sql(f"DROP TABLE {quoted}")
    finally:
        database.close()


def _load_sql(file: Path, url: URL) -> None:
    database = Database(url.render_as_string(hide_password=False))
    try:
        kind = server_kind(database)
        if inspect(database.engine).get_table_names():
            raise RestoreError("the target database is not empty; nothing was changed")
    finally:
        database.close()
    program = find_program(CLIENT_PROGRAMS[kind])
    arguments = ["--default-character-set=utf8mb4", "--binary-mode", str(url.database)]
    with running_program(program, arguments, url, stdin=subprocess.PIPE) as process:
        if process.stdin is None:
            raise AssertionError("a pipe was asked for")
        for chunk in sql_of(file):
            process.stdin.write(chunk)


def replacing_sql(file: Path, database_name: str) -> Iterator[bytes]:
    """Yield a dump as SQL that replaces a database.

    Args:
        file: as the vault holds it. Nothing is yielded before the first of it could be read.
        database_name: of the database that is dropped and made again.

    Raises:
        RestoreError: it is no dump of a MySQL or MariaDB database, is not there, or is damaged.
    """
    if content_kind(file.name)[0] != "dump":
        raise RestoreError(f"{file.name} is no dump of a MySQL or MariaDB database")
    name = f"`{database_name.replace('`', '``')}`"
    create = f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    try:
        statements = sql_of(file)
        first = next(statements, b"")
        yield f"DROP DATABASE IF EXISTS {name};\n{create};\nUSE {name};\n".encode()
        yield first
        yield from statements
    except UNPACKING_ERRORS as error:
        raise RestoreError(f"{file.name} is damaged: {error}") from error
    except OSError as error:
        raise RestoreError(f"{file.name} cannot be read: {error.strerror}") from error


def sql_of(file: Path) -> Iterator[bytes]:
    """Yield the statements of a dump, so that the clients of both kinds of database take them.

    Args:
        file: as the vault holds it. One of those in `UNPACKING_ERRORS` is raised where it is damaged.
    """
    with open_unpacked(file, content_kind(file.name)[1]) as source:
        first = source.readline()
        if not first.startswith(SANDBOX_LINE):
            yield first
        while chunk := source.read(CHUNK_BYTES):
            yield chunk

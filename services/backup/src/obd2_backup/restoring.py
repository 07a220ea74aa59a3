"""Loads a dump of the server's database into an empty one."""

import os
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import URL

from obd2_backup.database_client import CLIENT_PROGRAMS, find_program, running_program, server_kind
from obd2_backup.sandbox import Allowance, Limits, ReaderKilledError, SandboxedCall, UnreadableError, call_sandboxed
from obd2_backup.unpacking import print_sql, unpack
from obd2_common.backups.names import content_kind
from obd2_common.backups.spool import sync_folder
from obd2_common.db.database import Database
from obd2_common.errors import Obd2Error

CHUNK_BYTES = 1 << 20
PATIENT = Limits(seconds=None, memory_bytes=Allowance().memory_bytes, written_bytes=None)
"""For whoever waits for a backup to come back: it may take as long as it takes."""


class RestoreError(Obd2Error):
    """The dump could not be loaded; the message says why."""


def restore_dump(
    file: Path, url: URL, *, limits: Limits = PATIENT, should_stop: Callable[[], bool] = lambda: False
) -> None:
    """Load a dump into an empty database of the same kind.

    Args:
        file: a dump as the vault holds it.
        url: where to, with the password. A SQLite file must not exist yet, another database must hold no table.
        limits: what reading the dump may take.
        should_stop: when it turns true, the work is broken off.

    Raises:
        StoppingError: `should_stop` became true.
        RestoreError: the dump is of another kind, damaged, or the target is not empty.
        ClientError: the database's client is missing or failed.
        DatabaseUnavailableError: the target does not answer.
    """
    kind, _packing = content_kind(file.name)
    is_sqlite = url.get_backend_name() == "sqlite"
    if kind != ("sqlite" if is_sqlite else "dump"):
        raise RestoreError(f"{file.name} is no dump of a {url.get_backend_name()} database")
    if is_sqlite:
        restore_file(file, Path(str(url.database)), is_unpacked=True, limits=limits, should_stop=should_stop)
    else:
        _load_sql(file, url, limits, should_stop)


def restore_file(
    file: Path,
    target: Path,
    *,
    is_unpacked: bool,
    limits: Limits = PATIENT,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Write a backup, or what it holds, to a new file, which appears only when it is complete.

    Args:
        file: as the vault holds it.
        target: must not exist yet.
        is_unpacked: write what it holds; a SQLite database is checked then.
        limits: what reading it may take.
        should_stop: when it turns true, the work is broken off.

    Raises:
        RestoreError: the target exists already or cannot be written, or the backup is damaged.
        StoppingError: `should_stop` became true.
    """
    if os.path.lexists(target):
        raise RestoreError(f"{target} exists already; nothing was overwritten")
    part = target.with_name(f".{target.name}.part")
    try:
        arguments = {"file": str(file), "target": str(part), "is_unpacked": is_unpacked}
        if problem := call_sandboxed(unpack, arguments, limits, should_stop):
            raise RestoreError(f"{file.name} is damaged: {problem}")
        part.rename(target)
        sync_folder(target.parent)
    except (UnreadableError, ReaderKilledError) as error:
        raise RestoreError(f"{file.name} is unreadable: {error}") from error
    except OSError as error:
        raise RestoreError(f"{target} cannot be written: {error.strerror}") from error
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


def _load_sql(file: Path, url: URL, limits: Limits, should_stop: Callable[[], bool]) -> None:
    database = Database(url.render_as_string(hide_password=False))
    try:
        kind = server_kind(database)
        if inspect(database.engine).get_table_names():
            raise RestoreError("the target database is not empty; nothing was changed")
    finally:
        database.close()
    program = find_program(CLIENT_PROGRAMS[kind])
    arguments = ["--default-character-set=utf8mb4", "--binary-mode", str(url.database)]
    with running_program(program, arguments, url, stdin=subprocess.PIPE, should_stop=should_stop) as process:
        if process.stdin is None:
            raise AssertionError("a pipe was asked for")
        for chunk in sql_of(file, limits, should_stop):
            process.stdin.write(chunk)


def replacing_sql(file: Path, database_name: str) -> Generator[bytes]:
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
    except OSError as error:
        raise RestoreError(f"{file.name} cannot be read: {error.strerror}") from error


def sql_of(file: Path, limits: Limits = PATIENT, should_stop: Callable[[], bool] = lambda: False) -> Generator[bytes]:
    """Yield the statements of a dump, so that the clients of both kinds of database take them.

    Args:
        file: as the vault keeps it.
        limits: what reading it may take.
        should_stop: when it turns true, the work is broken off.

    Raises:
        RestoreError: it is damaged, which may show at its end only.
        StoppingError: `should_stop` became true.
    """
    call = SandboxedCall(print_sql, {"file": str(file)}, limits, stdout=subprocess.PIPE)
    try:
        while chunk := call.stdout.read(CHUNK_BYTES):
            yield chunk
        if problem := call.result(should_stop):
            raise RestoreError(f"{file.name} is damaged: {problem}")
    except (UnreadableError, ReaderKilledError) as error:
        raise RestoreError(f"{file.name} is unreadable: {error}") from error
    finally:
        call.kill()

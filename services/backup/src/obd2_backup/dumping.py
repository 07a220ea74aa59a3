"""Dumps the server's own database into the spool, from where it is stored and kept like any other backup."""

import sqlite3
import subprocess
import uuid
from collections.abc import Callable, Generator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import structlog
import zstandard
from sqlalchemy.engine import URL
from sqlmodel import Session

from obd2_backup import runs
from obd2_backup.context import BackupContext
from obd2_backup.database_client import (
    DUMP_PROGRAMS,
    ClientError,
    find_program,
    is_mariadb_program,
    running_program,
    server_kind,
)
from obd2_common.backups.intake import Intake, record_intake
from obd2_common.backups.names import SERVER_DEVICE, SQL_DUMP_NAME, SQLITE_DUMP_NAME, kept_name
from obd2_common.backups.spool import SpooledFile, SpoolWriter, free_bytes
from obd2_common.errors import Obd2Error

log = structlog.get_logger(__name__)

CHUNK_BYTES = 1 << 20
COPY_PAGES = 2000
"""Pages of a SQLite database that are copied between two looks at whether to stop."""


class DumpError(Obd2Error):
    """The database could not be dumped; nothing of the attempt was kept."""


def dump_if_due(context: BackupContext, *, interval: timedelta) -> bool:
    """Dump the server's database unless that succeeded within an interval; tell whether a dump was made.

    Raises:
        DumpError: it failed; the record of runs says so too.
        DatabaseUnavailableError: the database does not answer.
    """
    last = context.database.read(lambda session: runs.last_success(session, "dump"))
    now = context.clock()
    if last is not None and timedelta(0) <= now - last.started_at < interval:
        return False
    dump(context)
    return True


def dump(context: BackupContext) -> str:
    """Dump the server's database into the spool and return the backup's id.

    Raises:
        DumpError: it failed; the record of runs says so too.
        DatabaseUnavailableError: the database does not answer.
    """
    started_at = context.clock()
    url = context.database.url
    original_name = SQLITE_DUMP_NAME if context.database.is_sqlite else SQL_DUMP_NAME
    backup_id = str(uuid.uuid4())
    try:
        if context.database.is_sqlite:
            spooled, raw_bytes = _spool(context, backup_id, sqlite_copy(context, url, backup_id))
        else:
            spooled, raw_bytes = _spool(
                context, backup_id, sql_text(url, server_kind(context.database), context.should_stop)
            )
    except (DumpError, ClientError, OSError, sqlite3.Error) as error:
        reason = str(error) if isinstance(error, Obd2Error) else type(error).__name__
        failed = runs.Run("dump", started_at, is_success=False, details={"reason": reason})
        context.database.run(lambda session: runs.record_run(session, failed, now=context.clock()))
        log.error("dump_failed", reason=reason)  # noqa: TRY400 - the reason is in the line
        raise DumpError(reason) from error
    intake = Intake(backup_id, SERVER_DEVICE, "database", original_name, kept_name(original_name), spooled)
    details = {"backupId": backup_id, "sizeBytes": spooled.size_bytes, "rawBytes": raw_bytes}
    succeeded = runs.Run("dump", started_at, is_success=True, details=details)

    def record(session: Session) -> None:
        record_intake(session, intake, now=context.clock())
        runs.record_run(session, succeeded, now=context.clock())

    context.database.run(record)
    log.info("database_dumped", backup_id=backup_id, size_bytes=spooled.size_bytes)
    return backup_id


def sql_text(url: URL, kind: str, should_stop: Callable[[], bool]) -> Generator[bytes]:
    """Yield a consistent dump of a MySQL or MariaDB database, made by the server's own program.

    Args:
        url: the database, with the password.
        kind: of the server, ``mysql`` or ``mariadb``.
        should_stop: when it turns true, the dump is broken off.

    Raises:
        ClientError: the program is missing or failed.
    """
    program = find_program(DUMP_PROGRAMS[kind])
    arguments = [
        "--single-transaction",
        "--quick",
        "--skip-lock-tables",
        "--no-tablespaces",
        "--skip-triggers",
        "--hex-blob",
        "--default-character-set=utf8mb4",
    ]
    if not is_mariadb_program(program):
        arguments += ["--set-gtid-purged=OFF", "--column-statistics=0"]
    with running_program(
        program, [*arguments, str(url.database)], url, stdout=subprocess.PIPE, should_stop=should_stop
    ) as process:
        if process.stdout is None:
            raise AssertionError("a pipe was asked for")
        while chunk := process.stdout.read(CHUNK_BYTES):
            yield chunk


def sqlite_copy(context: BackupContext, url: URL, backup_id: str) -> Generator[bytes]:
    """Yield a consistent copy of a SQLite database that may be written to meanwhile.

    Raises:
        StoppingError: the service is stopping.
    """
    scratch = context.vault.scratch(backup_id)
    scratch.parent.mkdir(parents=True, exist_ok=True)
    try:
        _copy_online(Path(str(url.database)), scratch, context.raise_if_stopping)
        with scratch.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk
    finally:
        scratch.unlink(missing_ok=True)


def _copy_online(source: Path, target: Path, before_step: Callable[[], None]) -> None:
    def look(_status: int, _remaining: int, _total: int) -> None:
        before_step()

    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing, pages=COPY_PAGES, progress=look)
        # The copy inherits write-ahead logging; as a single file it is whole without.
        writing.execute("PRAGMA journal_mode=DELETE").close()


def _spool(context: BackupContext, backup_id: str, chunks: Generator[bytes]) -> tuple[SpooledFile, int]:
    """Pack a stream into the spool and return the file and how many bytes it holds unpacked."""
    writer = SpoolWriter(context.vault.spool_dir, backup_id)
    packer = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    raw_bytes = 0
    try:
        with closing(chunks):
            for chunk in chunks:
                raw_bytes += len(chunk)
                _check(context)
                writer.write(packer.compress(chunk))
        writer.write(packer.flush())
        return writer.publish(), raw_bytes
    finally:
        writer.discard()


def _check(context: BackupContext) -> None:
    context.raise_if_stopping()
    if free_bytes(context.vault.spool_dir) < context.reserve_bytes:
        raise DumpError("the vault's disk has no room for a dump")

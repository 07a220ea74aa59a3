"""Restore drills: on schedule the newest good backup of each device is really opened, the newest dump really loaded."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from obd2_backup import runs, sqlite_check
from obd2_backup.context import BackupContext
from obd2_backup.packing import UNPACKING_ERRORS
from obd2_backup.restoring import empty_database, restore_dump, restore_file
from obd2_backup.scratch_comparison import compare
from obd2_backup.storing import check_of
from obd2_backup.verification import verify
from obd2_common.backups.names import SERVER_DEVICE, content_kind
from obd2_common.db.database import Database
from obd2_common.errors import Obd2Error
from obd2_common.synced_specs import SYNCED_TABLES
from obd2_common.tables.backups import Backup

log = structlog.get_logger(__name__)


class DrillError(Obd2Error):
    """The backup does not come back as it should."""


@dataclass(frozen=True)
class DrillPlan:
    """When and where drills are held."""

    interval: timedelta
    scratch_url: URL | None
    """An empty database that dumps of a MySQL-protocol server are loaded into; None leaves those out."""


def drill_next(context: BackupContext, plan: DrillPlan) -> bool:
    """Hold the drill that is due, if one is; tell whether there was one.

    The result is recorded whether it is good or bad; a failed drill is logged as an error.
    """
    backup = next(_due(context, plan), None)
    if backup is None or context.should_stop():
        return False
    started_at = context.clock()
    began = time.monotonic()
    details: dict[str, Any] = {"backupId": backup.backup_id, "filename": backup.filename}
    try:
        details |= _drill_server(context, plan, backup) if _is_dump(backup) else _drill_device(context, backup)
        is_success = True
    except (Obd2Error, OSError, sqlite3.Error, SQLAlchemyError, *UNPACKING_ERRORS) as error:
        details["reason"] = str(error) if isinstance(error, Obd2Error) else type(error).__name__
        is_success = False
        log.error("restore_drill_failed", device_id=backup.source_device, reason=details["reason"])  # noqa: TRY400
    details["seconds"] = round(time.monotonic() - began, 3)
    run = runs.Run(
        "drill",
        started_at,
        is_success=is_success,
        details=details,
        source_device=backup.source_device,
        type=backup.type,
    )
    context.database.run(lambda session: runs.record_run(session, run, now=context.clock()))
    return True


def _due(context: BackupContext, plan: DrillPlan) -> Iterator[Backup]:
    """Yield, for each device whose last drill is too long ago, its newest good database backup."""
    now = context.clock()
    last = context.database.read(lambda session: runs.last_by_device(session, "drill"))
    for device in context.database.read(runs.devices_with_databases):
        run = last.get(device)
        if run is not None and timedelta(0) <= now - run.started_at < plan.interval:
            continue
        candidates = context.database.read(partial(runs.good_databases, source_device=device))
        backup = next((found for found in candidates if _can_be_drilled(found, plan)), None)
        if backup is not None:
            yield backup


def _can_be_drilled(backup: Backup, plan: DrillPlan) -> bool:
    kind, _packing = content_kind(backup.filename)
    return kind == "sqlite" or (kind == "dump" and plan.scratch_url is not None)


def _is_dump(backup: Backup) -> bool:
    return backup.source_device == SERVER_DEVICE


def _drill_device(context: BackupContext, backup: Backup) -> dict[str, Any]:
    """Open a device's database and count what is in it, beside what the server has of the same tables."""
    with _unpacked(context, backup) as opened, closing(sqlite_check.open_read_only(opened)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        if not tables:
            raise DrillError("the database holds no table")
        counts = {name: _count_and_last(connection, name) for name in tables if name in SYNCED_TABLES}
    synced = context.database.read(lambda session: runs.high_water_ids(session, backup.source_device))
    return {
        "tables": len(tables),
        "rows": sum(count for count, _last in counts.values()),
        "lastIds": {name: {"backup": last, "server": synced.get(name)} for name, (_count, last) in counts.items()},
    }


def _count_and_last(connection: sqlite3.Connection, table: str) -> tuple[int, int | None]:
    quoted = table.replace('"', '""')
    count, last = connection.execute(f'SELECT COUNT(*), MAX(rowid) FROM "{quoted}"').fetchone()  # noqa: S608 - quoted
    return count, last


def _drill_server(context: BackupContext, plan: DrillPlan, backup: Backup) -> dict[str, Any]:
    """Load a dump of the server into a scratch database and compare it with the living one."""
    began_at = context.database.read(lambda session: runs.dump_started_at(session, backup.backup_id))
    if content_kind(backup.filename)[0] == "sqlite":
        with _unpacked(context, backup) as opened, _scratch_database(f"sqlite:///{opened}") as scratch:
            return compare(scratch, context.database, began_at)
    if plan.scratch_url is None or plan.scratch_url.database == context.database.url.database:
        raise DrillError("the scratch database must be another than the server's own")
    place = context.vault.path(backup.path)
    _check(context, backup, place)
    empty_database(plan.scratch_url)
    try:
        restore_dump(place, plan.scratch_url)
        with _scratch_database(plan.scratch_url.render_as_string(hide_password=False)) as scratch:
            return compare(scratch, context.database, began_at)
    finally:
        empty_database(plan.scratch_url)


@contextmanager
def _unpacked(context: BackupContext, backup: Backup) -> Iterator[Path]:
    """Give the unpacked content of a backup that was found whole."""
    place = context.vault.path(backup.path)
    _check(context, backup, place)
    target = context.vault.scratch(f"{backup.backup_id}.drill")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        restore_file(place, target, is_unpacked=True)
        yield target
    finally:
        for leftover in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm", "-journal"))):
            leftover.unlink(missing_ok=True)


def _check(context: BackupContext, backup: Backup, place: Path) -> None:
    if not context.vault.holds(backup.path):
        raise DrillError("the file is gone from the vault")
    verdict = verify(place, replace(check_of(context, backup), is_thorough=True), should_stop=context.should_stop)
    if verdict.status != "ok":
        raise DrillError(verdict.detail or verdict.status)


@contextmanager
def _scratch_database(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()

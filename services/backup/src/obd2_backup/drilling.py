"""Restore drills: on schedule the newest good backup of each device is really opened, the newest dump really loaded."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from obd2_backup import repository, runs
from obd2_backup.checking import check_thoroughly
from obd2_backup.context import BackupContext
from obd2_backup.errors import StoppingError
from obd2_backup.restoring import empty_database, restore_dump, restore_file
from obd2_backup.sandbox import ReaderKilledError, UnreadableError, call_sandboxed
from obd2_backup.scratch_comparison import Restored, compare, describe, describe_file
from obd2_backup.sqlite_check import count_rows
from obd2_common.backups.names import SERVER_DEVICE, content_kind
from obd2_common.errors import Obd2Error
from obd2_common.synced_specs import SYNCED_TABLES
from obd2_common.tables.backups import Backup

log = structlog.get_logger(__name__)


class DrillError(Obd2Error):
    """The backup does not come back as it should."""


@dataclass(frozen=True)
class DrillPlan:
    """When drills are due and where they take place."""

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
    except StoppingError:
        return False
    except (Obd2Error, OSError, SQLAlchemyError) as error:
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
    if not is_success and not _is_stored(context, backup):
        # It was rotated away meanwhile; another is due in its place.
        return True
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
    with _unpacked(context, backup) as opened:
        found = _read(context, count_rows, opened, tables=list(SYNCED_TABLES))
    if not found["tables"]:
        raise DrillError("the database holds no table")
    synced = context.database.read(lambda session: runs.high_water_ids(session, backup.source_device))
    return {
        "tables": found["tables"],
        "rows": sum(count for count, _last in found["counts"].values()),
        "lastIds": {
            name: {"backup": last, "server": synced.get(name)} for name, (_count, last) in found["counts"].items()
        },
    }


def _drill_server(context: BackupContext, plan: DrillPlan, backup: Backup) -> dict[str, Any]:
    """Load a dump of the server into a scratch database and compare it with the living one."""
    began_at = context.database.read(lambda session: runs.dump_started_at(session, backup.backup_id))
    if content_kind(backup.filename)[0] == "sqlite":
        with _unpacked(context, backup) as opened:
            return compare(Restored(**_read(context, describe_file, opened)), context.database, began_at)
    if plan.scratch_url is None or plan.scratch_url.database == context.database.url.database:
        raise DrillError("the scratch database must be another than the server's own")
    place = context.vault.path(backup.path)
    _check(context, backup, place)
    empty_database(plan.scratch_url)
    try:
        limits = context.allowance.limits(backup.size_bytes, is_packed=True)
        restore_dump(place, plan.scratch_url, limits=limits, should_stop=context.should_stop)
        return compare(describe(plan.scratch_url), context.database, began_at)
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
        limits = context.allowance.limits(backup.size_bytes, is_packed=True)
        restore_file(place, target, is_unpacked=True, limits=limits, should_stop=context.should_stop)
        yield target
    finally:
        for leftover in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm", "-journal"))):
            leftover.unlink(missing_ok=True)


def _check(context: BackupContext, backup: Backup, place: Path) -> None:
    if not context.vault.holds(backup.path):
        raise DrillError("the file is gone from the vault")
    verdict = check_thoroughly(context, backup, place, purpose="drill-check")
    if verdict.status != "ok":
        raise DrillError(verdict.detail or verdict.status)


def _read(context: BackupContext, function: Callable[..., Any], opened: Path, **arguments: list[str]) -> dict[str, Any]:
    """Return what a function finds in an unpacked database, of which it reads every row."""
    size_bytes = opened.stat().st_size
    limits = replace(context.allowance.limits(size_bytes, is_packed=False), written_bytes=size_bytes)
    try:
        found = call_sandboxed(function, {"path": str(opened), **arguments}, limits, context.should_stop)
    except (UnreadableError, ReaderKilledError) as error:
        raise DrillError(f"unreadable: {error}") from error
    if "problem" in found:
        raise DrillError(found["problem"])
    return dict(found)


def _is_stored(context: BackupContext, backup: Backup) -> bool:
    return context.database.read(lambda session: repository.is_stored(session, backup.backup_id))

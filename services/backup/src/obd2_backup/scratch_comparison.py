"""Compares a restored copy of the server's database with the living one, which has gone on since."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, inspect
from sqlmodel import Session, select

from obd2_common.db.database import Database
from obd2_common.errors import Obd2Error
from obd2_common.migrate import current_revision, head_revision, schema_differences
from obd2_common.synced_specs import SYNCED_TABLES, SyncedTable


class ComparisonError(Obd2Error):
    """The restored database is not what the living one was."""


def compare(restored: Database, living: Database, began_at: datetime | None) -> dict[str, Any]:
    """Return what was found in the restored database.

    Rows of the Pi are never deleted, so the restored tables must hold at least the rows that came before the dump and
    at most those that are there now.

    Args:
        restored: loaded from a dump.
        living: the server's own.
        began_at: when the dump was begun, aware UTC, if that is known.

    Raises:
        ComparisonError: the schema or the number of rows of a table does not fit.
        DatabaseUnavailableError: the living database does not answer.
    """
    revision = current_revision(restored)
    if revision is None or not inspect(restored.engine).has_table("devices"):
        raise ComparisonError("the restored database holds no schema of the server")
    if revision == head_revision():
        with restored.engine.connect() as connection:
            differences = schema_differences(connection)
        if differences:
            raise ComparisonError(f"the restored schema differs: {'; '.join(differences)}")
    rows = 0
    for spec in SYNCED_TABLES.values():
        if not inspect(restored.engine).has_table(spec.name):
            continue
        found = _count(restored, spec)
        before = 0 if began_at is None else _count(living, spec, before=began_at)
        now = _count(living, spec)
        if not before <= found <= now:
            raise ComparisonError(f"{spec.name}: {found} rows restored, {before} to {now} were expected")
        rows += found
    return {"revision": revision, "rows": rows}


def _count(database: Database, spec: SyncedTable, *, before: datetime | None = None) -> int:
    query = select(func.count()).select_from(spec.table)
    if before is not None:
        query = query.where(spec.table.c.synced_at < before)

    def count(session: Session) -> int:
        return session.exec(query).one()

    return database.read(count)

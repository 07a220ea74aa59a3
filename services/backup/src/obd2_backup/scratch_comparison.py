"""Compares a restored copy of the server's database with the living one, which has gone on since."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import URL, func, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, select

from obd2_common.db.database import Database
from obd2_common.errors import Obd2Error
from obd2_common.migrate import current_revision, head_revision, schema_differences
from obd2_common.synced_specs import SYNCED_TABLES, SyncedTable


class ComparisonError(Obd2Error):
    """The restored database is not what the living one was."""


@dataclass(frozen=True)
class Restored:
    """What was found in a restored database."""

    revision: str | None
    """Of its schema; None when it is no database of the server."""
    differences: list[str]
    """Between its schema and that of this version; none are looked for in that of another."""
    rows: dict[str, int]
    """By table, of those that come from devices."""


def describe(url: URL) -> Restored:
    """Return what is in a restored database."""
    restored = Database(url.render_as_string(hide_password=False))
    try:
        revision = current_revision(restored)
        if revision is None or not inspect(restored.engine).has_table("devices"):
            return Restored(None, [], {})
        differences = []
        if revision == head_revision():
            with restored.engine.connect() as connection:
                differences = list(schema_differences(connection))
        tables = [spec for spec in SYNCED_TABLES.values() if inspect(restored.engine).has_table(spec.name)]
        return Restored(revision, differences, {spec.name: _count(restored, spec) for spec in tables})
    finally:
        restored.close()


def describe_file(path: str) -> dict[str, Any]:
    """Return what is in a restored SQLite database, or as ``problem`` why it cannot be read."""
    try:
        return asdict(describe(make_url(f"sqlite:///{path}")))
    except (SQLAlchemyError, Obd2Error) as error:
        return {"problem": type(error).__name__}


def compare(restored: Restored, living: Database, began_at: datetime | None) -> dict[str, Any]:
    """Return what was found in the restored database.

    Rows of the Pi are never deleted, so the restored tables must hold at least the rows that came before the dump and
    at most those that are there now.

    Args:
        restored: made from a dump.
        living: the server's own.
        began_at: when the dump was begun, aware UTC, if that is known.

    Raises:
        ComparisonError: the schema or the number of rows of a table does not fit.
        DatabaseUnavailableError: the living database does not answer.
    """
    if restored.revision is None:
        raise ComparisonError("the restored database holds no schema of the server")
    if restored.differences:
        raise ComparisonError(f"the restored schema differs: {'; '.join(restored.differences)}")
    for name, found in restored.rows.items():
        spec = SYNCED_TABLES[name]
        before = 0 if began_at is None else _count(living, spec, before=began_at)
        now = _count(living, spec)
        if not before <= found <= now:
            raise ComparisonError(f"{name}: {found} rows restored, {before} to {now} were expected")
    return {"revision": restored.revision, "rows": sum(restored.rows.values())}


def _count(database: Database, spec: SyncedTable, *, before: datetime | None = None) -> int:
    query = select(func.count()).select_from(spec.table)
    if before is not None:
        query = query.where(spec.table.c.synced_at < before)

    def count(session: Session) -> int:
        return session.exec(query).one()

    return database.read(count)

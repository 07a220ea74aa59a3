"""Bring a database to this version's schema, and tell when it is not there."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, inspect
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

import obd2_common.tables  # noqa: F401 - registers every table
from obd2_common.db import dialect
from obd2_common.db.database import Database
from obd2_common.db.packets import check_packets
from obd2_common.db.storage import Storage
from obd2_common.db.types import MYSQL_DIALECTS
from obd2_common.errors import SchemaMismatchError
from obd2_common.migrations import steps
from obd2_common.migrations.turns import only_migration

OUR_MIGRATIONS = Path(str(files("obd2_common"))) / "migrations"


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def head_revision(folder: Path = OUR_MIGRATIONS) -> str:
    """Return the revision this version of the program needs."""
    head = ScriptDirectory.from_config(_config(folder)).get_current_head()
    if head is None:
        raise SchemaMismatchError("the program carries no migrations")
    return head


def current_revision(database: Database) -> str | None:
    """Return the revision a database is at, None when it was never migrated."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, folder: Path = OUR_MIGRATIONS) -> list[str]:
    """Apply every migration that is missing and return their revisions, oldest first.

    What was killed is done to its end by the next call; several at once wait for one another.

    Raises:
        SchemaMismatchError: the database is at a revision this version does not know, or half-way to another one.
    """
    with database.engine.connect() as connection:
        if _is_finished(connection, folder):
            return []
    engine = dialect.patient_engine(database.url)
    Storage(engine)
    try:
        with only_migration(engine) as connection:
            return [] if _is_finished(connection, folder) else _apply(connection, folder)
    finally:
        engine.dispose()


def _is_finished(connection: Connection, folder: Path) -> bool:
    current = MigrationContext.configure(connection).get_current_revision()
    return current == head_revision(folder) and not inspect(connection).has_table(steps.NOTES.name)


def _apply(connection: Connection, folder: Path) -> list[str]:
    config = _config(folder)
    scripts = ScriptDirectory.from_config(config)
    before = MigrationContext.configure(connection).get_current_revision()
    head = head_revision(folder)
    known = {script.revision for script in scripts.walk_revisions()}
    for revision in {before, *steps.begun(connection)} - {None} - known:
        raise SchemaMismatchError(
            f"the database is at {revision}, which this version does not know (it goes up to {head}): "
            "run the version that made it, or a newer one",
        )
    missing = [script.revision for script in scripts.iterate_revisions(head, before or "base")][::-1]
    config.attributes["connection"] = connection
    if connection.dialect.name not in MYSQL_DIALECTS:
        command.upgrade(config, head)
        return missing
    command.ensure_version(config)
    for revision in missing:
        with steps.resumable(connection, revision):
            command.upgrade(config, revision)
    steps.NOTES.drop(connection, checkfirst=True)
    return missing


def schema_differences(connection: Connection) -> list[str]:
    """List where a database's tables differ from the models, one sentence each."""
    context = MigrationContext.configure(connection, opts={"compare_type": _type_differs, "include_name": _is_ours})
    return [_sentence(difference) for difference in compare_metadata(context, SQLModel.metadata)]


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave tables alone that an operator or another program keeps in the same database."""
    return kind != "table" or name in SQLModel.metadata.tables


def check_schema(database: Database) -> str:
    """Make sure the database has this version's schema and takes its statements, and return its revision.

    Raises:
        SchemaMismatchError: it has not; the message says what differs and which command mends it.
        ConfigurationError: the server takes only smaller statements.
    """
    check_packets(database)
    current, head = current_revision(database), head_revision()
    if current != head:
        state = f"at {current}" if current else "empty or was never migrated"
        raise SchemaMismatchError(f"the database is {state}, this version needs {head}: run `obd2 migrate`")
    with database.engine.connect() as connection:
        differences = schema_differences(connection)
    if differences:
        raise SchemaMismatchError(
            f"the database says it is at {current} but differs: {'; '.join(differences)}. "
            "Restore it from a backup or undo the manual change, then run `obd2 migrate`",
        )
    return head


def _type_differs(
    context: MigrationContext,
    _found_column: Column[Any],
    _wanted_column: Column[Any],
    found: TypeEngine[Any],
    wanted: TypeEngine[Any],
) -> bool | None:
    """Compare what Alembic overlooks: collations and fractions of seconds. None leaves the rest to Alembic."""
    if isinstance(wanted, TypeDecorator):
        wanted = wanted.load_dialect_impl(context.dialect)
    for detail in ("collation", "fsp"):
        expected = getattr(wanted, detail, None)
        if expected is not None and getattr(found, detail, None) != expected:
            return True
    return None


def _sentence(difference: object) -> str:
    if isinstance(difference, list):
        return "; ".join(_sentence(part) for part in difference)
    if not isinstance(difference, tuple):
        return str(difference)
    verb, *rest = difference
    names = [str(getattr(part, "name", part)) for part in rest if part is not None and not isinstance(part, dict)]
    return f"{verb} {' '.join(names)}"

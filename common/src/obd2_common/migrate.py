"""Bring a database to this version's schema, and tell when it is not there."""

from importlib.resources import files
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

import obd2_common.tables  # noqa: F401 - registers every table
from obd2_common.db.database import Database
from obd2_common.errors import SchemaMismatchError


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("obd2_common") / "migrations"))
    return config


def head_revision() -> str:
    """Return the revision this version of the program needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise SchemaMismatchError("the program carries no migrations")
    return head


def current_revision(database: Database) -> str | None:
    """Return the revision a database is at, None when it was never migrated."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database) -> list[str]:
    """Apply every migration that is missing and return their revisions, oldest first.

    Raises:
        SchemaMismatchError: the database is at a revision this version does not know.
    """
    scripts = ScriptDirectory.from_config(_config())
    before = current_revision(database)
    head = head_revision()
    if before == head:
        return []
    if before is not None and before not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaMismatchError(
            f"the database is at {before}, which this version does not know (it goes up to {head}): "
            "run the version that made it, or a newer one",
        )
    with database.engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    applied = [script.revision for script in scripts.iterate_revisions(head, before or "base")]
    return applied[::-1]


def schema_differences(connection: Connection) -> list[str]:
    """List where a database's tables differ from the models, one sentence each."""
    context = MigrationContext.configure(connection, opts={"compare_type": _type_differs, "include_name": _is_ours})
    return [_sentence(difference) for difference in compare_metadata(context, SQLModel.metadata)]


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave tables alone that an operator or another program keeps in the same database."""
    return kind != "table" or name in SQLModel.metadata.tables


def check_schema(database: Database) -> str:
    """Make sure the database has this version's schema and return its revision.

    Raises:
        SchemaMismatchError: it has not; the message says what differs and which command mends it.
    """
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

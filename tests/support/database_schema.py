"""The tables of a database as its engine describes them."""

from sqlalchemy import Connection, inspect, text

from obd2_common.db.types import MYSQL_DIALECTS

VERSION_TABLE = "alembic_version"


def schema_of(connection: Connection) -> dict[str, list[str]]:
    """Describe every table as the engine itself sees it, in an order that does not depend on creation."""
    names = [name for name in inspect(connection).get_table_names() if name != VERSION_TABLE]
    if connection.dialect.name in MYSQL_DIALECTS:
        return {name: _created_as(connection, name) for name in names}
    return {name: _reflected(connection, name) for name in names}


def _created_as(connection: Connection, table: str) -> list[str]:
    statement = connection.execute(text(f"SHOW CREATE TABLE `{table}`")).one()[1]
    return sorted(line.strip().rstrip(",") for line in statement.splitlines())


def _reflected(connection: Connection, table: str) -> list[str]:
    inspector = inspect(connection)
    parts: list[object] = [
        *inspector.get_columns(table),
        *inspector.get_indexes(table),
        *inspector.get_unique_constraints(table),
        *inspector.get_foreign_keys(table),
        *inspector.get_check_constraints(table),
        inspector.get_pk_constraint(table),
    ]
    return sorted(str(part) for part in parts)

"""Writes many rows in one statement, the fastest way each engine takes them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

from pymysql.converters import escape_string
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from obd2_common.types import MYSQL_DIALECTS

MAX_STATEMENT_ROWS = 5000
MAX_STATEMENT_CHARACTERS = 2_000_000
"""Keeps a statement below MariaDB's default max_allowed_packet (16 MiB) even if every character takes four bytes."""


def insert_columns(
    connection: Connection,
    table_name: str,
    columns: Mapping[str, Sequence[Any]],
    *,
    constants: Mapping[str, str | int | None],
    key: Sequence[str] = (),
    update: Sequence[str] = (),
) -> None:
    """Insert rows given as columns.

    Args:
        connection: in a transaction.
        table_name: a table of ours.
        columns: column name -> as many str, int, finite float or None as there are rows; at least one row.
        constants: column name -> the value it has in every row.
        key: the primary key, needed with ``update``.
        update: columns to overwrite where the key is already there; without it a known key is an error.

    Raises:
        DBAPIError: with the values taken out of its message.
    """
    if connection.dialect.name in MYSQL_DIALECTS:
        _insert_literals(connection, table_name, columns, constants, update)
    else:
        _insert_parameters(connection, table_name, columns, constants, key=key, update=update)


def _insert_parameters(
    connection: Connection,
    table_name: str,
    columns: Mapping[str, Sequence[Any]],
    constants: Mapping[str, str | int | None],
    *,
    key: Sequence[str],
    update: Sequence[str],
) -> None:
    names = ", ".join(f'"{name}"' for name in (*constants, *columns))
    marks = ", ".join("?" * (len(constants) + len(columns)))
    statement = f'INSERT INTO "{table_name}" ({names}) VALUES ({marks})'  # noqa: S608 - names are ours
    if update:
        assignments = ", ".join(f'"{name}" = excluded."{name}"' for name in update)
        statement += f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {assignments}"
    for part in _parts(columns):
        repeated = map(repeat, constants.values())
        _execute(connection, statement, list(zip(*repeated, *part, strict=False)))


def _insert_literals(
    connection: Connection,
    table_name: str,
    columns: Mapping[str, Sequence[Any]],
    constants: Mapping[str, str | int | None],
    update: Sequence[str],
) -> None:
    names = ", ".join(f"`{name}`" for name in (*constants, *columns))
    opening = "(" + "".join(f"{_literal(value)}," for value in constants.values())
    head = f"INSERT INTO `{table_name}` ({names}) VALUES {opening}"  # noqa: S608 - names are ours
    tail = ")"
    if update:
        # VALUES() is what both engines understand; MySQL 9 only warns about its age.
        tail += " ON DUPLICATE KEY UPDATE " + ", ".join(f"`{name}` = VALUES(`{name}`)" for name in update)
    for part in _parts(columns):
        rows = list(map(",".join, zip(*map(_literals, part), strict=True)))
        for chunk in _chunks(rows):
            _execute(connection, head + f"),{opening}".join(chunk) + tail, None)


def _parts(columns: Mapping[str, Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """Yield the columns in parts of as many rows as are written at once, to bound the memory of a large batch."""
    count = len(next(iter(columns.values())))
    if count <= MAX_STATEMENT_ROWS:
        yield list(columns.values())
        return
    for start in range(0, count, MAX_STATEMENT_ROWS):
        yield [values[start : start + MAX_STATEMENT_ROWS] for values in columns.values()]


def _chunks(rows: list[str]) -> list[list[str]]:
    total = sum(map(len, rows))
    if total <= MAX_STATEMENT_CHARACTERS:
        return [rows]
    chunks: list[list[str]] = [[]]
    size = 0
    for row in rows:
        if size + len(row) > MAX_STATEMENT_CHARACTERS and chunks[-1]:
            chunks.append([])
            size = 0
        chunks[-1].append(row)
        size += len(row)
    return chunks


def _literals(values: Sequence[Any]) -> list[str]:
    """Write a column's values as SQL literals; each distinct text is escaped once."""
    types = set(map(type, values))
    if types == {float}:
        return list(map(repr, values))
    if types == {int}:
        return list(map(str, values))
    if types <= {str, type(None)}:
        literals = {value: "NULL" if value is None else f"'{escape_string(value)}'" for value in set(values)}
        return [literals[value] for value in values]
    return [_literal(value) for value in values]


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return f"'{escape_string(value)}'"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"no SQL literal for {type(value).__name__}")
    return repr(value)


def _execute(connection: Connection, statement: str, parameters: list[tuple[Any, ...]] | None) -> None:
    try:
        if parameters is None:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        else:
            connection.exec_driver_sql(statement, parameters)
    except DBAPIError as error:
        error.statement = statement[:80]
        error.params = None
        raise

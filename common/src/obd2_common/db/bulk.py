"""Writes many rows in one statement, the fastest way each engine takes them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import orjson
from pymysql.converters import escape_string
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from obd2_common.db import dialect
from obd2_common.db.mysql_connection import MySQLConnection
from obd2_common.db.types import MYSQL_DIALECTS
from obd2_common.errors import Obd2Error

MAX_STATEMENT_ROWS = 5000
MAX_STATEMENT_CHARACTERS = 2_000_000
"""Keeps a statement below MariaDB's default max_allowed_packet (16 MiB) even if every character takes four bytes."""


class NotLoadedError(Obd2Error):
    """LOAD DATA did not take every row as it was; the transaction must be given up and run without it."""


def insert_columns(
    connection: Connection,
    table_name: str,
    columns: Mapping[str, Sequence[Any]],
    *,
    constants: Mapping[str, str | int | None],
    key: Sequence[str] = (),
    update: Sequence[str] = (),
    add: Sequence[str] = (),
    may_load_data: bool = False,
) -> None:
    """Insert rows given as columns.

    Args:
        connection: in a transaction.
        table_name: a table of ours, whose columns are null by default.
        columns: column name -> as many str, int, finite float or None as there are rows; at least one row.
        constants: column name -> the value it has in every row.
        key: the unique key that may be there already, needed with ``update``.
        update: columns to overwrite where the key is already there; without it a known key is an error.
        add: columns whose value is added to the one that is there instead.
        may_load_data: use LOAD DATA LOCAL for new rows where the server allows it; the caller runs the transaction
            again without when that fails.

    Raises:
        DBAPIError: with the values taken out of its message.
        NotLoadedError: only with ``may_load_data``.
    """
    if not update:
        columns = {name: values for name, values in columns.items() if not _is_null(values)}
    if connection.dialect.name not in MYSQL_DIALECTS:
        _insert_parameters(connection, table_name, columns, constants, key=key, update=update, add=add)
        return
    driver: object = connection.connection.dbapi_connection
    loader = (
        driver
        if may_load_data and not update and isinstance(driver, MySQLConnection) and driver.may_load_data
        else None
    )
    for part in _parts(columns):
        rows = _as_json(part)
        data = None if loader is None or rows is None else _as_load_data(rows, part)
        if loader is not None and data is not None:
            _load(connection, loader, table_name, list(columns), constants, data=data, row_count=len(part[0]))
        else:
            _insert_literals(connection, table_name, (list(columns), part, rows), constants, update=update, add=add)


def _is_null(values: Sequence[Any]) -> bool:
    return values[0] is None and values.count(None) == len(values)


def _insert_parameters(
    connection: Connection,
    table_name: str,
    columns: Mapping[str, Sequence[Any]],
    constants: Mapping[str, str | int | None],
    *,
    key: Sequence[str],
    update: Sequence[str],
    add: Sequence[str],
) -> None:
    names = ", ".join(f'"{name}"' for name in (*constants, *columns))
    marks = ", ".join("?" * (len(constants) + len(columns)))
    statement = f'INSERT INTO "{table_name}" ({names}) VALUES ({marks})'  # noqa: S608 - names are ours
    if update:
        sums = [f'"{name}" = "{name}" + excluded."{name}"' for name in add]
        assignments = ", ".join([*(f'"{name}" = excluded."{name}"' for name in update), *sums])
        statement += f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {assignments}"
    for part in _parts(columns):
        repeated = map(repeat, constants.values())
        _execute(connection, statement, list(zip(*repeated, *part, strict=False)))


def _as_json(part: Sequence[Sequence[Any]]) -> bytes | None:
    """Write rows as JSON arrays one after the other, where JSON writes every value as SQL and LOAD DATA read it.

    That is by far the fastest way to write many values. The engines understand JSON's escapes but for two.
    """
    try:
        text = orjson.dumps(list(zip(*part, strict=True)))[1:-1]
    except TypeError:
        return None
    return None if b"\\u" in text or b"\\f" in text else text


def _as_load_data(rows: bytes, part: Sequence[Sequence[Any]]) -> bytes | None:
    """Write null the way LOAD DATA wants it; None when a text cannot be told from a null."""
    if b"null" not in rows:
        return rows
    nulls = sum(values.count(None) for values in part)
    if part[0].count(None) or rows.count(b",null") != nulls:
        return None
    return rows.replace(b",null", b",\\N")


def _load(
    connection: Connection,
    loader: MySQLConnection,
    table_name: str,
    names: Sequence[str],
    constants: Mapping[str, str | int | None],
    *,
    data: bytes,
    row_count: int,
) -> None:
    """Load rows, and make sure that every single one arrived as it is.

    With LOCAL the engines leave out what they cannot store, cut what is too long, and only count it as warnings.
    """
    assignments = ", ".join(f"`{name}` = {_literal(value)}" for name, value in constants.items())
    statement = (
        f"LOAD DATA LOCAL INFILE 'rows' INTO TABLE `{table_name}` CHARACTER SET utf8mb4 "
        "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '\\\\' "
        "LINES STARTING BY '[' TERMINATED BY ']' "
        f"({', '.join(f'`{name}`' for name in names)}) SET {assignments}"
    )
    try:
        with loader.offer(data):
            _execute(connection, statement, None)
    except DBAPIError as error:
        if dialect.is_transient(error):
            raise
        loader.may_load_data = False
        raise NotLoadedError("the server refuses LOAD DATA LOCAL") from error
    if (loader.row_count, loader.remark_count) != (row_count, 0):
        raise NotLoadedError("the server did not load every row as it was")


def _insert_literals(
    connection: Connection,
    table_name: str,
    content: tuple[Sequence[str], Sequence[Sequence[Any]], bytes | None],
    constants: Mapping[str, str | int | None],
    *,
    update: Sequence[str],
    add: Sequence[str],
) -> None:
    """Insert one part, given as its columns' names, their values, and the rows as JSON where that was possible."""
    names, part, rows = content
    heading = ", ".join(f"`{name}`" for name in (*constants, *names))
    opening = "(" + "".join(f"{_literal(value)}," for value in constants.values())
    head = f"INSERT INTO `{table_name}` ({heading}) VALUES {opening}"  # noqa: S608 - names are ours
    tail = ")"
    if update:
        # VALUES() is what both engines understand; MySQL 9 only warns about its age.
        sums = [f"`{name}` = `{name}` + VALUES(`{name}`)" for name in add]
        tail += " ON DUPLICATE KEY UPDATE " + ", ".join([*(f"`{name}` = VALUES(`{name}`)" for name in update), *sums])
    for chunk in _chunks(_row_literals(part, rows)):
        _execute(connection, head + f"),{opening}".join(chunk) + tail, None)


def _row_literals(part: Sequence[Sequence[Any]], rows: bytes | None) -> list[str]:
    """Write each row's values as SQL literals, separated by commas."""
    if rows is not None:
        texts = rows[1:-1].decode().split("],[")
        # A text that holds the separator itself would be torn.
        if len(texts) == len(part[0]):
            return texts
    return list(map(",".join, zip(*map(_literals, part), strict=True)))


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

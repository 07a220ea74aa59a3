"""Moves a column the server did not know out of ``extra`` into a column of its own; used by migrations."""

import math
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, bindparam, column, delete, select, table, tuple_, update
from sqlalchemy.sql.expression import TableClause

from obd2_common.db.types import BODY_TEXT_BYTES, KEY_TEXT_CHARACTERS, JsonText
from obd2_common.synced_specs import Kind

_KEY = ("source_device", "source_epoch", "source_id")
_ROWS_PER_STEP = 1000
_WHOLE_LIMIT = 2**63


def promote_column(connection: Connection, table_name: str, column_name: str, kind: Kind) -> int:
    """Fill a column just added from the rows' ``extra`` and return how many rows had a value for it.

    A value the column cannot hold stays in ``extra``, so nothing is lost. The column leaves the list of unknown ones.

    Args:
        connection: in the migration's transaction.
        table_name: a synced table that has the new column already.
        column_name: the same on the wire, in ``extra`` and in the table.
        kind: what the column holds. A TIME needs the Pi's zone to be read: promote it as a text under
            ``<name>_raw`` and fill the UTC column in a step of its own.
    """
    rows = table(table_name, *map(column, _KEY), column("extra", JsonText), column(column_name))
    statement = (
        update(rows)
        .where(*(rows.c[name] == bindparam(f"key_{name}") for name in _KEY))
        .values({rows.c[column_name]: bindparam("value"), rows.c.extra: bindparam("rest", type_=JsonText)})
    )
    count = 0
    for part in _rows_with_extra(connection, rows):
        changes = [
            {
                **{f"key_{name}": getattr(row, name) for name in _KEY},
                "value": row.extra[column_name],
                "rest": {name: value for name, value in row.extra.items() if name != column_name} or None,
            }
            for row in part
            if column_name in row.extra and _fits(row.extra[column_name], kind)
        ]
        if changes:
            connection.execute(statement, changes)
            count += len(changes)
    listed = table("unknown_columns", column("table_name"), column("column_name"))
    connection.execute(delete(listed).where(listed.c.table_name == table_name, listed.c.column_name == column_name))
    return count


def _rows_with_extra(connection: Connection, rows: TableClause) -> Iterator[list[Any]]:
    """Yield the rows that have unknown columns, some at a time, in the order of their key."""
    key = [rows.c[name] for name in _KEY]
    query = select(*key, rows.c.extra).where(rows.c.extra.is_not(None)).order_by(*key).limit(_ROWS_PER_STEP)
    part = list(connection.execute(query))
    while part:
        yield part
        last = tuple(getattr(part[-1], name) for name in _KEY)
        part = list(connection.execute(query.where(tuple_(*key) > tuple_(*last))))


def _fits(value: object, kind: Kind) -> bool:
    if value is None:
        return True
    if kind is Kind.WHOLE:
        return type(value) is int and -_WHOLE_LIMIT <= value < _WHOLE_LIMIT
    if kind is Kind.REAL:
        return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]
    if not isinstance(value, str):
        return False
    return len(value) <= KEY_TEXT_CHARACTERS if kind is Kind.NAME else len(value.encode()) <= BODY_TEXT_BYTES

"""Asks the server whether a range of rows holds exactly what was sent, without fetching the rows."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from obd2_common.types import MYSQL_DIALECTS

_FIELD, _ROW, _NULL = "\x1f", "\x1e", "-"


def holds_exactly(
    connection: Connection,
    table_name: str,
    owner: tuple[str, int],
    ids: Sequence[int],
    columns: Mapping[str, Sequence[Any]],
) -> bool:
    """Tell whether every given row is stored with every given value.

    True is certain. False may also mean that the question could not be put: the ids have holes, the engine gains
    nothing by it, or a number is written differently by the server; the caller then looks at the rows themselves.

    Args:
        connection: in a transaction.
        table_name: a table of ours with source_device, source_epoch and a whole source_id as its key.
        owner: source_device and source_epoch.
        ids: source_id of each row, distinct.
        columns: column -> values, str, int, finite float or None.
    """
    if connection.dialect.name not in MYSQL_DIALECTS or not ids or max(ids) - min(ids) + 1 != len(ids):
        return False
    fields = [_stored_text(name, values) for name, values in columns.items()]
    # Lengths stand before texts, so that no two contents give the same string.
    statement = (
        f"SELECT COUNT(*), SHA2(GROUP_CONCAT(CONCAT_WS('{_FIELD}', {', '.join(fields)}) "  # noqa: S608 - names are ours
        f"ORDER BY source_id SEPARATOR '{_ROW}'), 256) FROM `{table_name}` "
        "WHERE source_device = %s AND source_epoch = %s AND source_id BETWEEN %s AND %s"
    )
    count, digest = connection.exec_driver_sql(statement, (*owner, min(ids), max(ids))).one()
    if count != len(ids):
        return False
    texts = [_wire_text(values) for values in columns.values()]
    rows = list(map(_FIELD.join, zip(*texts, strict=True)))
    if list(ids) != sorted(ids):
        rows = [row for _, row in sorted(zip(ids, rows, strict=True))]
    return bool(hashlib.sha256(_ROW.join(rows).encode()).hexdigest() == digest)


def _stored_text(name: str, values: Sequence[Any]) -> str:
    types = set(map(type, values))
    if types == {type(None)}:
        return f"`{name}` IS NULL"
    text = f"CONCAT(CHAR_LENGTH(`{name}`), ':', `{name}`)" if str in types else f"`{name}`"
    return f"IFNULL({text}, '{_NULL}')"


def _wire_text(values: Sequence[Any]) -> list[str]:
    types = set(map(type, values))
    if types == {type(None)}:
        return ["1"] * len(values)
    if types == {float}:
        return [text.removesuffix(".0") for text in map(repr, values)]
    if types == {int}:
        return list(map(str, values))
    texts = {value: _one_text(value) for value in set(values)}
    return [texts[value] for value in values]


def _one_text(value: object) -> str:
    if value is None:
        return _NULL
    if isinstance(value, str):
        return f"{len(value)}:{value}"
    return repr(value).removesuffix(".0")

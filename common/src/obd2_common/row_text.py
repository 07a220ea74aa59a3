"""Writes row content as one canonical text, the same from Python values and from the database's own SQL.

Two sides that hold the same rows get the same digest without moving the rows. Text fields carry their length, so
that no two contents give the same text.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from obd2_common.synced_specs import Kind, SyncedTable

FIELD_SEPARATOR, ROW_SEPARATOR, NULL = "\x1f", "\x1e", "-"


def stored_name(name: str, kind: Kind) -> str:
    """Return the column that holds a wire column word for word."""
    return f"{name}_raw" if kind is Kind.TIME else name


def row_texts(
    spec: SyncedTable,
    ids: Sequence[int],
    columns: Mapping[str, Sequence[Any]],
    names: Iterable[str] | None = None,
) -> list[str]:
    """Return the canonical text of each row.

    Args:
        spec: the table.
        ids: the rows' keys.
        columns: wire column -> values as they are stored, times as their raw text.
        names: the wire columns that count, all by default; one that is not in ``columns`` counts as null.
    """
    nothing = [NULL] * len(ids)
    fields = [
        _field_texts(spec.columns[name], columns[name]) if name in columns else nothing
        for name in names or spec.columns
    ]
    return list(map(FIELD_SEPARATOR.join, zip(map(str, ids), *fields, strict=True)))


def mysql_row_text(spec: SyncedTable, names: Iterable[str] | None = None) -> str:
    """Return the SQL expression with which MySQL and MariaDB write the same text of a stored row."""
    kinds = [(name, spec.columns[name]) for name in names or spec.columns]
    fields = [_mysql_field(stored_name(name, kind), kind) for name, kind in kinds]
    return f"CONCAT_WS('{FIELD_SEPARATOR}', source_id, {', '.join(fields)})"


def real_text(value: float) -> str:
    """Write a double as MySQL and MariaDB do from 0.0001 up to 10**15, and zero.

    Beyond that the engines differ in when they use an exponent. Equal rows with such a number may get different
    digests, so a difference is always looked into; different rows never get the same one.
    """
    return "0" if value == 0 else repr(value).removesuffix(".0")


def _field_texts(kind: Kind, values: Sequence[Any]) -> list[str]:
    if kind is Kind.REAL:
        return [NULL if value is None else real_text(value) for value in values]
    if kind is Kind.WHOLE:
        return [NULL if value is None else str(value) for value in values]
    texts = {value: NULL if value is None else f"{len(value)}:{value}" for value in set(values)}
    return [texts[value] for value in values]


def _mysql_field(name: str, kind: Kind) -> str:
    is_text = kind not in (Kind.WHOLE, Kind.REAL)
    text = f"CONCAT(CHAR_LENGTH(`{name}`), ':', `{name}`)" if is_text else f"`{name}`"
    return f"IFNULL({text}, '{NULL}')"

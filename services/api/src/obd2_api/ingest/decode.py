"""Splits the rows of one table into columns ready to store and rows that no column can hold.

The Pi's rows all look alike, so a batch is first converted column by column, at C speed. The first thing out of the
ordinary sends the batch through the same conversions row by row instead.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from obd2_api.ingest.values import (
    ABSENT,
    CONVERTERS,
    MAX_WHOLE,
    MIN_WHOLE,
    BadValueError,
    check_extra,
    key_value,
)
from obd2_common.db.types import KEY_TEXT_CHARACTERS
from obd2_common.synced_specs import Kind, SyncedTable

Extra = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that goes to quarantine.

    Args:
        position: index in the request's rows of its table.
        reason: code of why.
        column: the column at fault, if one is.
        source_id: the row's key, if it has a usable one.
    """

    position: int
    reason: str
    column: str | None = None
    source_id: str | None = None


@dataclass(slots=True)
class DecodedRows:
    """The storable rows of one table, as parallel lists; a column the whole batch lacks is left out.

    Args:
        ids: each row's key, distinct.
        positions: each row's index in the request.
        columns: wire column -> values; `ABSENT` where only some rows have the key. Times are still text.
        extras: each row's unknown columns.
        has_absent: some value is `ABSENT`.
        superseded: rows left out because a later row of the batch has the same key.
    """

    ids: list[Any]
    positions: list[int]
    columns: dict[str, list[Any]]
    extras: list[Extra]
    has_absent: bool = False
    superseded: int = 0
    bad: list[BadRow] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of storable rows."""
        return len(self.ids)

    def take(self, indexes: Sequence[int]) -> "DecodedRows":
        """Return some of the rows, without what goes for the batch as a whole: superseded and bad ones."""
        columns = {name: [values[index] for index in indexes] for name, values in self.columns.items()}
        return DecodedRows(
            [self.ids[index] for index in indexes],
            [self.positions[index] for index in indexes],
            columns,
            [self.extras[index] for index in indexes],
            self.has_absent and any(value is ABSENT for values in columns.values() for value in values),
        )


def decode_rows(spec: SyncedTable, rows: Sequence[Any]) -> DecodedRows:
    """Convert the rows of one table; what cannot be stored is listed in ``bad``, nothing is dropped."""
    if not rows:
        return DecodedRows([], [], {}, [])
    decoded = _decode_alike(spec, rows) or _decode_each(spec, rows)
    return _keep_last_of_each_key(decoded)


def _decode_alike(spec: SyncedTable, rows: Sequence[Any]) -> DecodedRows | None:
    """Convert rows that all have the same columns, column by column; None when anything is out of the ordinary."""
    first = rows[0]
    names = [name for name in spec.columns if name in first] if type(first) is dict and spec.key in first else []
    if not names:
        return None
    try:
        if set(map(len, rows)) != {len(first)}:
            return None
        keys, *picked = zip(*map(itemgetter(spec.key, *names), rows), strict=True)
        columns = {name: _alike_column(spec.columns[name], values) for name, values in zip(names, picked, strict=True)}
        extras: list[Extra] = [None] * len(rows)
        unknown_count = len(first) - len(names) - (spec.key not in spec.columns)
        if unknown_count:
            known = {*spec.columns, spec.key}
            extras = [_extra_of(row, known) for row in rows]
            # A row of the same length may have a known column in place of an unknown one.
            if any(extra is None or len(extra) != unknown_count for extra in extras):
                return None
        return DecodedRows(_alike_ids(keys, spec), list(range(len(rows))), columns, extras)
    except (BadValueError, KeyError, TypeError):
        return None


def _alike_ids(values: Sequence[Any], spec: SyncedTable) -> list[Any]:
    if not spec.has_text_key and set(map(type, values)) == {int}:
        if min(values) < MIN_WHOLE or max(values) > MAX_WHOLE:
            raise BadValueError("bad_key")
        return list(values)
    return [key_value(value, has_text_key=spec.has_text_key) for value in values]


def _alike_column(kind: Kind, values: Sequence[Any]) -> list[Any]:
    convert = CONVERTERS[kind]
    if kind in (Kind.TEXT, Kind.NAME, Kind.TIME):
        distinct = set(values)
        if set(map(type, distinct)) == {str}:
            for value in distinct:
                convert(value)
            return list(values)
        return [convert(value) for value in values]
    types = set(map(type, values))
    if kind is Kind.REAL and types == {float} and all(map(math.isfinite, values)):
        return list(values)
    if kind is Kind.WHOLE and types == {int} and min(values) >= MIN_WHOLE and max(values) <= MAX_WHOLE:
        return list(values)
    return [convert(value) for value in values]


def _decode_each(spec: SyncedTable, rows: Sequence[Any]) -> DecodedRows:
    known = {*spec.columns, spec.key}
    decoded = DecodedRows([], [], {name: [] for name in spec.columns}, [])
    for position, row in enumerate(rows):
        column: str | None = None
        key: int | str | None = None
        try:
            if not isinstance(row, dict):
                raise BadValueError("not_an_object")  # noqa: TRY301 - one place turns a reason into a bad row
            column = spec.key
            key = key_value(row.get(spec.key), has_text_key=spec.has_text_key)
            values = []
            for column, kind in spec.columns.items():
                value = row.get(column, ABSENT)
                values.append(value if value is ABSENT else CONVERTERS[kind](value))
            column = None
            extra = _extra_of(row, known)
        except BadValueError as error:
            source_id = None if key is None else str(key)[:KEY_TEXT_CHARACTERS]
            decoded.bad.append(BadRow(position, error.reason, column, source_id))
            continue
        decoded.ids.append(key)
        decoded.positions.append(position)
        decoded.extras.append(extra)
        for name, value in zip(spec.columns, values, strict=True):
            decoded.columns[name].append(value)
    for name, values in list(decoded.columns.items()):
        absent = sum(value is ABSENT for value in values)
        if absent == len(values):
            del decoded.columns[name]
        elif absent:
            decoded.has_absent = True
    return decoded


def _extra_of(row: dict[str, Any], known: set[str]) -> Extra:
    extra = {name: value for name, value in row.items() if name not in known}
    if not extra:
        return None
    check_extra(extra)
    return extra


def _keep_last_of_each_key(decoded: DecodedRows) -> DecodedRows:
    if len(set(decoded.ids)) == len(decoded.ids):
        return decoded
    last = {key: index for index, key in enumerate(decoded.ids)}
    kept = decoded.take(sorted(last.values()))
    kept.superseded = len(decoded) - len(kept)
    kept.bad = decoded.bad
    return kept

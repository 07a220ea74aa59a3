"""Pages of a list: the next one begins behind the last row shown, whatever came in between.

The place is compared column by column with values of the columns' own types, NULL included: an expression over several
types is compared as text by some engines, and rows are lost.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.orm import Mapped
from sqlmodel import Session

from obd2_common.errors import InvalidInputError

Row = TypeVar("Row")
Value = datetime | str | int | None
_INVALID = "cursor: not one this server has given"
_MAX_WHOLE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class SortKey(Generic[Row]):
    """A column a list is sorted by; NULL counts as smaller than every value, as the engines have it.

    Args:
        column: of the query.
        kind: of the column's values.
        value: reads the column from a row.
        is_descending: largest first.
    """

    column: Mapped[Any]
    kind: type[datetime] | type[str] | type[int]
    value: Callable[[Row], Value]
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, the cursor behind the last of them (the one given when there are none), and what follows."""

    rows: list[Row]
    cursor: str | None
    has_more: bool

    @property
    def next_cursor(self) -> str | None:
        """Return the cursor of the next page, None on the last."""
        return self.cursor if self.has_more else None


def read_page(
    session: Session,
    query: Any,  # noqa: ANN401 - a select of any rows
    keys: Sequence[SortKey[Any]],
    *,
    limit: int,
    cursor: str | None,
) -> Page[Any]:
    """Return a page of a query's rows.

    Args:
        session: to read with.
        query: unsorted.
        keys: what it is sorted by; together they are different for every row.
        limit: how many rows at most.
        cursor: where the page begins; None is the beginning of the list.

    Raises:
        InvalidInputError: the cursor is not one of this list.
    """
    if cursor is not None:
        query = query.where(_is_behind(keys, read_cursor(cursor, [key.kind for key in keys])))
    order = [key.column.desc() if key.is_descending else key.column.asc() for key in keys]
    found = list(session.exec(query.order_by(*order).limit(limit + 1)))
    rows = found[:limit]
    if rows:
        cursor = write_cursor([key.value(rows[-1]) for key in keys])
    return Page(rows, cursor, len(found) > limit)


def write_cursor(values: Sequence[Value]) -> str:
    """Return the values of a row's sort keys as an opaque text."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    document = json.dumps(plain, separators=(",", ":"))
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def read_cursor(text: str, kinds: Sequence[type]) -> list[Value]:
    """Read a cursor back.

    Raises:
        InvalidInputError: it is not one that `write_cursor` wrote for these kinds.
    """
    try:
        values = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if type(values) is not list:
            raise InvalidInputError(_INVALID)
        return [_read(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (binascii.Error, ValueError, OverflowError, RecursionError) as error:
        raise InvalidInputError(_INVALID) from error


def _read(value: object, kind: type) -> Value:
    if value is None:
        return None
    if kind is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    if kind is str and isinstance(value, str):
        value.encode()  # a lone surrogate is no text for a database
        return value
    if kind is int and type(value) is int and abs(value) <= _MAX_WHOLE:
        return value
    raise InvalidInputError(_INVALID)


def _is_behind(keys: Sequence[SortKey[Any]], values: Sequence[Value]) -> ColumnElement[bool]:
    """Return the condition of the rows that come after one with these values."""
    if not keys:
        return false()
    (key, *others), (value, *rest) = keys, values
    column = key.column
    same = column.is_(None) if value is None else column == value
    return or_(_is_further(column, value, is_descending=key.is_descending), and_(same, _is_behind(others, rest)))


def _is_further(column: Mapped[Any], value: Value, *, is_descending: bool) -> ColumnElement[bool]:
    if value is None:
        return false() if is_descending else column.is_not(None)
    return or_(column < value, column.is_(None)) if is_descending else column > value

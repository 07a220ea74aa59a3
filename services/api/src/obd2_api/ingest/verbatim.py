"""Finds the exact text of single rows in a request body, for those that must be kept word for word."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator

_DECODER = json.JSONDecoder(parse_int=float)
"""Values are skipped, not used: float takes whole numbers of any length."""
_BLANK = re.compile(r"[ \t\n\r]*")
_MARKS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
Place = tuple[int, int]
"""Where a row's text begins and ends."""


class RowTexts:
    """The JSON texts of the rows in a body that `read_envelope` accepted; it is walked once, when first asked.

    Where a key occurs twice the last one counts, as in the decoders.
    """

    def __init__(self, body: bytes | bytearray) -> None:
        self._body = body
        self._text = ""
        self._places: dict[str, list[Place]] | None = None

    def of(self, table_name: str, positions: Iterable[int] | None = None) -> list[str]:
        """Return the texts of rows of one table, by their places in the request; of all when none are named."""
        if self._places is None:
            self._text = _bytewise(self._body)
            self._places = _tables(_Cursor(self._text))
        places = self._places.get(table_name, [])
        wanted = places if positions is None else [places[position] for position in positions]
        return [_real(self._text[start:end]) for start, end in wanted]


def text_of(body: bytes | bytearray) -> str:
    """Return a body as text; bytes that are no UTF-8 become lone surrogates, to be caught row by row."""
    return body.decode("utf-8-sig", errors="surrogateescape")


def _bytewise(body: bytes | bytearray) -> str:
    """Return a body as a text with a character for each byte: one past U+FFFF would make all others take four bytes.

    The marks of JSON are ASCII, so that the structure stays the same.
    """
    return body.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def _real(text: str) -> str:
    """Return part of a bytewise text as it is meant."""
    return text.encode("latin-1").decode(errors="surrogateescape")


def _tables(cursor: "_Cursor") -> dict[str, list[Place]]:
    tables: dict[str, list[Place]] = {}
    for name in cursor.members():
        if name == "tables":
            tables = {table: _rows(cursor) for table in cursor.members()} if cursor.is_at("{") else {}
    return tables


def _rows(cursor: "_Cursor") -> list[Place]:
    rows: list[Place] = []
    if cursor.is_at("{"):
        for name in cursor.members():
            if name == "rows":
                rows = list(cursor.elements()) if cursor.is_at("[") else []
    return rows


class _Cursor:
    """A place in a JSON text, which moves on as members and elements are read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._index = 0
        self._skip_blank()

    def is_at(self, mark: str) -> bool:
        """Tell whether the value that comes next begins with a mark."""
        return self._text[self._index] == mark

    def members(self) -> Iterator[str]:
        """Yield the name of each member of the object here, standing at its value; one that is not read is skipped."""
        self._step()
        while not self.is_at("}"):
            begin = self._index
            self._index = _DECODER.raw_decode(self._text, begin)[1]
            name = json.loads(_real(self._text[begin : self._index]))
            self._skip_blank()
            self._step()
            start = self._index
            yield name
            if self._index == start:
                self._skip_value()
            self._end_item()
        self._step()

    def elements(self) -> Iterator[Place]:
        """Yield start and end of each element of the array here."""
        self._step()
        while not self.is_at("]"):
            start = self._index
            self._skip_value()
            yield start, self._index
            self._end_item()
        self._step()

    def _step(self) -> None:
        self._index += 1
        self._skip_blank()

    def _end_item(self) -> None:
        self._skip_blank()
        if self.is_at(","):
            self._step()

    def _skip_blank(self) -> None:
        blank = _BLANK.match(self._text, self._index)
        if blank is not None:
            self._index = blank.end()

    def _skip_value(self) -> None:
        try:
            self._index = _DECODER.raw_decode(self._text, self._index)[1]
        except RecursionError:
            # The envelope's decoder goes deeper than this one: count the brackets instead.
            self._index = _end_by_brackets(self._text, self._index)


def _end_by_brackets(text: str, index: int) -> int:
    depth = 0
    for mark in _MARKS.finditer(text, index):
        depth += _STEPS.get(mark[0], 0)
        if depth == 0:
            return mark.end()
    raise ValueError("the value does not end")

"""Finds the exact text of single rows in a request body, for those that must be kept word for word."""

import json
import re
from collections.abc import Iterator

from obd2_api.ingest.envelope import text_of

_DECODER = json.JSONDecoder(parse_int=float)
"""Values are skipped, not used: float takes whole numbers of any length."""
_BLANK = re.compile(r"[ \t\n\r]*")
_MARKS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


def row_texts(body: bytes | bytearray, table_name: str) -> list[str]:
    """Return the JSON text of every row of one table, as it stands in a body that `read_envelope` accepted.

    Where a key occurs twice the last one counts, as in the decoders.
    """
    text = text_of(body)
    start = 0
    for key in ("tables", table_name, "rows"):
        found = [value_start for name, value_start, _ in _members(text, start) if name == key]
        if not found:
            return []
        start = found[-1]
    return [text[element_start:end] for element_start, end in _elements(text, start)]


def _skip(text: str, index: int) -> int:
    blank = _BLANK.match(text, index)
    return index if blank is None else blank.end()


def _end(text: str, index: int) -> int:
    """Return the index behind the value that begins at index."""
    try:
        return _DECODER.raw_decode(text, index)[1]
    except RecursionError:
        # The envelope's decoder goes deeper than this one: count the brackets instead.
        depth = 0
        for mark in _MARKS.finditer(text, index):
            depth += _STEPS.get(mark[0], 0)
            if depth == 0:
                return mark.end()
        raise


def _members(text: str, index: int) -> Iterator[tuple[str, int, int]]:
    """Yield name, start and end of each member's value of the object at index."""
    index = _skip(text, _skip(text, index) + 1)
    while text[index] != "}":
        name, index = _DECODER.raw_decode(text, index)
        value_start = _skip(text, _skip(text, index) + 1)
        end = _end(text, value_start)
        yield name, value_start, end
        index = _skip(text, end)
        if text[index] == ",":
            index = _skip(text, index + 1)


def _elements(text: str, index: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each element of the array at index."""
    index = _skip(text, _skip(text, index) + 1)
    while text[index] != "]":
        end = _end(text, index)
        yield index, end
        index = _skip(text, end)
        if text[index] == ",":
            index = _skip(text, index + 1)

"""What is acknowledged is stored as it came, down to the last bit, on every engine."""

import json
import math
import random
import struct
import sys
from typing import Any

import pytest

from obd2_common.synced_specs import SYNCED_TABLES
from support.ingest_setup import Server, wire_values
from support.pi_rows import EXAMPLES, example, reading, readings

EDGES = [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1, 1 / 3, 0.7843137254901961, 1e16, 1e-5, 1e22]
TEXTS = [
    "",
    " ",
    "trailing blank ",
    "NULL",
    "'",
    '"',
    "\\",
    "\\'",
    "';DROP TABLE devices;--",
    "%s %(x)s :x ? {}",
    "\x00",
    "a\x00b",
    "\n\r\t\x1a\x08",
    "°C é e\u0301 ß İ",
    "\U0001f697",
    "\ufffe\uffff\ufeff",
    "x" * 65535,
    "'" * 65535,
    "\\" * 65535,
    "\U0001f697" * 16383,
]


def random_floats(count: int) -> list[float]:
    generator = random.Random(20260711)  # noqa: S311 - test data
    drawn = (struct.unpack("<d", generator.randbytes(8))[0] for _ in range(2 * count))
    finite = [value for value in drawn if math.isfinite(value)][:count]
    return [*finite, *(generator.uniform(-1e4, 1e4) for _ in range(count))]


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


def test_every_double_keeps_its_bits(server: Server) -> None:
    # -0.0 is left out: SQLite, where every reading comes from, does not keep it either.
    values = [0.0, *(sign * value for value in EDGES for sign in (1, -1)), *random_floats(1500)]
    rows = [reading(number, value=value) for number, value in enumerate(values, start=1)]

    counts = server.counts("realtime_data", rows)
    again = server.counts("realtime_data", rows)

    stored = server.synced("realtime_data")
    assert counts == (len(rows), 0, 0, 0)
    assert again == (0, len(rows), len(rows), 0)
    wrong = [value for number, value in enumerate(values, start=1) if bits(stored[number]["value"]) != bits(value)]
    assert wrong == []


def test_a_difference_in_the_last_bit_is_a_change(server: Server) -> None:
    values = [0.1, 1 / 3, 0.7843137254901961, 1e15, 1e-4, 123456.789, *random_floats(60)]
    rows = [example("statistics", id=number, max_value=value) for number, value in enumerate(values, start=1)]
    moved = [{**row, "max_value": math.nextafter(row["max_value"], 0.0)} for row in rows]
    server.counts("statistics", rows)

    counts = [server.counts("statistics", [row]) for row in moved]

    assert counts == [(0, 1, 0, 0)] * len(rows)
    stored = server.synced("statistics")
    assert [bits(stored[row["id"]]["max_value"]) for row in moved] == [bits(row["max_value"]) for row in moved]


@pytest.mark.parametrize(
    ("one", "other"),
    [("a", "A"), ("a", "a "), ("é", "e\u0301"), ("", None), ("-", None), ("1:a", "a"), ("a\x1f1:b", "a"), ("0", "0.0")],
)
def test_texts_that_look_alike_are_a_change(server: Server, one: str, other: str | None) -> None:
    rows = [example("connection_log", mac_address=one, error_message=other)]
    swapped = [{**row, "mac_address": other, "error_message": one} for row in rows]

    steps = [server.counts("connection_log", step) for step in (rows, rows, swapped, swapped)]

    assert steps == [(1, 0, 0, 0), (0, 1, 1, 0), (0, 1, 0, 0), (0, 1, 1, 0)]


def test_doubles_in_unknown_columns_keep_their_bits(server: Server) -> None:
    values = [value for value in random_floats(1000) if abs(value) < 2**63]
    rows = [reading(number, new=value) for number, value in enumerate(values, start=1)]

    server.counts("realtime_data", rows)
    again = server.counts("realtime_data", rows)

    stored = server.synced("realtime_data")
    assert again == (0, len(rows), len(rows), 0)
    wrong = [v for number, v in enumerate(values, start=1) if bits(stored[number]["extra"]["new"]) != bits(v)]
    assert wrong == []


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_every_text_is_stored_as_it_came(server: Server, text: str) -> None:
    row = example("connection_log", mac_address=text, event_type=text[:255], new=text)

    first = server.counts("connection_log", [row])
    second = server.counts("connection_log", [row])

    (stored,) = server.rows("connection_log")
    assert (first, second) == ((1, 0, 0, 0), (0, 1, 1, 0))
    assert (stored["mac_address"], stored["event_type"], stored["extra"]) == (text, text[:255], {"new": text})


@pytest.mark.parametrize("number", [0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_every_whole_number_is_stored_as_it_came(server: Server, number: int) -> None:
    row = example("connection_log", id=number, drive_id=number, retry_count=number, new=number)

    first = server.counts("connection_log", [row])
    second = server.counts("connection_log", [row])

    (stored,) = server.rows("connection_log")
    assert (first, second) == ((1, 0, 0, 0), (0, 1, 1, 0))
    assert (stored["source_id"], stored["drive_id"], stored["extra"]) == (number, number, {"new": number})


@pytest.mark.parametrize(
    "new",
    [
        None,
        True,
        [],
        {},
        [1, "a", None, {"b": [2.5]}],
        {"": 1},
        {"a": {"b": {"c": [[[[]]]]}}},
        {"\x00": "\x00"},
        "null",
        2**63 - 1,
        1.0,
        -0.0,
    ],
    ids=json.dumps,
)
def test_any_json_in_an_unknown_column_is_stored_as_it_came(server: Server, new: Any) -> None:  # noqa: ANN401
    first = server.counts("realtime_data", [reading(1, new=new)])
    second = server.counts("realtime_data", [reading(1, new=new)])

    (stored,) = server.rows("realtime_data")
    assert (first, second) == ((1, 0, 0, 0), (0, 1, 1, 0))
    assert json.dumps(stored["extra"]) == json.dumps({"new": new})


@pytest.mark.parametrize("length", [1, 64, 255, 256, 16_000, 17_000, 65_535, 65_536, 100_000])
def test_a_new_column_may_have_any_name(server: Server, length: int) -> None:
    name = "é" * length

    counts = server.counts("realtime_data", [reading(1), reading(2, **{name: 7}), reading(3)])

    stored = server.synced("realtime_data")
    assert sum(counts) == 3
    if counts == (3, 0, 0, 0):
        assert stored[2]["extra"] == {name: 7}
        assert [row["column_name"] for row in server.rows("unknown_columns")] == [name[:255]]
    else:
        assert counts == (2, 0, 0, 1)
        assert length > 16_000


@pytest.mark.parametrize("length", [1, 255, 256, 65_535, 65_536, 100_000])
def test_an_unknown_table_may_have_any_name(server: Server, length: int) -> None:
    name = "é" * length

    counts = server.counts(name, [{"id": 1}])

    (kept,) = server.rows("quarantine")
    assert counts == (0, 0, 0, 1)
    assert (kept["table_name"], kept["row_text"]) == (name[:255], '{"id": 1}')


@pytest.mark.parametrize("table", sorted(EXAMPLES))
def test_a_row_of_every_table_is_stored_column_by_column(server: Server, table: str) -> None:
    row = EXAMPLES[table]

    first = server.counts(table, [row])
    second = server.counts(table, [row])

    (stored,) = server.rows(table)
    spec = SYNCED_TABLES[table]
    assert (first, second) == ((1, 0, 0, 0), (0, 1, 1, 0))
    assert stored["source_id"] == row[spec.key]
    assert wire_values(table, stored) == {column: row[column] for column in spec.columns}


def test_the_longest_batch_is_stored(server: Server) -> None:
    rows = readings(1, 20_000)

    counts = server.counts("realtime_data", rows)

    assert counts == (20_000, 0, 0, 0)
    assert server.count("realtime_data") == 20_000


def test_a_row_as_large_as_a_body_may_be_is_stored_or_kept(server: Server) -> None:
    huge = reading(1, unit="'\\" * 4_000_000)

    counts = server.counts("realtime_data", [huge, reading(2)])

    (kept,) = server.rows("quarantine")
    assert counts == (1, 0, 0, 1)
    assert (kept["reason"], kept["column_name"]) == ("too_long", "unit")
    assert sys.getsizeof(kept["row_text"]) > 1000


def test_many_long_rows_are_stored_in_several_statements(server: Server) -> None:
    rows = [example("connection_log", id=number, mac_address="'" * 65535) for number in range(120)]

    counts = server.counts("connection_log", rows)

    assert counts == (120, 0, 0, 0)
    assert {row["mac_address"] for row in server.rows("connection_log")} == {"'" * 65535}

"""The exact text of a row is found in the body, whatever stands around it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_api.ingest.envelope import read_envelope
from obd2_api.ingest.verbatim import RowTexts
from obd2_common.errors import InvalidInputError
from support.pi_rows import document

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def request(rows: str, table: str = "t") -> bytes:
    return f'{{"tables": {{"{table}": {{"rows": [{rows}]}}}}, "deviceId": "pi", "batchId": "b"}}'.encode()


@pytest.mark.parametrize(
    "text",
    [
        '{"value":1e999,  "id" : 7}',
        '{ "id": 007e }'.replace("007e", "0.70e+1"),
        '{"b": 1, "a": 2, "b": 3}',
        '{"id": 123456789012345678901234567890}',
        '{"id": -Infinity, "x": NaN}',
        '"\\u00b0C \\" ] } , {"',
        '[1, [2, {"a": []}], "]"]',
        "{}",
        "[]",
        '""',
        "null",
        "-0.0",
        '{"a": "\\\\"}',
        '{\n\t"a"\r\n: 1 }',
    ],
)
def test_a_row_is_kept_word_for_word(text: str) -> None:
    assert RowTexts(request(f'{{"id": 1}} ,\n{text}\t, 3')).of("t") == ['{"id": 1}', text, "3"]


def test_of_tables_and_rows_that_occur_twice_the_last_counts() -> None:
    content = b'{"tables": {"t": {"rows": [1]}}, "tables": {"t": {"rows": [2]}, "t": {"rows": [3], "rows": [4, 5]}}}'

    assert RowTexts(content).of("t") == ["4", "5"]


@pytest.mark.parametrize("other", ["1", "[]", "null", '"t"', '{"t": 2}', '{"t": {"rows": {"t": [3]}}}', '{"t": [4]}'])
def test_what_is_no_object_or_array_is_stepped_over_where_a_later_one_counts(other: str) -> None:
    tables = f'"tables": {other}, "tables": {{"t": {other}, "t": {{"rows": {other}, "rows": [1]}}, "u": {{}}}}'
    texts = RowTexts(f'{{{tables}, "z": {other}}}'.encode())

    assert (texts.of("t"), texts.of("u"), texts.of("no such table")) == (["1"], [], [])


@pytest.mark.parametrize("rows", ["", " ", "\n"])
def test_no_rows_have_no_texts(rows: str) -> None:
    assert RowTexts(request(rows)).of("t") == []


def test_names_are_compared_decoded() -> None:
    assert RowTexts(request("1", table="\\u0074")).of("t") == ["1"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_bytes_that_are_no_utf8_stay_recognisable(mark: bytes) -> None:
    content = mark + request('"?C", 2').replace(b"?", b"\xb0")

    texts = RowTexts(content).of("t")

    assert [text.encode(errors="surrogateescape") for text in texts] == [b'"\xb0C"', b"2"]


@pytest.mark.parametrize("depth", [10, 400, 900, 980, 1000, 1010, 1020])
def test_every_row_the_envelope_lets_in_has_its_text(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    content = request(f'{deep}, {{"a": "]"}}')

    try:
        read_envelope(content)
    except InvalidInputError:
        assert depth > 500
        return

    assert RowTexts(content).of("t") == [deep, '{"a": "]"}']


@given(st.lists(JSON_VALUES, max_size=4), st.booleans(), JSON_VALUES)
def test_the_texts_are_those_of_the_decoded_rows(rows: list[object], is_spaced: bool, around: object) -> None:  # noqa: FBT001
    separators = (" ,\n", "\t: ") if is_spaced else (",", ":")
    content = {"x": around, **document({"a": [around], "t": rows, "z": []}), "y": around}
    encoded = json.dumps(content, separators=separators).encode()

    texts = RowTexts(encoded).of("t")

    assert [repr(json.loads(text)) for text in texts] == [repr(row) for row in json.loads(json.dumps(rows))]


@pytest.mark.parametrize("name", ["é", "\\u00e9", "表", "\\u8868", "\N{AUTOMOBILE}"])
def test_names_and_rows_of_any_script_are_found(name: str) -> None:
    texts = RowTexts(request('{"a": "°C"}, "\N{AUTOMOBILE}", 3', table=name))

    assert texts.of(json.loads(f'"{name}"')) == ['{"a": "°C"}', '"\N{AUTOMOBILE}"', "3"]
    assert texts.of(json.loads(f'"{name}"'), [2, 1]) == ["3", '"\N{AUTOMOBILE}"']

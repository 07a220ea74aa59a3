"""The envelope is read strictly, the rows in it leniently."""

import gzip
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_api.ingest.envelope import MAX_ROWS, MAX_TABLES, RefusedEnvelopeError, read_envelope
from obd2_common.errors import InvalidInputError
from support.pi_rows import body, document, readings

EMPTY = '{"deviceId": "pi", "batchId": "pi-1", "tables": {}'
ROWS = '{"deviceId": "pi", "batchId": "pi-1", "tables": {"realtime_data": {"rows": [%s]}}}'


def rows_of(text: str | bytes) -> list[Any]:
    content = text if isinstance(text, bytes) else text.encode()
    return read_envelope(content).tables["realtime_data"]


def test_a_request_of_the_pi_is_read() -> None:
    envelope = read_envelope(body({"realtime_data": readings(1, 3), "dtc_log": []}, drive_counter=33))

    assert (envelope.device_id, envelope.batch_id) == ("chi-eclipse-01", "chi-eclipse-01-2026-07-11T18:02:44Z")
    assert envelope.tables == {"realtime_data": readings(1, 3), "dtc_log": []}
    assert envelope.row_count == 3
    assert envelope.drive_counter == 33


def test_what_is_unknown_in_the_envelope_is_ignored() -> None:
    envelope = read_envelope((EMPTY + ', "schemaVersion": 7, "more": {"rows": 1}}').encode())

    assert envelope.tables == {}
    assert envelope.drive_counter is None


@pytest.mark.parametrize("content", ['{"lastSyncedId": 4}', "{}", '{"lastSyncedId": 1e999, "rows": []}'])
def test_a_table_without_rows_is_empty(content: str) -> None:
    assert read_envelope((EMPTY[:-1] + f'"dtc_log": {content}}}}}').encode()).tables == {"dtc_log": []}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("nonsense", "not JSON"),
        ('{"deviceId": "pi",}', "not JSON"),
        ("{} {}", "not JSON"),
        ("[]", "must be a JSON object"),
        ("7", "must be a JSON object"),
        ("null", "must be a JSON object"),
        ('"text"', "must be a JSON object"),
        ("NaN", "must be a JSON object"),
        ("{}", "deviceId must be a text"),
        ('{"deviceId": "pi", "batchId": "b"}', "tables must be an object"),
        ('{"deviceId": "pi", "batchId": "b", "tables": null}', "tables must be an object"),
        ('{"deviceId": "pi", "batchId": "b", "tables": []}', "tables must be an object"),
        ('{"batchId": "b", "tables": {}}', "deviceId"),
        ('{"deviceId": "", "batchId": "b", "tables": {}}', "deviceId"),
        ('{"deviceId": 7, "batchId": "b", "tables": {}}', "deviceId"),
        ('{"deviceId": null, "batchId": "b", "tables": {}}', "deviceId"),
        ('{"deviceId": "\\ud83d", "batchId": "b", "tables": {}}', "deviceId must be valid UTF-8"),
        ('{"deviceId": "pi", "tables": {}}', "batchId"),
        ('{"deviceId": "pi", "batchId": "", "tables": {}}', "batchId"),
        ('{"deviceId": "pi", "batchId": ["b"], "tables": {}}', "batchId"),
        ('{"deviceId": "pi", "batchId": "b", "tables": {"dtc_log": []}}', "tables.dtc_log must be an object"),
        ('{"deviceId": "pi", "batchId": "b", "tables": {"dtc_log": null}}', "tables.dtc_log must be an object"),
        ('{"deviceId": "pi", "batchId": "b", "tables": {"dtc_log": {"rows": {}}}}', "rows must be an array"),
        ('{"deviceId": "pi", "batchId": "b", "tables": {"dtc_log": {"rows": null}}}', "rows must be an array"),
        ('{"deviceId": "pi", "batchId": "b", "tables": {"dtc_log": {"rows": "[]"}}}', "rows must be an array"),
        ('{"deviceId": "pi", "batchId": "b", "tables": {"\\udfff": {"rows": []}}}', "valid UTF-8"),
    ],
)
def test_an_envelope_that_is_not_as_described_is_refused_with_its_reason(content: str, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        read_envelope(content.encode())


def test_a_request_holds_so_many_rows_and_tables_and_no_more() -> None:
    rows: list[object] = [0] * MAX_ROWS
    tables: dict[str, list[object]] = {f"table {number}": [0] for number in range(MAX_TABLES)}

    assert read_envelope(body({"a": rows[1:], "b": [0]})).row_count == MAX_ROWS
    assert len(read_envelope(body(tables)).tables) == MAX_TABLES
    with pytest.raises(RefusedEnvelopeError, match="rows of a request"):
        read_envelope(body({"a": rows, "b": [0]}))
    with pytest.raises(RefusedEnvelopeError, match="tables must not be more"):
        read_envelope(body({**tables, "one more": []}))


def test_a_text_whose_characters_would_fill_the_memory_is_refused_where_it_must_be_a_text() -> None:
    def padded(size: int, more: str = "") -> bytes:
        return f'{EMPTY}, "x": "\N{AUTOMOBILE}{"x" * size}"{more}}}'.encode()

    for content in (padded(9_000_000), padded(900_000, ', "odd": NaN')):
        assert read_envelope(content).row_count == 0
    with pytest.raises(InvalidInputError, match="more values than the server takes"):
        read_envelope(padded(9_000_000, ', "odd": NaN'))


@pytest.mark.parametrize("value", ["{}", "[]", '{"a": {"b": 1}}', "1"])
def test_a_body_whose_values_would_fill_the_memory_is_refused(value: str) -> None:
    few, many = (f'{EMPTY}, "x": [{", ".join([value] * count)}]}}'.encode() for count in (100, 1_500_000))

    assert read_envelope(few).row_count == 0
    with pytest.raises(InvalidInputError, match="more values than the server takes"):
        read_envelope(many)


def test_labels_may_have_255_characters_and_no_more() -> None:
    assert read_envelope(body({}, device="é" * 255, batch="b" * 255)).device_id == "é" * 255
    with pytest.raises(InvalidInputError, match="batchId must not be longer"):
        read_envelope(body({}, batch="b" * 256))


@pytest.mark.parametrize("counter", ["null", '{"lastDriveId": 1}', f'{{"lastDriveId": {2**63 - 1}, "more": 1}}'])
def test_a_drive_counter_may_be_absent_or_any_id(counter: str) -> None:
    envelope = read_envelope((EMPTY + f', "driveCounter": {counter}}}').encode())

    assert envelope.drive_counter == (None if counter == "null" else json.loads(counter)["lastDriveId"])


@pytest.mark.parametrize(
    "counter",
    [
        "33",
        "[]",
        "{}",
        '"33"',
        "true",
        '{"lastDriveId": null}',
        '{"lastDriveId": 0}',
        '{"lastDriveId": -1}',
        '{"lastDriveId": "33"}',
        '{"lastDriveId": 33.5}',
        '{"lastDriveId": true}',
        '{"lastDriveId": Infinity}',
        f'{{"lastDriveId": {2**63}}}',
        f'{{"lastDriveId": {10**400}}}',
        '{"LastDriveId": 33}',
    ],
)
def test_a_malformed_drive_counter_is_refused(counter: str) -> None:
    with pytest.raises(InvalidInputError, match=r"driveCounter\.lastDriveId"):
        read_envelope((EMPTY + f', "driveCounter": {counter}}}').encode())


def test_numbers_that_are_no_json_are_read() -> None:
    rows = rows_of(ROWS % '{"a": Infinity, "b": -Infinity, "c": NaN, "d": 1e999, "e": -1e999}')

    assert (rows[0]["a"], rows[0]["b"]) == (math.inf, -math.inf)
    assert math.isnan(rows[0]["c"])
    assert (rows[0]["d"], rows[0]["e"]) == (math.inf, -math.inf)


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**300])
def test_whole_numbers_mean_the_same_in_both_decoders(number: int) -> None:
    (fast,) = rows_of(ROWS % number)
    _, slow = rows_of(ROWS % f"NaN, {number}")

    assert fast == slow
    assert type(fast) is type(slow)
    assert fast == (number if -(2**63) <= number < 2**64 else float(number))


def test_a_number_of_a_million_digits_is_read() -> None:
    (number,) = rows_of(ROWS % ("1" * 1_000_000))

    assert number == math.inf


def test_of_keys_that_occur_twice_the_last_counts_in_both_decoders() -> None:
    text = ROWS % '{"id": 1, "id": 2}'
    doubled = text[:-1] + ', "batchId": "pi-2"}'

    assert rows_of(text) == [{"id": 2}]
    assert rows_of(ROWS % 'NaN, {"id": 1, "id": 2}')[1] == {"id": 2}
    assert read_envelope(doubled.encode()).batch_id == "pi-2"


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert rows_of(b"\xef\xbb\xbf" + (ROWS % '{"id": 1}').encode()) == [{"id": 1}]


def test_bytes_that_are_no_utf8_reach_their_row() -> None:
    rows = rows_of((ROWS % '{"id": 1, "unit": "?"}, {"id": 2}').encode().replace(b"?", b"\xb0C"))

    assert rows == [{"id": 1, "unit": "\udcb0C"}, {"id": 2}]


@pytest.mark.parametrize("depth", [100, 900, 1000, 1020, 1030, 5000, 100_000])
def test_deep_nesting_is_read_or_refused_and_never_crashes(depth: int) -> None:
    text = ROWS % ("[" * depth + "]" * depth)

    try:
        read_envelope(text.encode())
    except InvalidInputError:
        assert depth > 500


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for attempt in (content, b'{"tables": {"x": ' + content, gzip.compress(content)):
        with pytest.raises(InvalidInputError):
            read_envelope(attempt)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=10,
    )
)
def test_rows_are_what_the_pis_encoder_wrote(value: object) -> None:
    content = json.dumps(document({"realtime_data": [value]})).encode()

    assert rows_of(content) == [value]

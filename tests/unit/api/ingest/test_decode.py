"""Rows become columns; whatever cannot be stored is named, and both ways of converting agree."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_api.ingest.decode import BadRow, DecodedRows, _decode_alike, _decode_each, decode_rows
from obd2_api.ingest.values import ABSENT
from obd2_common.synced_specs import SYNCED_TABLES
from support.pi_rows import EXAMPLES, example, reading, readings

READINGS = SYNCED_TABLES["realtime_data"]

ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**64), max_value=2**64),
    st.floats(),
    st.text(max_size=4),
    st.sampled_from([math.inf, math.nan, 5.0, "x" * 256, "\ud800", 2**63, [], {}, [1], {"a": math.inf}]),
)


@st.composite
def batches(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """Batches that begin like a Pi's and then get a few rows of another shape."""
    name = draw(st.sampled_from(sorted(EXAMPLES)))
    spec = SYNCED_TABLES[name]
    base = draw(st.sets(st.sampled_from([*spec.columns, spec.key, "new_column", "other"]), min_size=1))
    rows: list[Any] = []
    for number in range(draw(st.integers(min_value=1, max_value=4))):
        key: Any = f"key {number}" if spec.has_text_key else number
        values = {**EXAMPLES[name], "new_column": "new", "other": 1.5, spec.key: key}
        row = {column: values[column] for column in sorted(base)}
        change = draw(st.sampled_from(["none", "swap", "drop", "odd"]))
        column = draw(st.sampled_from(sorted(values)))
        if change in {"swap", "drop"} and len(row) > 1:
            row.pop(draw(st.sampled_from(sorted(row))))
        if change == "swap":
            row[column] = values[column]
        elif change == "odd":
            row[column] = draw(ODD_VALUES)
        rows.append(row if draw(st.integers(0, 15)) else draw(ODD_VALUES))
    return name, rows


def content(decoded: DecodedRows) -> tuple[Any, ...]:
    """Return what both ways must agree on; a column nobody has is the same as no column."""
    columns = {
        name: [repr(value) for value in values]
        for name, values in decoded.columns.items()
        if any(value is not ABSENT for value in values)
    }
    return list(map(repr, decoded.ids)), decoded.positions, columns, decoded.extras, decoded.bad


@given(batches())
def test_converting_column_by_column_gives_what_converting_row_by_row_gives(batch: tuple[str, list[Any]]) -> None:
    name, rows = batch
    spec = SYNCED_TABLES[name]

    alike = _decode_alike(spec, rows)

    assert alike is None or content(alike) == content(_decode_each(spec, rows))


@given(batches())
def test_every_row_is_stored_superseded_or_named_bad(batch: tuple[str, list[Any]]) -> None:
    name, rows = batch

    decoded = decode_rows(SYNCED_TABLES[name], rows)

    assert len(decoded) + decoded.superseded + len(decoded.bad) == len(rows)
    assert {*decoded.positions, *(bad.position for bad in decoded.bad)} <= set(range(len(rows)))
    assert len(set(decoded.ids)) == len(decoded.ids)
    assert all(len(values) == len(decoded) for values in decoded.columns.values())
    assert decoded.has_absent == any(value is ABSENT for values in decoded.columns.values() for value in values)


@given(batches())
def test_no_value_of_a_good_row_is_lost(batch: tuple[str, list[Any]]) -> None:
    name, rows = batch
    spec = SYNCED_TABLES[name]

    decoded = decode_rows(spec, rows)

    for index, position in enumerate(decoded.positions):
        stored = {column for column, values in decoded.columns.items() if values[index] is not ABSENT}
        stored |= set(decoded.extras[index] or ())
        assert set(rows[position]) - {spec.key} <= stored | {spec.key}


def test_a_batch_as_the_pi_sends_it_takes_the_fast_way() -> None:
    assert _decode_alike(READINGS, readings(1, 500)) is not None


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_row_of_every_table_is_good(name: str) -> None:
    decoded = decode_rows(SYNCED_TABLES[name], [EXAMPLES[name]])

    assert decoded.bad == []
    assert decoded.ids == [EXAMPLES[name][SYNCED_TABLES[name].key]]
    assert decoded.extras == [None]


def test_a_known_column_that_only_a_later_row_has_is_not_lost() -> None:
    first = {"id": 1, "timestamp": "2026-07-11T18:00:00Z", "vcell": 4.1}
    second = {"id": 2, "timestamp": "2026-07-11T18:00:01Z", "unit": "V"}

    decoded = decode_rows(READINGS, [first, second])

    assert decoded.columns["unit"] == [ABSENT, "V"]
    assert decoded.extras == [{"vcell": 4.1}, None]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(7, BadRow(1, "not_an_object"), id="a number for a row"),
        pytest.param(["id", 7], BadRow(1, "not_an_object"), id="a list for a row"),
        pytest.param(None, BadRow(1, "not_an_object"), id="null for a row"),
        pytest.param({}, BadRow(1, "missing_key", "id"), id="an empty row"),
        pytest.param(example("realtime_data", id=None), BadRow(1, "missing_key", "id"), id="a null key"),
        pytest.param(example("realtime_data", id="x"), BadRow(1, "bad_key", "id"), id="a text for a number key"),
        pytest.param(example("realtime_data", id=True), BadRow(1, "bad_key", "id"), id="a boolean key"),
        pytest.param(example("realtime_data", id=1.5), BadRow(1, "bad_key", "id"), id="a fraction for a key"),
        pytest.param(example("realtime_data", id=2**63), BadRow(1, "bad_key", "id"), id="a key past 64 bits"),
        pytest.param(reading(2, value=math.inf), BadRow(1, "not_finite", "value", "2"), id="Infinity"),
        pytest.param(reading(2, value=math.nan), BadRow(1, "not_finite", "value", "2"), id="NaN"),
        pytest.param(reading(2, value="12"), BadRow(1, "wrong_type", "value", "2"), id="a text for a number"),
        pytest.param(reading(2, drive_id=2**63), BadRow(1, "out_of_range", "drive_id", "2"), id="past 64 bits"),
        pytest.param(reading(2, drive_id=1.5), BadRow(1, "wrong_type", "drive_id", "2"), id="a fraction"),
        pytest.param(reading(2, unit="x" * 65536), BadRow(1, "too_long", "unit", "2"), id="a long text"),
        pytest.param(reading(2, unit={"a": 1}), BadRow(1, "wrong_type", "unit", "2"), id="an object for a text"),
        pytest.param(reading(2, profile_id="x" * 256), BadRow(1, "too_long", "profile_id", "2"), id="a long name"),
        pytest.param(reading(2, unit="\ud83d"), BadRow(1, "not_utf8", "unit", "2"), id="half a character"),
        pytest.param(reading(2, new={"\ud83d": 1}), BadRow(1, "not_utf8", None, "2"), id="half a character in a name"),
        pytest.param(reading(2, new=math.inf), BadRow(1, "not_finite", None, "2"), id="Infinity in a new column"),
        pytest.param(reading(2, new=1e300), BadRow(1, "out_of_range", None, "2"), id="too large in a new column"),
        pytest.param(reading(2, new="x" * 1_000_001), BadRow(1, "too_long", None, "2"), id="a long new column"),
    ],
)
def test_a_bad_row_is_named_with_its_column_and_its_neighbours_are_good(row: object, expected: BadRow) -> None:
    decoded = decode_rows(READINGS, [reading(1), row, reading(3)])

    assert decoded.bad == [expected]
    assert decoded.ids == [1, 3]
    assert decoded.positions == [0, 2]


def test_a_row_nested_too_deeply_in_a_new_column_is_bad() -> None:
    nested: Any = 1
    for _ in range(40):
        nested = [nested]

    decoded = decode_rows(READINGS, [reading(1, new=nested)])

    assert decoded.bad == [BadRow(0, "too_deep", None, "1")]


def test_of_rows_with_one_key_the_last_wins() -> None:
    decoded = decode_rows(READINGS, [reading(1, unit="a"), reading(2), reading(1, unit="b")])

    assert decoded.ids == [2, 1]
    assert decoded.columns["unit"][1] == "b"
    assert decoded.superseded == 1


def test_a_bad_row_does_not_supersede_a_good_one() -> None:
    decoded = decode_rows(READINGS, [reading(1), reading(1, value=math.inf)])

    assert decoded.ids == [1]
    assert decoded.bad == [BadRow(1, "not_finite", "value", "1")]


@pytest.mark.parametrize(
    ("table", "column", "sent", "kept"),
    [
        ("connection_log", "success", True, 1),
        ("connection_log", "retry_count", 3.0, 3),
        ("realtime_data", "value", 91, 91.0),
        ("realtime_data", "value", 2**70 / 1, float(2**70)),
        ("realtime_data", "unit", 5, "5"),
        ("realtime_data", "timestamp", 1752256959, "1752256959"),
        ("realtime_data", "drive_id", -(2**63), -(2**63)),
        ("dtc_log", "status", "no such status", "no such status"),
        ("connection_log", "mac_address", "x" * 65535, "x" * 65535),
        ("connection_log", "mac_address", "é" * 32767, "é" * 32767),
    ],
)
def test_odd_values_a_column_can_hold_are_kept(table: str, column: str, sent: object, kept: object) -> None:
    decoded = decode_rows(SYNCED_TABLES[table], [example(table, **{column: sent})])

    assert decoded.bad == []
    assert decoded.columns[column] == [kept]


def test_a_vehicle_is_known_by_its_vin_and_an_invented_id_is_only_another_column() -> None:
    decoded = decode_rows(SYNCED_TABLES["vehicle_info"], [example("vehicle_info", id=1)])

    assert decoded.ids == ["4A3AK54F9WE000001"]
    assert decoded.columns["vin"] == ["4A3AK54F9WE000001"]
    assert decoded.extras == [{"id": 1}]


def test_a_key_that_only_a_superseded_row_lacks_is_not_absent() -> None:
    whole = readings(1, 1)[0]
    lacking = {name: value for name, value in whole.items() if name != "unit"}

    decoded = decode_rows(READINGS, [lacking, whole])

    assert (decoded.has_absent, decoded.superseded, decoded.columns["unit"]) == (False, 1, [whole["unit"]])

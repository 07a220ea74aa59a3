"""Stored rows and rows that came: what counts as a change, and how unknown columns join."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_api.ingest.decode import decode_rows
from obd2_api.ingest.stored import is_changed, merge_extra
from obd2_common.synced_specs import SYNCED_TABLES
from support.pi_rows import reading

EXTRAS = st.none() | st.dictionaries(st.sampled_from("abcd"), st.none() | st.integers(0, 3), min_size=1)
STORED = {name: reading(1).get(name) for name in SYNCED_TABLES["realtime_data"].columns} | {"extra": {"new": 1}}


@pytest.mark.parametrize(
    ("stored", "new", "merged"),
    [
        (None, None, None),
        (None, {"a": 1}, {"a": 1}),
        (None, {"a": None}, {"a": None}),
        ({"a": 1}, None, {"a": 1}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"a": None}, {"a": 1}),
        ({"a": None}, {"a": 2}, {"a": 2}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"c": 2}}),
    ],
)
def test_unknown_columns_join_and_null_replaces_nothing(stored: Any, new: Any, merged: Any) -> None:  # noqa: ANN401
    assert merge_extra(stored, new) == merged


@given(EXTRAS, EXTRAS)
def test_nothing_that_is_there_is_lost_and_joining_twice_is_joining_once(stored: Any, new: Any) -> None:  # noqa: ANN401
    merged = merge_extra(stored, new)

    assert merge_extra(merged, new) == merged
    for extra in (stored or {}, new or {}):
        for name, value in extra.items():
            assert name in (merged or {})
            assert value is None or (merged or {})[name] is not None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"new": 1}, False),
        ({"new": None}, False),
        ({"new": 2}, True),
        ({"other": None}, True),
        ({"unit": None}, True),
        ({"value": 0.5}, True),
        ({"drive_id": 34}, True),
        ({"timestamp": "2026-07-11 17:00:01"}, True),
    ],
)
def test_a_row_is_changed_when_it_brings_something(changes: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    decoded = decode_rows(SYNCED_TABLES["realtime_data"], [reading(1, **changes)])

    assert is_changed(decoded, 0, STORED) is expected


def test_a_row_that_lacks_columns_is_not_changed() -> None:
    decoded = decode_rows(SYNCED_TABLES["realtime_data"], [{"id": 1, "unit": STORED["unit"]}, {"id": 2, "value": 1.0}])

    assert not is_changed(decoded, 0, STORED)

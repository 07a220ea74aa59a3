"""Page cursors come back as they went out, and nothing else is taken for one."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_api.paging import Value, read_cursor, write_cursor
from obd2_common.errors import InvalidInputError

MOMENT = datetime(2026, 7, 11, 18, 2, 44, 918204, tzinfo=UTC)
NAMES = st.text(st.characters(codec="utf-8"))


@given(st.none() | NAMES, st.none() | st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from([None, MOMENT]))
def test_a_cursor_comes_back_as_it_went_out(name: str | None, number: int | None, moment: datetime | None) -> None:
    assert read_cursor(write_cursor([moment, name, number]), [datetime, str, int]) == [moment, name, number]


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        read_cursor(text, [datetime, str])


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ([MOMENT, "x"], []),
        ([MOMENT, "x"], [datetime, int]),
        ([MOMENT, "x"], [datetime, str, int]),
        ([MOMENT, True], [datetime, int]),
        ([MOMENT.replace(tzinfo=None)], [datetime]),
        ([2**63], [int]),
        (["noon"], [datetime]),
        (["0001-01-01T00:00:00+14:00"], [datetime]),
        (["9999-12-31T23:59:59-14:00"], [datetime]),
    ],
)
def test_a_cursor_of_another_list_is_refused(values: list[Value], kinds: list[type]) -> None:
    with pytest.raises(InvalidInputError):
        read_cursor(write_cursor(values), kinds)


@pytest.mark.parametrize("document", ['["\\ud800"]', "{}", "1", "null", "[" * 5000])
def test_what_is_no_row_of_a_list_is_refused(document: str) -> None:
    with pytest.raises(InvalidInputError):
        read_cursor(base64.urlsafe_b64encode(document.encode()).decode(), [str])

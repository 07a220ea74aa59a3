"""Page cursors come back as they went out, and nothing else is taken for one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_api.cursors import read_cursor, write_cursor
from obd2_common.errors import InvalidInputError

MOMENT = datetime(2026, 7, 11, 18, 2, 44, 918204, tzinfo=UTC)


@given(st.text(), st.integers(0, 2**63 - 1))
def test_a_cursor_comes_back_as_it_went_out(name: str, number: int) -> None:
    assert read_cursor(write_cursor(MOMENT, name, number), str, int) == (MOMENT, [name, number])


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        read_cursor(text, str)


@pytest.mark.parametrize("kinds", [(), (int,), (str, int)])
def test_a_cursor_of_another_list_is_refused(kinds: tuple[type[str] | type[int], ...]) -> None:
    with pytest.raises(InvalidInputError):
        read_cursor(write_cursor(MOMENT, "x"), *kinds)


def test_a_cursor_with_a_time_without_zone_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        read_cursor(write_cursor(MOMENT.replace(tzinfo=None), "x"), str)

"""The canonical text of rows, which both holders of a row must write alike."""

from hypothesis import given
from hypothesis import strategies as st

from obd2_common.row_digests import BLOCK_ROWS, blocks_of_rows, table_digest
from obd2_common.row_text import real_text, row_texts
from obd2_common.synced_specs import SYNCED_TABLES

READINGS = SYNCED_TABLES["realtime_data"]
TEXTS = st.one_of(st.none(), st.text(max_size=6))


def columns(**changes: object) -> dict[str, list[object]]:
    row = {"timestamp": "2026-07-11T18:02:39Z", "parameter_name": "RPM", "value": 812.25, "unit": None, "drive_id": 3}
    return {name: [value] for name, value in {**row, **changes}.items()}


def test_a_column_that_is_not_there_counts_as_null() -> None:
    without = row_texts(READINGS, [1], columns())

    assert without == row_texts(READINGS, [1], columns(profile_id=None, data_source=None))


@given(first=st.tuples(TEXTS, TEXTS), second=st.tuples(TEXTS, TEXTS))
def test_different_texts_never_give_the_same_row_text(
    first: tuple[str | None, str | None], second: tuple[str | None, str | None]
) -> None:
    one, other = (row_texts(READINGS, [1], columns(unit=unit, profile_id=profile)) for unit, profile in (first, second))

    assert (one == other) == (first == second)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_different_numbers_never_give_the_same_text(first: float, second: float) -> None:
    assert (real_text(first) == real_text(second)) == (first == second)


def test_blocks_do_not_depend_on_the_order_of_the_rows() -> None:
    ids = [BLOCK_ROWS * 2, 5, BLOCK_ROWS - 1]
    values = {"value": [1.0, 2.0, 3.0]}

    blocks = blocks_of_rows(READINGS, ids, values)
    turned = blocks_of_rows(READINGS, ids[::-1], {"value": values["value"][::-1]})

    assert [(block.number, block.row_count, block.first_id, block.last_id) for block in blocks] == [
        (0, 2, 5, BLOCK_ROWS - 1),
        (2, 1, BLOCK_ROWS * 2, BLOCK_ROWS * 2),
    ]
    assert blocks == turned
    assert table_digest(blocks) == table_digest(turned)


def test_a_changed_value_changes_the_digest_of_its_block_alone() -> None:
    ids = [1, BLOCK_ROWS + 1]
    before = blocks_of_rows(READINGS, ids, {"value": [1.0, 2.0]})

    after = blocks_of_rows(READINGS, ids, {"value": [1.0, 2.5]})

    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False]
    assert table_digest(before) != table_digest(after)

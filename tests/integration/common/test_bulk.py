"""Rows written many at a time are stored as they are, whichever way they went."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from obd2_common.db.bulk import NotLoadedError, insert_columns
from obd2_common.db.database import Database
from obd2_common.synced_specs import SYNCED_TABLES

TABLE = SYNCED_TABLES["realtime_data"].table
CONSTANTS: dict[str, str | int | None] = {
    "source_device": "chi'\"\\-01",
    "source_epoch": 1,
    "synced_at": "2026-07-11 18:02:44.000000",
}
TEXTS = ["", "NULL", "null", ",null", "],[", '"', '","', "\\N", "\\", "\\\\", "'", "a\tb\nc\r", "°C \U0001f697", "[1]"]
CONTROLS = ["\x00", "\x0c", "\x1a", "\x1f", "\x7f", "\\u0041", "\\f"]
LOCAL_INFILE = text("SELECT @@GLOBAL.local_infile")


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        yield connection


def rows(values: list[Any], texts: list[Any]) -> dict[str, list[Any]]:
    ids = list(range(1, len(values) + 1))
    labels = [f"batch {row_id}" for row_id in ids]
    return {"source_id": ids, "sync_batch_id": labels, "value": values, "unit": texts, "row_flags": [None] * len(ids)}


def stored(connection: Connection) -> list[tuple[Any, ...]]:
    columns = (TABLE.c[name] for name in ("source_device", "value", "unit", "row_flags"))
    return [tuple(row) for row in connection.execute(select(*columns).order_by(TABLE.c.source_id))]


def is_loading(connection: Connection) -> bool:
    return connection.dialect.name != "sqlite" and bool(connection.execute(LOCAL_INFILE).scalar())


@pytest.mark.parametrize("may_load_data", [True, False], ids=["loaded", "inserted"])
@pytest.mark.parametrize(
    "texts",
    [
        *(pytest.param([odd, "plain"], id=f"text {number}") for number, odd in enumerate([*TEXTS, *CONTROLS])),
        pytest.param(TEXTS, id="all that JSON writes as SQL does"),
        pytest.param([*TEXTS, None], id="beside a null"),
        pytest.param([None, "plain", None], id="nulls alone"),
        pytest.param([*TEXTS, *CONTROLS, None], id="all"),
    ],
)
def test_every_text_comes_back_as_it_went_in(
    connection: Connection, texts: list[str | None], *, may_load_data: bool
) -> None:
    values = [number / 3 for number in range(len(texts))]

    insert_columns(connection, TABLE.name, rows(values, texts), constants=CONSTANTS, may_load_data=may_load_data)

    expected = [(CONSTANTS["source_device"], value, unit, None) for value, unit in zip(values, texts, strict=True)]
    assert stored(connection) == expected


@pytest.mark.parametrize("may_load_data", [True, False], ids=["loaded", "inserted"])
def test_more_rows_than_one_statement_takes_all_arrive(connection: Connection, *, may_load_data: bool) -> None:
    values = [float(number) for number in range(12_001)]

    insert_columns(
        connection, TABLE.name, rows(values, ["x" * 200] * 12_001), constants=CONSTANTS, may_load_data=may_load_data
    )

    assert [row[1] for row in stored(connection)] == values


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param(rows([1.0, 2.0], ["a", "b"]), id="a key that is there"),
        pytest.param({**rows([1.0, 2.0], ["a", "b"]), "source_id": [7, 7]}, id="a key that comes twice"),
    ],
)
def test_a_row_that_cannot_be_new_is_never_left_out_silently(
    connection: Connection, columns: dict[str, list[Any]]
) -> None:
    insert_columns(connection, TABLE.name, rows([5.0], ["there"]), constants=CONSTANTS)
    expected = NotLoadedError if is_loading(connection) else IntegrityError

    with pytest.raises(expected):
        insert_columns(connection, TABLE.name, columns, constants=CONSTANTS, may_load_data=True)


@pytest.mark.databases("server")
def test_a_text_too_long_for_its_column_is_never_cut(connection: Connection) -> None:
    if not is_loading(connection):
        pytest.skip("this server takes no local data")
    columns = {**rows([1.0], ["a"]), "profile_id": ["x" * 256]}

    with pytest.raises(NotLoadedError):
        insert_columns(connection, TABLE.name, columns, constants=CONSTANTS, may_load_data=True)


@pytest.mark.databases("server")
def test_a_server_that_stops_taking_local_data_is_asked_once(connection: Connection) -> None:
    if not is_loading(connection):
        pytest.skip("this server takes no local data")
    columns = {**rows([1.0], ["a"]), "no_such_column": ["b"]}
    with pytest.raises(NotLoadedError, match="refuses"):
        insert_columns(connection, TABLE.name, columns, constants=CONSTANTS, may_load_data=True)

    insert_columns(connection, TABLE.name, rows([1.0], ["a"]), constants=CONSTANTS, may_load_data=True)

    assert len(stored(connection)) == 1
    assert connection.connection.dbapi_connection.may_load_data is False  # type: ignore[union-attr]


@pytest.mark.databases("server")
def test_a_server_that_asks_for_a_file_gets_nothing(connection: Connection) -> None:
    if not is_loading(connection):
        pytest.skip("this server takes no local data")

    with pytest.raises(RuntimeError, match="not offered"):
        connection.exec_driver_sql(f"LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE {TABLE.name} (unit)")

    connection.invalidate()
    connection.rollback()
    assert stored(connection) == []

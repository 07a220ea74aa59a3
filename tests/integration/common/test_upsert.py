"""Inserting what may be there already, on every engine."""

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, select, text
from sqlalchemy.exc import DBAPIError

from obd2_common.db import dialect
from obd2_common.db.database import Database
from obd2_common.db.types import KeyText

NOTES = Table(
    "notes",
    MetaData(),
    Column("device", KeyText(20), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
)


@pytest.fixture
def notes(empty_database: Database) -> Database:
    NOTES.create(empty_database.engine)
    with empty_database.engine.begin() as connection:
        connection.execute(NOTES.insert(), {"device": "car", "number": 5, "seen": 1})
    return empty_database


def rows(database: Database) -> list[tuple[str, int, int]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(NOTES).order_by(NOTES.c.device))]


def test_a_new_key_is_inserted_and_a_known_one_takes_the_named_columns(notes: Database) -> None:
    with notes.engine.begin() as connection:
        statement = dialect.upsert(connection, NOTES, key=("device",), update=("number",))
        connection.execute(
            statement, [{"device": "car", "number": 7, "seen": 9}, {"device": "van", "number": 8, "seen": 9}]
        )

    assert rows(notes) == [("car", 7, 1), ("van", 8, 9)]


def test_an_expression_may_use_the_stored_and_the_incoming_value(notes: Database) -> None:
    with notes.engine.begin() as connection:
        new = dialect.incoming(connection, NOTES)
        update = {"number": NOTES.c.number * 10 + new.number, "seen": NOTES.c.seen + 1}
        connection.execute(
            dialect.upsert(connection, NOTES, key=("device",), update=update), {"device": "car", "number": 7, "seen": 0}
        )

    assert rows(notes) == [("car", 57, 2)]


def test_with_nothing_to_update_a_known_row_stays_as_it_was(notes: Database) -> None:
    with notes.engine.begin() as connection:
        statement = dialect.upsert(connection, NOTES, key=("device",), update=())
        connection.execute(
            statement, [{"device": "car", "number": 7, "seen": 9}, {"device": "van", "number": 8, "seen": 9}]
        )

    assert rows(notes) == [("car", 5, 1), ("van", 8, 9)]


@pytest.mark.databases("server")
def test_a_text_that_does_not_fit_is_refused_and_never_cut(notes: Database) -> None:
    with notes.engine.connect() as connection, pytest.raises(DBAPIError, match="too long"):
        connection.execute(
            dialect.upsert(connection, NOTES, key=("device",), update=()), {"device": "x" * 21, "number": 1, "seen": 1}
        )


@pytest.mark.databases("server")
def test_many_rows_go_to_the_server_in_one_statement(notes: Database) -> None:
    inserts = text("SHOW SESSION STATUS LIKE 'Com_insert'")
    many = [{"device": f"car {number}", "number": number, "seen": 0} for number in range(500)]
    with notes.engine.begin() as connection:
        before = int(connection.execute(inserts).one()[1])
        new = dialect.incoming(connection, NOTES)
        update = {"seen": NOTES.c.seen + new.seen}
        connection.execute(dialect.upsert(connection, NOTES, key=("device",), update=update), many)
        after = int(connection.execute(inserts).one()[1])

    assert after - before == 1

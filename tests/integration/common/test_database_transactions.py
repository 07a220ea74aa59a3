"""Transactions on real engines: conflicts, lost connections and what a session is set to."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from obd2_common.db import dialect
from obd2_common.db.database import Database
from obd2_common.errors import DatabaseUnavailableError
from support.pauses import Pauses

LOCK = text("UPDATE counters SET number = number + 1 WHERE name = :name")


@pytest.fixture
def counters(empty_database: Database) -> Database:
    with empty_database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE counters (name VARCHAR(10) PRIMARY KEY, number BIGINT NOT NULL)"))
        connection.execute(text("INSERT INTO counters VALUES ('left', 0), ('right', 0)"))
    return empty_database


def numbers(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {row.name: row.number for row in connection.execute(text("SELECT name, number FROM counters"))}


def test_a_failing_transaction_leaves_nothing(counters: Database) -> None:
    def fail(session: Session) -> None:
        session.connection().execute(LOCK, {"name": "left"})
        raise RuntimeError("after the write")

    with pytest.raises(RuntimeError):
        counters.run(fail)

    assert numbers(counters) == {"left": 0, "right": 0}


def test_many_writers_at_once_lose_no_write(counters: Database) -> None:
    def count(_turn: int) -> None:
        counters.run(lambda session: session.connection().execute(LOCK, {"name": "left"}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(40)))

    assert numbers(counters) == {"left": 40, "right": 0}


@pytest.mark.databases("server")
def test_of_two_transactions_in_a_deadlock_both_are_done_in_the_end(counters: Database) -> None:
    both_hold_one = threading.Barrier(2, timeout=30)
    retried: list[int | None] = []
    other = Database(
        counters.url.render_as_string(hide_password=False),
        on_retry=lambda error: retried.append(dialect.error_code(error)),
    )

    def crossing(first: str, second: str) -> None:
        waits = [True]

        def work(session: Session) -> None:
            session.connection().execute(LOCK, {"name": first})
            if waits:
                waits.clear()
                both_hold_one.wait()
            session.connection().execute(LOCK, {"name": second})

        other.run(work)

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(crossing, "left", "right"), pool.submit(crossing, "right", "left")]
    for job in jobs:
        job.result()
    other.close()

    assert numbers(counters) == {"left": 2, "right": 2}
    assert 1213 in retried


@pytest.mark.databases("server")
def test_a_lock_that_is_held_too_long_is_waited_for_again(counters: Database) -> None:
    holder = counters.engine.connect()
    holder.execute(LOCK, {"name": "left"})
    codes: list[int | None] = []

    def let_go(error: DBAPIError) -> None:
        codes.append(dialect.error_code(error))
        holder.commit()

    patient = Database(counters.url.render_as_string(hide_password=False), on_retry=let_go)

    def work(session: Session) -> None:
        session.connection().execute(text("SET SESSION innodb_lock_wait_timeout = 1"))
        session.connection().execute(LOCK, {"name": "left"})

    patient.run(work)
    patient.close()
    holder.close()

    assert codes == [1205]
    assert numbers(counters)["left"] == 2


@pytest.mark.databases("server")
def test_a_connection_killed_in_the_middle_does_not_lose_the_work(counters: Database) -> None:
    killed: list[int] = []

    def work(session: Session) -> None:
        session.connection().execute(LOCK, {"name": "right"})
        if not killed:
            killed.append(_kill(counters, session.connection()))
        session.connection().execute(LOCK, {"name": "right"})

    counters.run(work)

    assert len(killed) == 1
    assert numbers(counters)["right"] == 2


@pytest.mark.databases("server")
@pytest.mark.parametrize(("code", "is_same"), [(1180, True), (3101, True), (1047, False), (1290, False), (1836, False)])
def test_work_a_node_refuses_is_done_again_elsewhere_where_the_node_is_at_fault(
    counters: Database,
    code: int,
    is_same: bool,  # noqa: FBT001
) -> None:
    connections: list[int] = []

    def work(session: Session) -> None:
        connection = session.connection()
        connections.append(int(connection.execute(text("SELECT CONNECTION_ID()")).scalar_one()))
        connection.execute(LOCK, {"name": "left"})
        if len(connections) == 1:
            connection.execute(text(f"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {code}, MESSAGE_TEXT = 'no'"))

    counters.run(work)

    assert len(connections) == 2
    assert (connections[0] == connections[1]) is is_same
    assert numbers(counters)["left"] == 1


def _kill(database: Database, victim: Connection) -> int:
    connection_id = int(victim.execute(text("SELECT CONNECTION_ID()")).scalar_one())
    with database.engine.connect() as connection:
        connection.execute(text(f"KILL {connection_id}"))
    return connection_id


@pytest.mark.databases("server")
def test_a_server_session_is_strict_in_utc_and_reads_what_is_committed(database: Database) -> None:
    with database.engine.connect() as connection:
        mode, zone = connection.execute(text("SELECT @@SESSION.sql_mode, @@SESSION.time_zone")).one()
        isolation = connection.get_isolation_level()

    assert "STRICT_ALL_TABLES" in mode
    assert zone == "+00:00"
    assert isolation == "READ COMMITTED"


@pytest.mark.databases("sqlite")
def test_an_sqlite_session_keeps_a_durable_write_ahead_log(database: Database) -> None:
    with database.engine.connect() as connection:
        journal = connection.execute(text("PRAGMA journal_mode")).scalar_one()
        synchronous = connection.execute(text("PRAGMA synchronous")).scalar_one()
        foreign_keys = connection.execute(text("PRAGMA foreign_keys")).scalar_one()

    assert (journal, synchronous, foreign_keys) == ("wal", 2, 1)


@pytest.mark.databases("sqlite")
def test_reading_does_not_wait_for_a_writer_on_sqlite(counters: Database) -> None:
    seen: list[int] = []

    def write(session: Session) -> None:
        session.connection().execute(LOCK, {"name": "left"})
        count = text("SELECT number FROM counters WHERE name = 'left'")
        seen.append(counters.read(lambda reader: int(reader.connection().execute(count).scalar_one())))

    counters.run(write)

    assert seen == [0]


def test_a_server_that_is_not_there_is_unavailable_after_bounded_tries() -> None:
    pauses = Pauses()
    nowhere = Database("mysql://obd2:secret@127.0.0.1:1/obd2db", sleep=pauses, monotonic=pauses.monotonic)

    with pytest.raises(DatabaseUnavailableError) as caught:
        nowhere.read(lambda session: session.connection())
    nowhere.close()

    assert "secret" not in str(caught.value)
    assert len(pauses.seconds) > 1

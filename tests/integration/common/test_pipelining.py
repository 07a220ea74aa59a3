"""Statements sent in one go do what they do one by one, and fail as one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Insert, Select, Table, Update, bindparam, select, update
from sqlalchemy.exc import DBAPIError

from obd2_common.db.database import Database
from obd2_common.db.pipelining import Call, fetch, run_pipelined
from obd2_common.tables.jobs import Job

JOBS: Table = Job.__table__  # type: ignore[attr-defined]
NOW = datetime(2026, 7, 11, 18, 2, 44, 918204, tzinfo=UTC)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        yield connection


def add(_connection: Connection) -> Insert:
    return JOBS.insert()


def count_up(_connection: Connection) -> Update:
    return update(JOBS).where(JOBS.c.job_id == bindparam("job")).values(revision=JOBS.c.revision * 10 + 1)


def new_job(name: str, *, reason: str = "50 % 'odd' \\") -> Call:
    values = {"job_id": name, "kind": "test", "state": "queued", "revision": 1, "due_at": NOW}
    numbers = {"priority": 2, "attempts": 0, "fencing_token": 0}
    texts = {"reason": reason, "payload": {"°": [None, 1.5]}}
    return Call(add, {**values, **texts, **numbers, "created_at": NOW, "updated_at": NOW})


def jobs(connection: Connection) -> list[tuple[Any, ...]]:
    columns = (JOBS.c.job_id, JOBS.c.revision, JOBS.c.due_at, JOBS.c.reason, JOBS.c.payload)
    return [tuple(row) for row in connection.execute(select(*columns).order_by(JOBS.c.job_id))]


def test_all_are_run_in_their_order(connection: Connection) -> None:
    up = Call(count_up, {"job": "a"})

    run_pipelined(connection, [new_job("a"), up, new_job("b"), up])

    rest = (NOW, "50 % 'odd' \\", {"°": [None, 1.5]})
    assert jobs(connection) == [("a", 111, *rest), ("b", 1, *rest)]


def test_none_at_all_is_fine(connection: Connection) -> None:
    run_pipelined(connection, [])

    assert jobs(connection) == []


@pytest.mark.parametrize("position", [0, 1, 2])
def test_an_error_of_any_of_them_is_raised_and_leaves_the_connection_usable(
    connection: Connection, position: int
) -> None:
    calls = [new_job(name) for name in "abc"]
    calls[position] = new_job("x" * 500)
    if connection.dialect.name == "sqlite":
        calls[position] = new_job("a" if position else "b")

    with pytest.raises(DBAPIError) as caught:
        run_pipelined(connection, [*calls, new_job("a")])

    assert "odd" not in str(caught.value)
    connection.rollback()
    run_pipelined(connection, [new_job("a"), new_job("b")])
    assert [row[0] for row in jobs(connection)] == ["a", "b"]


@pytest.mark.databases("server")
def test_a_connection_that_breaks_meanwhile_is_replaced(database: Database, connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    with database.engine.connect() as other:
        other.exec_driver_sql(f"KILL {driver.thread_id()}")

    with pytest.raises(DBAPIError) as caught:
        run_pipelined(connection, [new_job("a"), new_job("b")])

    assert caught.value.connection_invalidated
    connection.rollback()
    run_pipelined(connection, [new_job("a"), new_job("b")])
    assert len(jobs(connection)) == 2


def read_jobs(_connection: Connection) -> Select[Any]:
    columns = (JOBS.c.revision, JOBS.c.due_at, JOBS.c.payload, JOBS.c.finished_at)
    return select(*columns).where(JOBS.c.reason == bindparam("reason")).order_by(JOBS.c.job_id)


def test_what_is_fetched_is_what_was_stored(connection: Connection) -> None:
    run_pipelined(connection, [new_job("a"), new_job("b"), new_job("c", reason="other")])

    rows = fetch(connection, Call(read_jobs, {"reason": "other"}))

    assert rows == [(1, NOW, {"°": [None, 1.5]}, None)]

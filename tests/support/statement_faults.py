"""Breaks the n-th statement of a database's transactions, the way servers and networks do."""

import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pymysql
from sqlalchemy import event, text

from obd2_common.db.database import Database

COMMIT = "COMMIT"
Breaker = Callable[[Any], None]
"""Gets the driver's connection and breaks it, or raises what the driver would."""


@dataclass
class StatementFaults:
    """What was executed, and what breaks.

    Args:
        breaker: what happens when a statement is due to break.
        breaks_at: number of that statement, counted from 1 over all transactions; None for none.
        times: how many statements from there on break.
        after_commit: a COMMIT that breaks does so when it is done: only the answer is lost.
    """

    breaker: Breaker
    breaks_at: int | None
    times: int
    after_commit: bool
    executed: list[str] = field(default_factory=list)

    def reach(self, connection: Any, statement: str, commit: Callable[[], None] | None = None) -> None:  # noqa: ANN401
        """Count a statement, do it if it is a COMMIT, and break it if it is due."""
        self.executed.append(statement)
        is_due = self.breaks_at is not None and 0 <= len(self.executed) - self.breaks_at < self.times
        if commit is not None and (not is_due or self.after_commit):
            commit()
        if is_due:
            self.breaker(connection)
            if commit is not None and not self.after_commit:
                commit()


@contextmanager
def statement_faults(
    database: Database,
    breaker: Breaker = lambda _: None,
    *,
    breaks_at: int | None = None,
    times: int = 1,
    after_commit: bool = False,
) -> Iterator[StatementFaults]:
    """Break statements of a database while the block runs; COMMIT counts as one."""
    faults = StatementFaults(breaker, breaks_at, times, after_commit)
    dialect = database.engine.dialect
    real_commit = dialect.do_commit

    def on_execute(cursor: Any, statement: str, *_rest: Any) -> None:  # noqa: ANN401
        faults.reach(cursor.connection, statement)

    def do_commit(connection: Any) -> None:  # noqa: ANN401
        faults.reach(connection.dbapi_connection, COMMIT, lambda: real_commit(connection))

    names = ("do_execute", "do_executemany", "do_execute_no_params")
    for name in names:
        event.listen(database.engine, name, on_execute)
    dialect.do_commit = do_commit  # type: ignore[assignment, method-assign]
    try:
        yield faults
    finally:
        dialect.do_commit = real_commit  # type: ignore[method-assign]
        for name in names:
            event.remove(database.engine, name, on_execute)


@contextmanager
def refused_writes(database: Database, code: int) -> Iterator[None]:
    """Refuse every INSERT with a server's error code while the block runs, as a server does that only reads."""
    refuse = server_error(code)

    def execute(cursor: Any, statement: str, *_rest: Any) -> None:  # noqa: ANN401
        if statement.startswith("INSERT"):
            refuse(cursor.connection)

    event.listen(database.engine, "do_execute", execute)
    try:
        yield
    finally:
        event.remove(database.engine, "do_execute", execute)


def server_error(code: int, *, ends_transaction: bool = True) -> Breaker:
    """Raise what the driver raises for a server's error code."""

    def raise_error(connection: Any) -> None:  # noqa: ANN401
        if ends_transaction:
            connection.rollback()
        pymysql.err.raise_mysql_exception(b"\xff" + code.to_bytes(2, "little") + b"#HY000injected")

    return raise_error


def sqlite_error(message: str, *, ends_transaction: bool = True) -> Breaker:
    """Raise what the driver raises when SQLite fails in the middle."""

    def raise_error(connection: sqlite3.Connection) -> None:
        if ends_transaction and connection.in_transaction:
            connection.rollback()
        raise sqlite3.OperationalError(message)

    return raise_error


def kill_session(killer: Database) -> Breaker:
    """Let the server end the session, as an administrator or a restart does."""

    def kill(connection: Any) -> None:  # noqa: ANN401
        with killer.engine.connect() as other:
            other.execute(text(f"KILL {connection.thread_id()}"))

    return kill


def cut_socket(connection: Any) -> None:  # noqa: ANN401
    """Close the connection under the driver's feet, as a network does."""
    connection._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001

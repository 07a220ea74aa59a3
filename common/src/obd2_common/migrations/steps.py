"""Migrations that go on where they were killed, on engines that commit each change of a table by itself.

MySQL and MariaDB cannot take back a `CREATE TABLE`. So every statement of a migration is a step, noted before and after
it runs: what is noted as done is not run again; of the one that may or may not have been run, the engine's own answer
("exists already") tells. A statement that changes rows is committed together with its note.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pymysql
from sqlalchemy import BigInteger, Boolean, Column, Connection, MetaData, String, Table, event, inspect, select

from obd2_common.db import dialect
from obd2_common.errors import SchemaMismatchError

NOTES = Table(
    "obd2_migration_steps",
    MetaData(),
    Column("revision", String(32), primary_key=True),
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("is_done", Boolean, nullable=False),
    mysql_engine="InnoDB",
    mariadb_engine="InnoDB",
)
_BEGIN = "INSERT INTO obd2_migration_steps (revision, step, digest, is_done) VALUES (%s, %s, %s, 0)"
_END = "UPDATE obd2_migration_steps SET is_done = 1 WHERE revision = %s AND step = %s"
_FORGET = "DELETE FROM obd2_migration_steps WHERE revision = %s AND step = %s"
_READING = frozenset({"SELECT", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "SET"})
_DONE_BEFORE = frozenset(
    {1005, 1050, 1051, 1054, 1060, 1061, 1068, 1091, 1146, 1304, 1359, 1360, 1826, 3821, 3822, 3940}
)
"""What a second run of the same statement is told: it exists already, or what it removes or renames is not there."""


def begun(connection: Connection) -> set[str]:
    """Return the migrations that were begun since the last one that came to the end of all."""
    if not inspect(connection).has_table(NOTES.name):
        return set()
    return set(connection.execute(select(NOTES.c.revision).distinct()).scalars())


@contextmanager
def resumable(connection: Connection, revision: str) -> Iterator[None]:
    """Note the steps of the one migration that runs in the block, and leave out those it did before it was killed.

    The migration must issue the same statements each time, whatever rows it finds.

    Args:
        connection: the migration's; nothing else may use its engine meanwhile. Each step is committed.
        revision: the migration's name.

    Raises:
        SchemaMismatchError: its first part was done by a program whose migration was another.
    """
    NOTES.create(connection, checkfirst=True)
    rows = connection.execute(select(NOTES.c.step, NOTES.c.digest, NOTES.c.is_done).where(NOTES.c.revision == revision))
    steps = _Steps(revision, {step: (digest, is_done) for step, digest, is_done in rows})
    listeners = {"do_execute": steps.execute, "do_executemany": steps.execute_many}
    for name, listener in listeners.items():
        event.listen(connection.engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners.items():
            event.remove(connection.engine, name, listener)


class _Steps:
    """The statements of one migration, counted as they come."""

    def __init__(self, revision: str, noted: dict[int, tuple[str, bool]]) -> None:
        self._revision = revision
        self._noted = noted
        self._count = 0

    def execute(self, cursor: Any, statement: str, parameters: Any, _context: object) -> bool:  # noqa: ANN401 - a driver's
        return self._run(cursor, statement, lambda: cursor.execute(statement, parameters))

    def execute_many(self, cursor: Any, statement: str, rows: Sequence[Any], _context: object) -> bool:  # noqa: ANN401
        return self._run(cursor, statement, lambda: cursor.executemany(statement, rows))

    def _run(self, cursor: Any, statement: str, run: Callable[[], object]) -> bool:  # noqa: ANN401 - a driver's
        """Run a statement that writes, unless it was; False leaves it to SQLAlchemy."""
        if statement.split(None, 1)[0].upper() in _READING:
            return False
        self._count += 1
        digest = hashlib.sha256(statement.encode()).hexdigest()
        noted_digest, is_done = self._noted.get(self._count, (None, False))
        if noted_digest not in {None, digest}:
            raise SchemaMismatchError(
                f"migration {self._revision} was begun by another version of the program, which was stopped at step "
                f"{self._count}: run that version's `obd2 migrate`, or restore the dump made before the upgrade"
            )
        if is_done:
            return True
        connection = cursor.connection
        if noted_digest is None:
            self._note(connection, _BEGIN, digest)
        try:
            run()
        except pymysql.MySQLError as error:
            if noted_digest is None or dialect.error_code(error) not in _DONE_BEFORE:
                self._forget(connection)
                raise
        self._note(connection, _END)
        return True

    def _note(self, connection: Any, statement: str, *more: str) -> None:  # noqa: ANN401 - a driver's
        # A cursor of its own: whoever asked for the step reads its row count.
        with connection.cursor() as cursor:
            cursor.execute(statement, (self._revision, self._count, *more))
        connection.commit()

    def _forget(self, connection: Any) -> None:  # noqa: ANN401 - a driver's
        """Forget a step the server refused; where the connection broke, nobody knows whether it was done."""
        if connection.open:
            connection.rollback()
            self._note(connection, _FORGET)

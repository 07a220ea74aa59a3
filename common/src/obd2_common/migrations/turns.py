"""One migration at a time: a database's lock, which ends with the connection that has it."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from obd2_common.db import dialect
from obd2_common.db.types import MYSQL_DIALECTS

log = structlog.get_logger(__name__)

TOLD_EVERY_SECONDS = 10


@contextmanager
def only_migration(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction that is committed at the end, once no other program migrates the database.

    A server whose client was killed goes on with the statement it was sent, and gives the lock free after that.
    """
    with ExitStack() as stack:
        if engine.dialect.name in MYSQL_DIALECTS:
            connection = stack.enter_context(engine.begin())
            _lock(connection)
        else:
            connection = stack.enter_context(_write_transaction(engine))
        yield connection


def _lock(connection: Connection) -> None:
    name = "obd2_migrate_" + hashlib.sha256(str(connection.engine.url.database).encode()).hexdigest()[:32]
    wait = text("SELECT GET_LOCK(:name, :seconds)")
    while connection.execute(wait, {"name": name, "seconds": TOLD_EVERY_SECONDS}).scalar() != 1:
        other = connection.execute(text("SELECT IS_USED_LOCK(:name)"), {"name": name}).scalar()
        log.info("migration_waits_for_another", server_connection=other)


@contextmanager
def _write_transaction(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction on SQLite, however long others write: it takes the file's write lock at once."""
    while True:
        stack = ExitStack()
        try:
            connection = stack.enter_context(engine.begin())
        except DBAPIError as error:
            if not dialect.is_transient(error):
                raise
            log.info("migration_waits_for_another")
        else:
            break
    with stack:
        yield connection

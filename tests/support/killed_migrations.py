"""Kills a migration after every single statement that writes, and lets the next one go on: prints how many it killed.

    python -m support.killed_migrations DATABASE_URL [FOLDER WITH MIGRATIONS]

A child of this process is killed after its first such statement; when that brought no step further, the next one after
its second, and so on until a child lives to the end.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, func, select

from obd2_common.db.database import Database
from obd2_common.db.mysql_connection import MySQLConnection
from obd2_common.migrate import OUR_MIGRATIONS, current_revision, upgrade
from obd2_common.migrations import steps

READING = ("SELECT", "SHOW", "DESC", "SET", "PRAGMA", "ROLLBACK")
MOST_STATEMENTS = 2000
"""A migration that does not come to its end within so many would never."""


def main(url: str, folder: Path = OUR_MIGRATIONS) -> None:
    """Kill until there is nothing left to do."""
    is_sqlite = url.startswith("sqlite")
    killed, lives = 0, 1
    progress = _progress(url)
    while _migrate_in_child(url, folder, dies_after=lives):
        killed += 1
        # A file begins anew each time; a server goes on, so that each step is met once.
        lives += 1 if lives < MOST_STATEMENTS else sys.exit("no end")
        if not is_sqlite and (now := _progress(url)) != progress:
            progress, lives = now, 1
    sys.stdout.write(f"{killed}\n")


def _progress(url: str) -> tuple[str | None, int]:
    database = Database(url)
    try:
        revision = current_revision(database)
        with database.engine.connect() as connection:
            if not steps.begun(connection):
                return revision, 0
            count = connection.execute(select(func.count()).where(steps.NOTES.c.is_done)).scalar_one()
        return revision, count
    finally:
        database.close()


def _migrate_in_child(url: str, folder: Path, *, dies_after: int) -> bool:
    """Migrate in a child process; tell whether it was killed on the way."""
    child = os.fork()
    if child == 0:
        _kill_this_process_after(dies_after)
        database = Database(url)
        upgrade(database, folder)
        database.close()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status:
        sys.exit("a migration failed")
    return False


def _kill_this_process_after(statements: int) -> None:
    left = statements

    def ran(statement: str) -> None:
        nonlocal left
        if not statement.lstrip().upper().startswith(READING):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Engine, "do_connect")
    def _connect(dialect: Any, _record: object, arguments: Any, options: Any) -> MySQLConnection | None:  # noqa: ANN401
        return None if dialect.name == "sqlite" else _counting(ran, arguments, options)

    @event.listens_for(Engine, "after_cursor_execute")
    def _after(connection: Any, _cursor: object, statement: str, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's
        if connection.dialect.name == "sqlite":
            ran(statement)


def _counting(ran: Callable[[str], None], arguments: Any, options: Any) -> MySQLConnection:  # noqa: ANN401 - a driver's
    class Counting(MySQLConnection):
        def query(self, sql: str | bytes, unbuffered: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - PyMySQL's
            answer = super().query(sql, unbuffered)
            ran(sql if isinstance(sql, str) else sql.decode())
            return answer

        def commit(self) -> None:
            super().commit()
            ran("COMMIT")

    return Counting(*arguments, **options)


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))

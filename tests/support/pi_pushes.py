"""What tests of the Pi stand-in share: a look into its files, and a server that fails at one table."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from obd2_cli.push import PushResult
from support.sync_server_fake import Reply, SeenRequest, receipt

NOW = datetime(2026, 7, 11, 18, 2, 44, tzinfo=UTC)
Push = Callable[..., PushResult]


def stored(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """Ask a file of SQLite."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def change(path: Path, statement: str) -> None:
    """Change a file of SQLite, as its owner does between two pushes."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def failing(table: str, *replies: Reply) -> Callable[[SeenRequest], Reply]:
    """Answer the first requests of one table with these replies, everything else well."""
    left = list(replies)

    def answer(request: SeenRequest) -> Reply:
        return left.pop(0) if left and request.body and request.table == table else receipt(request)

    return answer

"""Asks SQLite itself whether a database file is whole and what is in it, without ever writing to it.

Even so, a file may hold expressions that compute for ever: files from elsewhere are opened in a process of their own.
"""

import sqlite3
import sys
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any

HEADER = b"SQLite format 3\0"
MESSAGES = 3
"""How many of the engine's complaints are told."""
MESSAGE_CHARACTERS = 300
"""How much of each: it may quote names from the file."""
HEAP_BYTES = 96 << 20
LIMITS: Mapping[int, int] = MappingProxyType(
    {
        sqlite3.SQLITE_LIMIT_LENGTH: 32 << 20,
        sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1 << 20,
        sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
        sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 10,
        sqlite3.SQLITE_LIMIT_VDBE_OP: 250_000,
        sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
        sqlite3.SQLITE_LIMIT_ATTACHED: 0,
        sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
        sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
    },
)
_CHECKS = frozenset({"quick_check", "integrity_check"})
_FUNCTIONS = frozenset({"count", "max"})


def problem(path: Path, *, is_thorough: bool = False) -> str | None:
    """Return what is wrong with a SQLite file, or None.

    Args:
        path: the file; nothing else may be writing to it.
        is_thorough: run ``integrity_check``, which also compares indexes with tables, instead of ``quick_check``.
    """
    with path.open("rb") as stream:
        if stream.read(len(HEADER)) != HEADER:
            return "does not begin with the SQLite header"
    try:
        with closing(open_read_only(path)) as connection:
            pragma = "integrity_check" if is_thorough else "quick_check"
            messages = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}({MESSAGES})")]
    except sqlite3.DatabaseError as error:
        return f"SQLite: {str(error)[:MESSAGE_CHARACTERS]}"
    if messages == ["ok"]:
        return None
    return f"SQLite: {'; '.join(message[:MESSAGE_CHARACTERS] for message in messages)}"


def count_rows(path: str, tables: Collection[str]) -> dict[str, Any]:
    """Return how many ``tables`` a database has, and as ``counts`` the rows and the highest id of those asked for.

    Where it cannot be read, ``problem`` says why.
    """
    try:
        with closing(open_read_only(Path(path))) as connection:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            counts = {name: _count_and_last(connection, name) for name in names if name in tables}
    except sqlite3.Error as error:
        return {"problem": f"SQLite: {str(error)[:MESSAGE_CHARACTERS]}"}
    return {"tables": len(names), "counts": counts}


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open a database file that nobody writes to, with the guards SQLite recommends for files from elsewhere.

    The connection can do nothing but read. Source: https://www.sqlite.org/security.html
    """
    # With `immutable`, a write-ahead log that is missing beside the file is no reason to write one.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    for pragma in (
        "trusted_schema=OFF",
        "cell_size_check=ON",
        "mmap_size=0",
        "query_only=ON",
        "temp_store=MEMORY",
        f"hard_heap_limit={HEAP_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # noqa: FBT003 - by position only
        for forbidden in (
            sqlite3.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
            sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER,
            sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW,
            sqlite3.SQLITE_DBCONFIG_WRITABLE_SCHEMA,
        ):
            connection.setconfig(forbidden, False)  # noqa: FBT003 - by position only
    connection.set_authorizer(_authorise)
    return connection


def _authorise(action: int, first: str | None, second: str | None, _database: str | None, _source: str | None) -> int:
    """Allow reading, the checks and the functions that are used here."""
    is_allowed = (
        action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}
        or (action == sqlite3.SQLITE_PRAGMA and first in _CHECKS)
        or (action == sqlite3.SQLITE_FUNCTION and str(second).lower() in _FUNCTIONS)
    )
    return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY


def _count_and_last(connection: sqlite3.Connection, table: str) -> tuple[int, int | None]:
    quoted = table.replace('"', '""')
    count, last = connection.execute(f'SELECT COUNT(*), MAX(rowid) FROM "{quoted}"').fetchone()  # noqa: S608 - quoted
    return count, last

"""Asks SQLite itself whether a database file is whole, without ever writing to it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

HEADER = b"SQLite format 3\0"
MESSAGES = 3
"""How many of the engine's complaints are told."""
PROGRESS_INSTRUCTIONS = 100_000
"""Virtual machine steps between two looks at whether to stop."""


def problem(path: Path, *, is_thorough: bool = False, should_stop: Callable[[], bool] = lambda: False) -> str | None:
    """Return what is wrong with a SQLite file, or None.

    Args:
        path: the file; nothing else may be writing to it.
        is_thorough: run ``integrity_check``, which also compares indexes with tables, instead of ``quick_check``.
        should_stop: when it turns true the check ends early and its answer means nothing.
    """
    with path.open("rb") as stream:
        if stream.read(len(HEADER)) != HEADER:
            return "does not begin with the SQLite header"
    try:
        with closing(open_read_only(path)) as connection:
            connection.set_progress_handler(lambda: int(should_stop()), PROGRESS_INSTRUCTIONS)
            # With `immutable`, a write-ahead log that is missing beside the file is no reason to write one.
            pragma = "integrity_check" if is_thorough else "quick_check"
            messages = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}({MESSAGES})")]
    except sqlite3.DatabaseError as error:
        return f"SQLite: {error}"
    return None if messages == ["ok"] else f"SQLite: {'; '.join(messages)}"


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open a database file that nobody writes to, with the guards SQLite recommends for files from elsewhere.

    Source: https://www.sqlite.org/security.html
    """
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0"):
        connection.execute(f"PRAGMA {pragma}").close()
    return connection

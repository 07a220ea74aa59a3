"""How far each table has been sent: the Pi's sync_log, kept in a file of its own so that the source stays untouched."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from obd2_cli.pi_schema import SYNC_LOG_TABLE
from obd2_common.errors import InvalidInputError

_MARK_TABLE = (
    "CREATE TABLE pushed_source (id INTEGER PRIMARY KEY CHECK (id = 1), device_id TEXT, first_rows TEXT, server TEXT)"
)
_SAVE = """
INSERT INTO sync_log (table_name, last_synced_id, last_synced_at, last_batch_id, status, last_synced_modified_at)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (table_name) DO UPDATE SET last_synced_id = excluded.last_synced_id,
    last_synced_at = excluded.last_synced_at, last_batch_id = excluded.last_batch_id, status = excluded.status,
    last_synced_modified_at = excluded.last_synced_modified_at
"""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far one table has been sent: last key, and newest modification (empty before the first)."""

    last_id: int = 0
    modified_after: str = ""


class CursorFile:
    """An SQLite file with the sync_log of one source, device and server.

    Args:
        path: created when missing; its folder must exist.

    Raises:
        InvalidInputError: something else than a cursor file lies at this path, or it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._connection = sqlite3.connect(path)
        except sqlite3.OperationalError as error:
            raise InvalidInputError(_not_kept(path, error)) from error
        try:
            self._prepare()
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise InvalidInputError(_not_kept(path, error)) from error
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise InvalidInputError(f"{path} is no file of cursors: {error}") from error

    def __enter__(self) -> Self:
        """Use as a context to close the file."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._connection.close()

    def begin(self, server: str, device_id: str, first_rows: dict[str, list[object]], *, is_fresh: bool) -> None:
        """Forget all cursors when asked to, or when they belong to another server or device or to rows that are gone.

        Args:
            server: its address.
            device_id: under which the rows are sent.
            first_rows: of the source, as `obd2_cli.push.source.first_rows` gives them.
            is_fresh: forget in any case.
        """
        with self._connection as connection:
            mark = connection.execute("SELECT server, device_id, first_rows FROM pushed_source").fetchone()
            if is_fresh or (mark and not _is_same_source(mark, server, device_id, first_rows)):
                connection.execute("DELETE FROM sync_log")
            connection.execute(
                "INSERT OR REPLACE INTO pushed_source (id, server, device_id, first_rows) VALUES (1, ?, ?, ?)",
                (server, device_id, json.dumps(first_rows)),
            )

    def read(self, table: str) -> Cursor:
        """Return a table's cursor."""
        statement = "SELECT last_synced_id, last_synced_modified_at FROM sync_log WHERE table_name = ?"
        row = self._connection.execute(statement, (table,)).fetchone()
        return Cursor(row[0], row[1] or "") if row else Cursor()

    def rewind(self, table: str, last_id: int) -> None:
        """Set a table's cursor back."""
        with self._connection as connection:
            connection.execute(
                "UPDATE sync_log SET last_synced_id = ?, last_synced_modified_at = NULL WHERE table_name = ?",
                (last_id, table),
            )

    def save(self, table: str, cursor: Cursor, *, batch_id: str, synced_at: str, is_accepted: bool) -> None:
        """Note a table's cursor and how its last batch went."""
        status = "ok" if is_accepted else "failed"
        modified = cursor.modified_after or None
        with self._connection as connection:
            connection.execute(_SAVE, (table, cursor.last_id, synced_at, batch_id, status, modified))

    def _prepare(self) -> None:
        """Create the tables in a new file."""
        with closing(self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")) as found:
            names = {row[0] for row in found}
        if not names:
            with self._connection as connection:
                connection.execute(SYNC_LOG_TABLE)
                connection.execute(_MARK_TABLE)
        elif "pushed_source" not in names:
            raise sqlite3.DatabaseError("it holds other tables")
        elif "server" not in {row[1] for row in self._connection.execute("PRAGMA table_info(pushed_source)")}:
            with self._connection as connection:  # files of before cursors knew their server
                connection.execute("ALTER TABLE pushed_source ADD COLUMN server TEXT")
        with self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")  # a file that cannot be written shows here


def _not_kept(path: Path, error: sqlite3.Error) -> str:
    return f"the cursors cannot be kept in {path}: {error}; name another file with --state"


def _is_same_source(
    mark: tuple[str | None, str, str], server: str, device_id: str, first_rows: dict[str, list[object]]
) -> bool:
    """Tell whether the cursors are still good; a table that was empty then or is now says nothing."""
    known_server, known_device, known_rows = mark[0], mark[1], json.loads(mark[2])
    return (
        known_server in {None, server}
        and known_device == device_id
        and all(known_rows[table] == row for table, row in first_rows.items() if table in known_rows)
    )

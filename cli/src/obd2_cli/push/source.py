"""The database to push, opened so that it can only be read."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from obd2_cli.pi_schema import RESENT_TABLES
from obd2_cli.push.wire import DELTA_TABLE_KEYS, MODIFIED_COLUMN
from obd2_common.errors import InvalidInputError

_FIRST_ROWS = {
    "realtime_data": ("id", "timestamp", "parameter_name", "value"),
    "connection_log": ("id", "timestamp", "event_type"),
}


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A synced table as this file has it."""

    name: str
    columns: list[str]

    @property
    def key(self) -> str:
        """Return the key column."""
        return DELTA_TABLE_KEYS[self.name]

    @property
    def has_modified_cursor(self) -> bool:
        """Tell whether changed rows are sent again; old files lack the column."""
        return self.name in RESENT_TABLES and MODIFIED_COLUMN in self.columns


@contextmanager
def open_source(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a Pi database for reading only.

    Raises:
        InvalidInputError: there is no such file, or it is no database SQLite can read.
    """
    if not path.is_file():
        raise InvalidInputError(f"{path} is no file")
    connection = _readable(path)
    try:
        connection.text_factory = _text
        yield connection
    finally:
        connection.close()


def _readable(path: Path) -> sqlite3.Connection:
    """Connect; a file in WAL mode whose companions cannot be made beside it is read as it lies."""
    address = path.absolute().as_uri()
    failure: sqlite3.DatabaseError | None = None
    for options in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(f"{address}?{options}", uri=True)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise InvalidInputError(f"{path} cannot be read as an SQLite database: {failure}")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")


def source_tables(connection: sqlite3.Connection) -> list[SourceTable]:
    """Return the synced tables this file has, in the order of a sweep."""
    tables = []
    for name in DELTA_TABLE_KEYS:
        columns = [column[0] for column in connection.execute("SELECT name FROM pragma_table_info(?)", (name,))]
        if DELTA_TABLE_KEYS[name] in columns:
            tables.append(SourceTable(name, columns))
    return tables


def pending_rows(
    connection: sqlite3.Connection,
    table: SourceTable,
    *,
    last_id: int,
    modified_after: str,
    limit: int,
) -> list[tuple[object, ...]]:
    """Return the rows above the cursor, and those changed since, in key order, `limit` at most."""
    condition, arguments = _pending(table, last_id, modified_after)
    statement = f"SELECT * FROM {table.name} WHERE {condition} ORDER BY {table.key} LIMIT ?"  # noqa: S608 - constants
    return connection.execute(statement, (*arguments, limit)).fetchall()


def count_pending(connection: sqlite3.Connection, table: SourceTable, *, last_id: int, modified_after: str) -> int:
    """Return how many rows wait to be sent."""
    condition, arguments = _pending(table, last_id, modified_after)
    statement = f"SELECT count(*) FROM {table.name} WHERE {condition}"  # noqa: S608 - constants
    count: int = connection.execute(statement, arguments).fetchone()[0]
    return count


def _pending(table: SourceTable, last_id: int, modified_after: str) -> tuple[str, tuple[object, ...]]:
    if table.has_modified_cursor:
        return f"{table.key} > ? OR {MODIFIED_COLUMN} > ?", (last_id, modified_after)
    return f"{table.key} > ?", (last_id,)


def latest_modification(connection: sqlite3.Connection, table: SourceTable) -> str | None:
    """Return the newest modification stamp, which the client takes as its next cursor however much it sent."""
    if not table.has_modified_cursor:
        return None
    statement = f"SELECT max({MODIFIED_COLUMN}) FROM {table.name}"  # noqa: S608 - constants
    newest: str | None = connection.execute(statement).fetchone()[0]
    return newest


def last_drive_id(connection: sqlite3.Connection) -> int:
    """Return the drive counter, 0 when the file has none."""
    try:
        row = connection.execute("SELECT last_drive_id FROM drive_counter WHERE id = 1").fetchone()
    except sqlite3.OperationalError:
        return 0
    return int(row[0]) if row else 0


def first_rows(connection: sqlite3.Connection) -> dict[str, list[object]]:
    """Return what cannot change in the first rows of the file, by which a rebuilt file is told from a grown one."""
    known = {table.name: table for table in source_tables(connection)}
    found: dict[str, list[object]] = {}
    for name, columns in _FIRST_ROWS.items():
        if name not in known:
            continue
        statement = f"SELECT {', '.join(columns)} FROM {name} ORDER BY id LIMIT 1"  # noqa: S608 - constants
        row = connection.execute(statement).fetchone()
        if row is not None:
            found[name] = list(row)
    return found

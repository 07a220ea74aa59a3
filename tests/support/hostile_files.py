"""Small files that make whoever opens them work or fill memory without end."""

import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

LARGE_BYTES = 450_000_000
LONG_SEARCH = "instr(hex(zeroblob(9000000 + x)), hex(zeroblob(4000000)) || 1)"
"""Takes minutes within one step of SQLite's, where no handler of ours is asked."""
MUCH_MEMORY = f"hex(zeroblob({LARGE_BYTES} + x))"


def database_with_schema(folder: Path, statement: str) -> bytes:
    """Return a database whose table `t(x)` of five rows claims to have been made by another statement."""
    path = folder / "hostile.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t(x, y AS (x) NOT NULL)").close()
        connection.executemany("INSERT INTO t(x) VALUES (?)", [(number,) for number in range(5)])
        connection.commit()
        connection.execute("PRAGMA writable_schema = 1").close()
        connection.execute("UPDATE sqlite_schema SET sql = ?", (statement,)).close()
        connection.commit()
    content = path.read_bytes()
    path.unlink()
    return content


def generated_column(expression: str) -> Callable[[Path], bytes]:
    """Return a maker of a database with a generated column."""
    return lambda folder: database_with_schema(folder, f"CREATE TABLE t(x, y AS ({expression}) NOT NULL)")


def indexed_expression(expression: str) -> Callable[[Path], bytes]:
    """Return a maker of a database with an index over an expression, which a thorough check computes for each row."""

    def make(folder: Path) -> bytes:
        path = folder / "hostile.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE t(x)").close()
            connection.execute("CREATE INDEX i ON t(abs(x))").close()
            connection.execute("INSERT INTO t VALUES (1)").close()
            connection.execute("PRAGMA writable_schema = 1").close()
            statement = f"CREATE INDEX i ON t({expression})"
            connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'i'", (statement,)).close()
            connection.commit()
        content = path.read_bytes()
        path.unlink()
        return content

    return make


def gzip_of_zeros(size_bytes: int) -> bytes:
    """Return a gzip file of zero bytes, a thousandth of what it holds."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = bytes(1 << 20)
    return b"".join(packer.compress(chunk) for _ in range(size_bytes >> 20)) + packer.flush()

"""Files to back up: whole ones and ones that are broken in a known way."""

import gzip
import hashlib
import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path

PAGE_BYTES = 4096
"""SQLite's default."""


def database_bytes(folder: Path, *, rows: int = 500, seed: int = 1) -> bytes:
    """Return a SQLite file in WAL mode, as the Pi has it, with a table of random text."""
    path = folder / f"sample-{seed}-{rows}.db"
    generator = random.Random(seed)  # noqa: S311 - reproducible noise
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL").close()
        connection.execute("CREATE TABLE realtime_data (id INTEGER PRIMARY KEY, value REAL, unit TEXT)")
        connection.executemany(
            "INSERT INTO realtime_data (value, unit) VALUES (?, ?)",
            [(generator.random(), generator.randbytes(40).hex()) for _ in range(rows)],
        )
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    content = path.read_bytes()
    path.unlink()
    return content


def with_corrupt_page(database: bytes) -> bytes:
    """Return a database whose third page was overwritten with noise."""
    start = 2 * PAGE_BYTES
    noise = random.Random(3).randbytes(PAGE_BYTES)  # noqa: S311 - reproducible noise
    return database[:start] + noise + database[start + PAGE_BYTES :]


def truncated_gzip(content: bytes) -> bytes:
    """Return a gzip file that breaks off in its middle."""
    packed = gzip.compress(content)
    return packed[: len(packed) // 2]


def gzip_with_wrong_checksum(content: bytes) -> bytes:
    """Return a gzip file whose checksum is not that of what it holds."""
    packed = bytearray(gzip.compress(content))
    packed[-6] ^= 0xFF
    return bytes(packed)


def config_bytes() -> bytes:
    """Return a configuration as the Pi keeps it."""
    return json.dumps({"deviceId": "chi-eclipse-01", "sync": {"intervalSeconds": 60}}, indent=2).encode()


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()

"""The ingest on SQLite against a bare sqlite3 loop with the same durability."""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from bench.ingest.bodies import bodies
from bench.ingest.client import send
from bench.ingest.measurements import Figure
from bench.ingest.reference import COLUMNS, TABLE, parameters
from bench.ingest.server import api_process
from obd2_common import migrate
from obd2_common.db.database import Database

TARGET = 0.5


def embedded(row_count: int, rounds: int) -> Iterator[Figure]:
    """Measure new rows at batch 500 on a SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "obd2.db"
        database = Database(f"sqlite:///{path}")
        migrate.upgrade(database)
        database.close()
        ratios, speeds = [], []
        with api_process(f"sqlite:///{path}") as api:
            send(api.port, [list(bodies("warm", 1, 1000, 500))])
            for number in range(rounds):
                own = list(bodies(f"bench-{number}", 1, row_count, 500))
                bare = _bare_loop(Path(folder) / f"bare-{number}.db", path, own)
                seconds, _ = send(api.port, [own])
                ratios.append(bare / seconds)
                speeds.append((row_count / bare, row_count / seconds))
    value = statistics.median(ratios)
    reference, ours = (statistics.median(side) for side in zip(*speeds, strict=True))
    detail = f"{ours:,.0f} rows/s against {reference:,.0f}"
    yield Figure("embedded SQLite, new rows, batch 500", value, "x", f">= {TARGET}", value >= TARGET, detail)


def _bare_loop(path: Path, model: Path, batches: list[bytes]) -> float:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL").close()
        connection.execute("PRAGMA synchronous=FULL").close()
        with sqlite3.connect(model) as source:
            schema = source.execute(
                "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'realtime_data' AND sql != ''"
            )
            for name, sql in schema:
                connection.execute(sql.replace("realtime_data", TABLE) if name == "realtime_data" else _renamed(sql))
        source.close()
        marks = ", ".join("?" * len(COLUMNS))
        insert = f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608 - names are ours
        start = time.perf_counter()
        for body in batches:
            connection.executemany(insert, parameters(orjson.loads(body)))
            connection.commit()
        return time.perf_counter() - start
    finally:
        connection.close()


def _renamed(index_sql: str) -> str:
    return index_sql.replace("ON realtime_data", f"ON {TABLE}")

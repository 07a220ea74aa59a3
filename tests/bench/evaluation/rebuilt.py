"""What only stored rows show: a Pi database that was lost and begun again, sent to a server on SQLite."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
from sqlmodel import select

from obd2_analyzer.context import Context
from obd2_analyzer.thresholds import Thresholds
from obd2_analyzer.worker import FACTS, Worker
from obd2_api.ingest.drive_jobs import QuietTimes
from obd2_api.ingest.envelope import read_envelope
from obd2_api.ingest.receive import Ingest, receive
from obd2_cli.simulate import DatabasePlan, DriveKind, plan_drives, rebuilt_plan, write_pi_database
from obd2_common import migrate
from obd2_common.db.database import Database
from obd2_common.tables.drives import Drive

DEVICE = "evaluated-car"
RECEIVED_AT = datetime(2026, 9, 1, tzinfo=UTC)
BATCH_ROWS = 500


def rebuilds_kept_apart(count: int, thresholds: Thresholds) -> Iterator[bool]:
    """Tell for so many cars whether the server kept the drives before and after the loss apart and whole."""
    for number in range(count):
        with tempfile.TemporaryDirectory() as folder:
            yield _is_kept_apart(Path(folder), number, thresholds)


def _is_kept_apart(folder: Path, number: int, thresholds: Thresholds) -> bool:
    kinds = (DriveKind.SHORT_HOP, DriveKind.CITY)
    before = DatabasePlan(plan_drives(2, seed=31 + number, kinds=kinds), seed=number)
    database = Database(f"sqlite:///{folder / 'server.db'}")
    migrate.upgrade(database)
    try:
        sent = []
        for name, plan in (("before", before), ("after", rebuilt_plan(before))):
            file = folder / f"{name}.db"
            write_pi_database(file, plan)
            sent.append(_send(database, file))
        _compute(database, thresholds)
        drives = database.read(lambda session: list(session.exec(select(Drive))))
    finally:
        database.close()
    found = {(drive.source_epoch, drive.drive_key): drive.row_count for drive in drives}
    expected = {
        (epoch, str(drive_id)): rows for epoch, counted in enumerate(sent, start=1) for drive_id, rows in counted
    }
    return found == expected


def _send(database: Database, file: Path) -> list[tuple[int, int]]:
    """Send the readings and drive summaries of a Pi database, and return how many rows each drive of it has."""
    zone, quiet_times = ZoneInfo("America/Chicago"), QuietTimes(timedelta(minutes=5), timedelta(seconds=20))
    ingest = Ingest(database, lambda: RECEIVED_AT, zone, quiet_times)
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        summaries = [dict(row) for row in connection.execute("SELECT * FROM drive_summary")]
        for row in summaries:
            row["id"] = row.pop("drive_id")
            del row["_sync_modified_at"]
        _take(ingest, "drive_summary", summaries)
        rows = connection.execute("SELECT * FROM realtime_data ORDER BY id")
        while batch := rows.fetchmany(BATCH_ROWS):
            _take(ingest, "realtime_data", [dict(row) for row in batch])
        counted = connection.execute("SELECT drive_id, count(*) FROM realtime_data GROUP BY drive_id").fetchall()
    return [(drive_id, count) for drive_id, count in counted]


def _take(ingest: Ingest, table: str, rows: list[dict[str, object]]) -> None:
    document = {"deviceId": DEVICE, "batchId": f"{DEVICE}-1", "tables": {table: {"lastSyncedId": 0, "rows": rows}}}
    receive(ingest, read_envelope(orjson.dumps(document)))


def _compute(database: Database, thresholds: Thresholds) -> None:
    context = Context(database, thresholds, lambda: RECEIVED_AT + timedelta(hours=1))
    worker = Worker(context, name="evaluation", lease=timedelta(hours=1), max_attempts=1, selections=FACTS)
    while worker.work_once():
        pass

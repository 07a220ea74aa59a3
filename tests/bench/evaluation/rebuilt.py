"""What only stored rows show: a Pi database that was lost and begun again, sent to a server on SQLite."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import select

from bench.evaluation.server import evaluation_server
from obd2_cli.simulate import DatabasePlan, DriveKind, plan_drives, rebuilt_plan, write_pi_database
from obd2_common.tables.drives import Drive

DEVICE = "evaluated-car"
RECEIVED_AT = datetime(2026, 9, 1, tzinfo=UTC)


def rebuilds_kept_apart(count: int) -> Iterator[bool]:
    """Tell for so many cars whether the server kept the drives before and after the loss apart and whole."""
    for number in range(count):
        with tempfile.TemporaryDirectory() as folder:
            yield _is_kept_apart(Path(folder), number)


def _is_kept_apart(folder: Path, number: int) -> bool:
    kinds = (DriveKind.SHORT_HOP, DriveKind.CITY)
    before = DatabasePlan(plan_drives(2, seed=31 + number, kinds=kinds), seed=number)
    expected: dict[tuple[int, str], int] = {}
    with evaluation_server(lambda: RECEIVED_AT) as server:
        for epoch, plan in enumerate((before, rebuilt_plan(before)), start=1):
            file = folder / f"{epoch}.db"
            write_pi_database(file, plan)
            server.take(DEVICE, file)
            expected |= {(epoch, str(drive_id)): rows for drive_id, rows in _row_counts(file)}
        server.compute()
        drives = server.database.read(lambda session: list(session.exec(select(Drive))))
    return {(drive.source_epoch, drive.drive_key): drive.row_count for drive in drives} == expected


def _row_counts(file: Path) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT drive_id, count(*) FROM realtime_data GROUP BY drive_id").fetchall()

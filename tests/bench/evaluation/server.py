"""A server of its own on SQLite: takes Pi databases as the API does, and computes their drives as the analyzer does."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import func, select

from obd2_analyzer.context import Context
from obd2_analyzer.thresholds import OperatorLimits
from obd2_analyzer.worker import FACTS, Worker
from obd2_api.ingest.envelope import read_envelope
from obd2_api.ingest.quiet_times import QuietTimes
from obd2_api.ingest.receive import Ingest, receive
from obd2_cli.push.source import SourceTable, open_source, source_tables
from obd2_cli.push.wire import table_body, wire_row
from obd2_common import migrate
from obd2_common.db.database import Database
from obd2_common.tables.devices import DeviceEpoch

BATCH_ROWS = 500
QUIET_TIMES = QuietTimes(timedelta(minutes=5), timedelta(seconds=20))
UNTIL_QUIET = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class EvaluationServer:
    """A server to fill, with limits as shipped; ``clock`` tells when rows are received."""

    database: Database
    clock: Callable[[], datetime]

    def take(self, device: str, file: Path) -> int:
        """Store every synced row of a Pi database in the Pi's order; return the epoch the rows belong to.

        Raises:
            InvalidInputError: there is no such file, or it is no database SQLite can read.
        """
        ingest = Ingest(self.database, self.clock, ZoneInfo("America/Chicago"), QUIET_TIMES)
        with open_source(file) as connection:
            for table in source_tables(connection):
                rows = connection.execute(f"SELECT * FROM {table.name} ORDER BY {table.key}")  # noqa: S608 - constants
                while batch := rows.fetchmany(BATCH_ROWS):
                    receive(ingest, read_envelope(_body(device, table, batch)))
        newest = select(func.max(DeviceEpoch.source_epoch)).where(DeviceEpoch.source_device == device)
        return self.database.read(lambda session: session.exec(newest).one()) or 1

    def compute(self) -> None:
        """Compute the drives of everything stored, those whose history changed included."""
        context = Context(self.database, OperatorLimits(), lambda: self.clock() + UNTIL_QUIET)
        worker = Worker(context, name="evaluation", lease=timedelta(hours=1), max_attempts=1, selections=FACTS)
        while worker.work_once():
            if worker.last_error is not None:
                raise RuntimeError(worker.last_error)


@contextmanager
def evaluation_server(clock: Callable[[], datetime]) -> Iterator[EvaluationServer]:
    """Set up an empty server in a folder that goes away with it."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'server.db'}")
        migrate.upgrade(database)
        try:
            yield EvaluationServer(database, clock)
        finally:
            database.close()


def _body(device: str, table: SourceTable, batch: list[tuple[object, ...]]) -> bytes:
    rows = [wire_row(table.columns, values, table.key) for values in batch]
    return table_body(device, f"{device}-1", table.name, last_synced_id=0, rows=rows)

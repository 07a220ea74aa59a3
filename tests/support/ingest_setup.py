"""An ingest on a test's database, and what it has stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, func, select
from sqlmodel import SQLModel

from obd2_api.ingest.envelope import read_envelope
from obd2_api.ingest.quiet_times import QuietTimes
from obd2_api.ingest.receipt import Receipt
from obd2_api.ingest.receive import Ingest, receive
from obd2_common.db.database import Database
from obd2_common.synced_specs import SYNCED_TABLES
from support.hand_clock import HandClock
from support.pi_rows import Row, body

NOW = datetime(2026, 7, 11, 18, 2, 44, 918204, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
QUIET, ONCE_ENDED = timedelta(minutes=5), timedelta(seconds=20)
Stored = dict[str, Any]


@dataclass
class Server:
    """The ingest of one test, with a clock the test holds."""

    database: Database
    clock: HandClock = field(default_factory=lambda: HandClock(NOW))
    ingest: Ingest = field(init=False)

    def __post_init__(self) -> None:
        self.ingest = Ingest(self.database, self.clock, CHICAGO, QuietTimes(QUIET, ONCE_ENDED))

    def take(self, content: bytes) -> Receipt:
        """Take in one request body."""
        return receive(self.ingest, read_envelope(content))

    def send(self, tables: Mapping[str, Sequence[object]], **options: Any) -> Receipt:  # noqa: ANN401
        """Take in rows by table; takes the options of `pi_rows.document`."""
        return self.take(body(tables, **options))

    def counts(self, table: str, rows: Sequence[object], **options: Any) -> tuple[int, int, int, int]:  # noqa: ANN401
        """Send rows of one table and return how many were inserted, updated, unchanged, quarantined."""
        receipt = self.send({table: rows}, **options).tables[table]
        return receipt.inserted, receipt.updated, receipt.unchanged, receipt.quarantined

    def rows(self, name: str) -> list[Stored]:
        """Return everything stored in a table, in the order of its primary key."""
        return all_rows(self.database, name)

    def synced(self, name: str, epoch: int | None = None) -> dict[Any, Stored]:
        """Return the rows of a synced table by their Pi key, of one epoch or where there is only one."""
        rows = [row for row in self.rows(name) if epoch is None or row["source_epoch"] == epoch]
        by_key = {row["source_id"]: row for row in rows}
        assert len(by_key) == len(rows), "the same key in several epochs or devices"
        return by_key

    def as_sent(self, name: str) -> dict[Any, Stored]:
        """Return the rows of a synced table by their Pi key, with the columns and values of the wire."""
        return {key: wire_values(name, row) for key, row in self.synced(name).items()}

    def count(self, name: str) -> int:
        """Return the number of rows of a table."""
        query = select(func.count()).select_from(_table(name))
        return self.database.read(lambda session: session.connection().execute(query).scalar_one())

    def dump(self) -> dict[str, list[Stored]]:
        """Return the content of every table, for proving that nothing changed."""
        return {name: self.rows(name) for name in sorted(SQLModel.metadata.tables)}


def all_rows(database: Database, name: str, device: str | None = None) -> list[Stored]:
    """Return everything stored in a table, of one device or of all, in the order of its primary key."""
    table = _table(name)
    query = select(table).order_by(*table.primary_key.columns)
    if device is not None:
        query = query.where(table.c.source_device == device)
    return database.read(lambda session: [dict(row) for row in session.connection().execute(query).mappings()])


def wire_values(name: str, stored: Stored) -> Stored:
    """Return what a stored row has of the columns the wire knows, times as they came."""
    spec = SYNCED_TABLES[name]
    return {column: stored.get(f"{column}_raw", stored[column]) for column in spec.columns}


def as_sent(rows: Sequence[Row], name: str = "realtime_data") -> dict[Any, Row]:
    """Return rows by their Pi key, with every column the wire knows; to be compared with `Server.as_sent`."""
    columns = SYNCED_TABLES[name].columns
    return {row["id"]: {column: row.get(column) for column in columns} for row in rows}


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]

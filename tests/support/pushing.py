"""Pushes rows through an ingest of its own, for tests with several clients or processes at once."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import structlog
from sqlalchemy import event

from obd2_common.db.database import Database
from support.ingest_setup import Server
from support.pi_rows import Row

Pieces = Sequence[tuple[str, Sequence[Row]]]


def push_pieces(database_url: str, device: str, pieces: Pieces) -> Counter[str]:
    """Send table by table as one client, and add up what the receipts say and how often a transaction was retried."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    retried: Counter[str] = Counter()
    with closing(Database(database_url, on_retry=lambda _: retried.update(retries=1))) as database:
        _refuse_old_snapshots(database)
        server = Server(database)
        for table, rows in pieces:
            counts = server.counts(table, rows, device=device)
            retried.update(dict(zip(("inserted", "updated", "unchanged", "quarantined"), counts, strict=True)))
    return retried


def push_at_once(database_url: str, jobs: Sequence[tuple[str, Pieces]]) -> Counter[str]:
    """Push for several devices at the same time, each as a client of its own; takes device and pieces of each."""
    with ThreadPoolExecutor(len(jobs)) as threads:
        running = [threads.submit(push_pieces, database_url, device, pieces) for device, pieces in jobs]
        return sum((job.result() for job in running), Counter())


def _refuse_old_snapshots(database: Database) -> None:
    """Ask a MariaDB that knows it for snapshot isolation, the default of newer ones and the cause of error 1020."""
    if database.is_sqlite:
        return

    @event.listens_for(database.engine, "connect")
    def _on_connect(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("SHOW VARIABLES LIKE 'innodb_snapshot_isolation'")
        if cursor.fetchone():
            cursor.execute("SET SESSION innodb_snapshot_isolation = ON")
        cursor.close()

"""A service's sign of life in the database, read by `/health`."""

import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete

from obd2_common import __version__
from obd2_common.clock import Clock, utc_now
from obd2_common.db import dialect
from obd2_common.db.database import Database
from obd2_common.errors import DatabaseUnavailableError
from obd2_common.tables.operations import ServiceHeartbeat

FORGOTTEN_AFTER = timedelta(days=7)
"""A container that is made anew is another instance; the old one is of interest for so long."""


PROOF_OF_ROOM = "proof-of-room"
"""The service of a row that is there for a moment."""
_PROOF_BYTES = 256 * 1024
"""More than a journal that is written over again has to spare."""


PROOF_OF_WRITE = "proof-of-write"
"""The service of the rows by which processes find out whether the database takes writes."""
PROVEN_SECONDS = 15.0
NO_SERVICES = frozenset({PROOF_OF_ROOM, PROOF_OF_WRITE})


class WriteProof:
    """Finds out by a small write, at most every `PROVEN_SECONDS`, that a database server takes writes.

    A node that only reads, or has lost the majority of its cluster, answers every question. A SQLite file needs no such
    proof: it has one node, and its disk's errors are remembered.

    Args:
        database: to be asked.
        clock: tells the time.
        monotonic: tells how old the last proof is.
    """

    def __init__(
        self, database: Database, clock: Clock = utc_now, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database, self._clock, self._monotonic = database, clock, monotonic
        self._proven_until = monotonic()
        self._instance = socket.gethostname()
        self.fault: str | None = None
        """Why the latest write failed; None when it did not."""

    def require(self) -> None:
        """Make sure that the database answers and takes writes.

        Raises:
            DatabaseUnavailableError: it does not; the message says why.
        """
        self._database.ping()
        if self._database.is_sqlite or (self.fault is None and self._monotonic() < self._proven_until):
            return
        now = self._clock()
        try:
            self._database.once(
                lambda session: beat(session, service=PROOF_OF_WRITE, instance=self._instance, started_at=now, now=now)
            )
        except DatabaseUnavailableError as error:
            self.fault = f"the database cannot be written: {error}"
            raise DatabaseUnavailableError(self.fault) from error
        self.fault, self._proven_until = None, self._monotonic() + PROVEN_SECONDS


def prove_room(database: Database, now: datetime) -> None:
    """Write something of a size to a database whose latest writes failed, and take it away again.

    Raises:
        DatabaseUnavailableError: it still takes no writes.
    """
    details = {"filling": "0" * _PROOF_BYTES}
    database.run(
        lambda session: beat(session, service=PROOF_OF_ROOM, instance="", started_at=now, now=now, details=details)
    )
    row = delete(ServiceHeartbeat).where(col(ServiceHeartbeat.service) == PROOF_OF_ROOM)
    database.run(lambda session: session.connection().execute(row))
    database.storage.has_room()


def beat(
    session: Session,
    *,
    service: str,
    instance: str,
    started_at: datetime,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """Record that a service instance is alive; at its first sign of life those of long ago are forgotten."""
    if session.get(ServiceHeartbeat, (service, instance)) is None:
        gone = delete(ServiceHeartbeat).where(col(ServiceHeartbeat.beat_at) < now - FORGOTTEN_AFTER)
        session.connection().execute(gone)
    table = ServiceHeartbeat.__table__  # type: ignore[attr-defined]
    statement = dialect.upsert(
        session.connection(),
        table,
        key=("service", "instance"),
        update=("version", "started_at", "beat_at", "details"),
    )
    session.connection().execute(
        statement,
        {
            "service": service,
            "instance": instance,
            "version": __version__,
            "started_at": started_at,
            "beat_at": now,
            "details": details,
        },
    )

"""A service's sign of life in the database, read by `/health`."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete

from obd2_common import __version__
from obd2_common.db import dialect
from obd2_common.db.database import Database
from obd2_common.tables.operations import ServiceHeartbeat

FORGOTTEN_AFTER = timedelta(days=7)
"""A container that is made anew is another instance; the old one is of interest for so long."""


PROOF_OF_ROOM = "proof-of-room"
"""The service of a row that is there for a moment."""
_PROOF_BYTES = 256 * 1024
"""More than a journal that is written over again has to spare."""


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

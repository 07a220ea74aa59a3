"""A service's sign of life in the database, read by `/health`."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from obd2_common import __version__
from obd2_common.db import dialect
from obd2_common.tables.operations import ServiceHeartbeat


def beat(
    session: Session,
    *,
    service: str,
    instance: str,
    started_at: datetime,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """Record that a service instance is alive."""
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

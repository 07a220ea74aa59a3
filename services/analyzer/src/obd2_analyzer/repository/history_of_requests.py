"""Takes old entries out of the history of requests, some at a time."""

from datetime import datetime

from sqlalchemy import Table, delete, select
from sqlmodel import Session

from obd2_common.tables.devices import SyncHistory

HISTORY: Table = SyncHistory.__table__  # type: ignore[attr-defined]
PART_ROWS = 2_000
"""So many in one transaction: requests that come meanwhile do not wait long."""


def prune_history(session: Session, *, before: datetime) -> int:
    """Delete the oldest entries received before a moment, `PART_ROWS` at most; return how many."""
    query = select(HISTORY.c.receipt_id).where(HISTORY.c.received_at < before).order_by(HISTORY.c.received_at)
    receipts = session.connection().execute(query.limit(PART_ROWS)).scalars().all()
    if receipts:
        session.connection().execute(delete(HISTORY).where(HISTORY.c.receipt_id.in_(receipts)))
    return len(receipts)

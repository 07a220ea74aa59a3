"""How much of the job table one key or device may fill, so that nobody's requests keep the others' waiting."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, func, select
from sqlmodel import Session

from obd2_api.errors import TooManyWaitingError
from obd2_common.jobs.queue import ANALYSIS, QUARANTINE_REPLAY, QUEUED, Priority
from obd2_common.tables.jobs import Job

JOBS: Table = Job.__table__  # type: ignore[attr-defined]
MOST_OF_A_DEVICES_KEY = 20
MOST_OF_A_DEVICES_KEYS = 40
"""All keys of one device together; an operator's request about it is not refused for them."""
MOST_OF_AN_OPERATORS_KEY = 200
ASKED_KINDS = (ANALYSIS, QUARANTINE_REPLAY)
"""Jobs that a request adds each time it is sent; others are one per drive."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose request it is: the key as the job table names it, and the only device it speaks for, if any."""

    key: str
    device: str | None


def check_share(session: Session, asker: Asker, *, now: datetime) -> None:
    """Make sure that a key may have one more request wait.

    What waits for something else than its turn, as for the language model, does not count.

    Raises:
        TooManyWaitingError: enough of its requests, or of its device's, wait already.
    """
    is_operator = asker.device is None
    limit = MOST_OF_AN_OPERATORS_KEY if is_operator else MOST_OF_A_DEVICES_KEY
    waiting = (
        JOBS.c.state == QUEUED,
        JOBS.c.kind.in_(ASKED_KINDS),
        JOBS.c.priority <= int(Priority.ASKED),
        JOBS.c.due_at <= now,
        JOBS.c.asked_by.is_not(None),
    )
    query = select(func.count()).select_from(JOBS).where(*waiting)
    count = session.connection().execute(query.where(JOBS.c.asked_by == asker.key)).scalar_one()
    if count >= limit:
        raise TooManyWaitingError(f"{count} requests of this key wait already; try again when some are answered")
    if is_operator:
        return
    count = session.connection().execute(query.where(JOBS.c.source_device == asker.device)).scalar_one()
    if count >= MOST_OF_A_DEVICES_KEYS:
        raise TooManyWaitingError(f"{count} requests about this device wait already; try again when some are answered")

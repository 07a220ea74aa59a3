"""Issues keys for tests, straight into a database."""

from datetime import datetime, timedelta

from obd2_api.auth.credentials import NewKey, Scope
from obd2_api.auth.issuing import issue_key
from obd2_common.clock import utc_now
from obd2_common.db.database import Database


def issue(
    database: Database,
    *scopes: Scope,
    device: str | None = None,
    name: str = "test",
    lifetime: timedelta | None = None,
    now: datetime | None = None,
) -> NewKey:
    """Issue a key."""
    made_at = now or utc_now()
    return database.run(
        lambda session: issue_key(session, name, frozenset(scopes), device, lifetime, now=made_at),
    )

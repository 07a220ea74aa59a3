"""The one clock of the server: aware UTC."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time as aware UTC."""
    return datetime.now(UTC)


def iso_z(moment: datetime) -> str:
    """Write an aware time as UTC ISO 8601 ending in ``Z``, microseconds kept when there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

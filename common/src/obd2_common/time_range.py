"""The times that can be calculated with: no sum of one of them and a few years leaves the calendar.

A time outside of it is no time of a car. It is kept as the text it came as and takes no part in anything.
"""

from datetime import UTC, datetime

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def is_in_range(moment: datetime) -> bool:
    """Tell whether an aware time can be calculated with."""
    return EARLIEST <= moment < LATEST


def nearest_in_range(moment: datetime) -> datetime:
    """Return the time itself, or the end of the range it lies beyond; for bounds that rows are compared with."""
    return min(max(moment, EARLIEST), LATEST)

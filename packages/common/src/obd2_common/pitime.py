"""Reads the Pi's time stamps, which mix UTC and the car's local time, into UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_SHAPE = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]{1,9}))?(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2})?",
)
_LOCAL_FRACTION_DIGITS = 6
EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)
"""What MySQL's DATETIME can hold; anything before is no time of a car."""


@dataclass(frozen=True, slots=True)
class PiTime:
    """One time stamp in UTC.

    ``alternative`` is set when a local time occurs twice, in the hour after daylight saving ends: ``utc`` is then
    the earlier of the two and ``alternative`` the later.
    """

    utc: datetime
    alternative: datetime | None = None


def parse_pi_time(text: str, zone: ZoneInfo) -> PiTime | None:
    """Read one time stamp; None when it is not one.

    ``Z`` or an offset decide by themselves. Without them, six digits of fraction mean the car's local time
    (Python's ``datetime.now()``) and anything else means UTC (SQLite's ``CURRENT_TIMESTAMP``).

    Args:
        text: the stamp as the Pi wrote it.
        zone: the car's local zone.
    """
    match = _SHAPE.fullmatch(text)
    if match is None:
        return None
    fraction = (match["fraction"] or "").ljust(6, "0")[:6]
    try:
        naive = datetime.fromisoformat(f"{match['date']}T{match['time']}.{fraction}")
        if match["zone"] is not None:
            offset = "+00:00" if match["zone"] in "Zz" else match["zone"]
            return _in_range(PiTime(datetime.fromisoformat(f"{naive.isoformat()}{offset}").astimezone(UTC)))
        if len(match["fraction"] or "") != _LOCAL_FRACTION_DIGITS:
            return _in_range(PiTime(naive.replace(tzinfo=UTC)))
        first = naive.replace(tzinfo=zone).astimezone(UTC)
        second = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # In the hour that spring skips, fold=1 gives the earlier instant: no ambiguity there.
    return _in_range(PiTime(first, second if second > first else None))


def _in_range(time: PiTime) -> PiTime | None:
    return time if time.utc >= EARLIEST else None

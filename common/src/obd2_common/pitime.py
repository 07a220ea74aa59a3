"""Reads the Pi's time stamps, which mix UTC and the car's local time, into UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from obd2_common.time_range import is_in_range

_SHAPE = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]{1,9}))?(?P<zone>[Zz]|[+-][0-9]{2}:?[0-9]{2})?",
)
_PLAIN_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_LOCAL_FRACTION_DIGITS = 6


@dataclass(frozen=True, slots=True)
class PiTime:
    """One time stamp in UTC.

    ``alternative`` is set when a local time occurs twice, in the hour after daylight saving ends: ``utc`` is then
    the earlier of the two and ``alternative`` the later.
    """

    utc: datetime
    alternative: datetime | None = None


def parse_pi_time(text: str, zone: ZoneInfo) -> PiTime | None:
    """Read one time stamp; None when it is not one, or lies outside `obd2_common.time_range`.

    ``Z`` or an offset decide by themselves. Without them, six digits of fraction mean the car's local time
    (Python's ``datetime.now()``) and anything else means UTC (SQLite's ``CURRENT_TIMESTAMP``).

    Args:
        text: the stamp as the Pi wrote it.
        zone: the car's local zone.
    """
    try:
        if _PLAIN_UTC.fullmatch(text):
            # What the Pi writes today, read in one go.
            time: PiTime | None = PiTime(datetime.fromisoformat(text))
        else:
            match = _SHAPE.fullmatch(text)
            time = None if match is None else _from_parts(match, zone)
    except (ValueError, OverflowError):
        return None
    return time if time is not None and is_in_range(time.utc) else None


def has_time_shape(text: str) -> bool:
    """Tell whether a text is written as a time stamp, whatever time it names."""
    return _SHAPE.fullmatch(text) is not None


def _from_parts(match: re.Match[str], zone: ZoneInfo) -> PiTime:
    fraction = match["fraction"] or ""
    naive = datetime.fromisoformat(f"{match['date']}T{match['time']}.{fraction.ljust(6, '0')[:6]}")
    if match["zone"] is not None:
        offset = "+00:00" if match["zone"] in "Zz" else match["zone"]
        return PiTime(datetime.fromisoformat(f"{naive.isoformat()}{offset}").astimezone(UTC))
    if len(fraction) != _LOCAL_FRACTION_DIGITS:
        return PiTime(naive.replace(tzinfo=UTC))
    first = naive.replace(tzinfo=zone).astimezone(UTC)
    second = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    # In the hour that spring skips, fold=1 gives the earlier instant: no ambiguity there.
    return PiTime(first, second if second > first else None)

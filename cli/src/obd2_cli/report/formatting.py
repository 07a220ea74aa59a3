"""How values are written for people; what is unknown is called unknown."""

from datetime import datetime
from zoneinfo import ZoneInfo

UNKNOWN = "unknown"
_MINUTE, _HOUR = 60, 3600
_DECIMALS = ((1000, 0), (100, 1), (0.01, 2))
"""From this size on, so many decimals."""
_DECIMALS_OF_SMALL, _DECIMALS_OF_ZERO = 3, 2


def plain(text: str | None) -> str:
    """Return a text from elsewhere as it may be shown: nothing in it steers the terminal."""
    if text is None:
        return UNKNOWN
    return "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in text)


def local_time(moment: datetime | None, zone: ZoneInfo) -> str:
    """Write a time in a zone, to the minute."""
    return UNKNOWN if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def local_second(moment: datetime | None, zone: ZoneInfo) -> str:
    """Write a time of a day that is known from elsewhere, to the second."""
    return UNKNOWN if moment is None else f"{moment.astimezone(zone):%H:%M:%S}"


def duration(seconds: float | None) -> str:
    """Write a duration."""
    if seconds is None:
        return UNKNOWN
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}:{whole % _MINUTE:02d} min"
    return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02d} h"


def rough_duration(seconds: float | None) -> str:
    """Write a duration to the minute, shorter ones to the second."""
    return duration(seconds) if seconds is None or seconds < _MINUTE else f"{round(seconds / _MINUTE)} min"


def number(value: float | None) -> str:
    """Write a measured number with as many digits as mean something."""
    if value is None:
        return UNKNOWN
    size = abs(value)
    decimals = next((decimals for limit, decimals in _DECIMALS if size >= limit), _DECIMALS_OF_SMALL)
    rounded = round(value, decimals) or 0.0  # never minus zero
    return f"{rounded:.{decimals if rounded else _DECIMALS_OF_ZERO}f}"


def signed(value: float | None) -> str:
    """Write a difference."""
    written = number(value)
    return f"+{written}" if value is not None and value > 0 and float(written) else written


def is_real(answer: bool | None) -> str:  # noqa: FBT001 - three states, not a switch
    """Write whether a drive is a real one: yes, no or unknown."""
    return UNKNOWN if answer is None else "yes" if answer else "no"


def count(number_of: int, noun: str) -> str:
    """Write a number of things."""
    return f"{number_of:,} {noun}{'' if number_of == 1 else 's'}"

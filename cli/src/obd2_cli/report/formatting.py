"""How values are written for people; what is unknown is called unknown."""

from datetime import datetime
from zoneinfo import ZoneInfo

from obd2_api.schemas.drives import DriveDetail
from obd2_common.durations import duration_text
from obd2_common.plain_names import plain_name
from obd2_common.unit_systems import UnitSystem

UNKNOWN = "unknown"
METRIC = UnitSystem.METRIC
_MINUTE = 60
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


def local_second(moment: datetime | None, zone: ZoneInfo, *, beside: datetime | None = None) -> str:
    """Write a time to the second, without its date where that is the day of the time it is shown beside."""
    if moment is None:
        return UNKNOWN
    local = moment.astimezone(zone)
    is_same_day = beside is not None and beside.astimezone(zone).date() == local.date()
    return f"{local:%H:%M:%S}" if is_same_day else f"{local:%Y-%m-%d %H:%M:%S}"


def duration(seconds: float | None) -> str:
    """Write a duration in its two largest units."""
    return UNKNOWN if seconds is None else duration_text(seconds)


def rough_duration(seconds: float | None) -> str:
    """Write a duration to the minute, shorter ones to the second."""
    if seconds is None or seconds < _MINUTE:
        return duration(seconds)
    return duration(round(seconds / _MINUTE) * _MINUTE)


def parameter_name(parameter: str) -> str:
    """Return what people call a parameter, with a capital; one without such a name keeps the Pi's."""
    name = plain(plain_name(parameter))
    return name[:1].upper() + name[1:]


def measured(value: float | None, unit: str | None, system: UnitSystem = METRIC) -> str:
    """Write a measured number with its unit."""
    written = bare(value, unit, system)
    return written if value is None or not unit else f"{written} {plain(system.unit(unit))}"


def spread(value: float | None, unit: str | None, system: UnitSystem = METRIC) -> str:
    """Write a standard deviation without its unit."""
    return number(None if value is None else system.difference(value, unit))


def bare(value: float | None, unit: str | None, system: UnitSystem = METRIC) -> str:
    """Write a measured number without its unit."""
    return number(None if value is None else system.converted(value, unit))


def units_of(drive: DriveDetail) -> dict[str, str]:
    """Return the unit of each parameter of a drive that has one."""
    return {each.parameter_name: each.unit for each in drive.statistics if each.unit}


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

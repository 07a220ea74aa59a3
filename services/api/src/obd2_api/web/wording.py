"""Numbers, units, times and names as an owner reads them: in the units chosen, in the car's own time zone."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from obd2_common.durations import duration_text
from obd2_common.plain_names import plain_name
from obd2_common.unit_systems import UnitSystem

COOKIE = "obd2_units"
METRIC, IMPERIAL = UnitSystem.METRIC, UnitSystem.IMPERIAL
UNKNOWN, ABSENT = "unknown", "\N{EN DASH}"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_DECIMALS = {"rpm": 0, "km/h": 0, "mph": 0, "°C": 0, "°F": 0, "V": 2, "count": 0, "s": 0}

SEVERITY_WORDS = {
    "STOP": "Stop",
    "WARNING": "Warning",
    "ALERT": "Alert",
    "INVESTIGATE": "Look into it",
    "WATCH": "Watch",
}
FLAG_WORDS = {
    "overlap": "It shares time with another drive.",
    "gap": "For a while nothing was read.",
    "clock_anomaly": "The clock of the Pi jumped.",
    "sparse": "Few readings for its length.",
    "not_real": "Not from a real car.",
    "no_rpm": "The engine speed was never read.",
}
LEFT_OUT_WORDS = {
    "unit_unknown": "the unit is not known",
    "out_of_range": "no car can reach the value",
    "at_rail": "the sensor was at the end of its scale",
    "glitch": "a single sample that jumped and came back",
    "engine_off_while_driving": "the engine seemed to be off while the car moved",
    "clock": "the time is wrong",
}
SEVERITIES = tuple(SEVERITY_WORDS)
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How one visitor reads things."""

    zone: ZoneInfo
    system: UnitSystem = METRIC

    def unit(self, unit: str | None) -> str:
        """Return the unit a value is shown in."""
        return self.system.unit(unit)

    def convert(self, value: float, unit: str | None) -> float:
        """Return a value in the unit it is shown in."""
        return self.system.converted(value, unit)

    def number(self, value: float | None, unit: str | None = None) -> str:
        """Write a value without its unit."""
        if value is None:
            return ABSENT
        shown_unit = self.unit(unit)
        decimals = _DECIMALS.get(shown_unit, 1)
        return f"{self.convert(value, unit):,.{decimals}f}".replace("-0.0", "0.0")

    def quantity(self, value: float | None, unit: str | None) -> str:
        """Write a value with its unit."""
        shown_unit = self.unit(unit)
        if value is None or shown_unit in {"", "count"}:
            return self.number(value, unit)
        return f"{self.number(value, unit)}{'' if shown_unit == '°' else ' '}{shown_unit}"

    def day(self, moment: datetime | None) -> str:
        """Write a day and a time of day."""
        return (
            UNKNOWN
            if moment is None
            else f"{self._local(moment):%a} {self._local(moment).day} {self._local(moment):%b %Y, %H:%M}"
        )

    def clock(self, moment: datetime | None) -> str:
        """Write a time of day."""
        return UNKNOWN if moment is None else f"{self._local(moment):%H:%M:%S}"

    def month(self, moment: datetime | None) -> str:
        """Write a month."""
        return "Without a date" if moment is None else f"{self._local(moment):%B %Y}"

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)


def duration(seconds: float | None) -> str:
    """Write a duration in its two largest parts."""
    return UNKNOWN if seconds is None else duration_text(seconds)


def ago(moment: datetime | None, now: datetime) -> str:
    """Write how long ago something was, roughly."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    if seconds < _MINUTE:
        return "just now"
    for length, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    return "just now"


def title(parameter: str) -> str:
    """Return a parameter's plain name with a capital."""
    name = plain_name(parameter)
    return name[:1].upper() + name[1:]


def size(count: int | None) -> str:
    """Write a number of bytes."""
    if count is None:
        return UNKNOWN
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:  # noqa: PLR2004 - decimal prefixes
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"

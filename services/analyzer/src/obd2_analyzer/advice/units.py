"""Units as they are written in sentences, and what each is in the unit the facts are in."""

import re
from dataclasses import dataclass

SIGMA, SAMPLES, DRIVES, POINTS, CODES = "\N{GREEK SMALL LETTER SIGMA}", "samples", "drives", "points", "codes"
NO_UNIT = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit that can be written: ``ours = written * scale + offset``."""

    ours: str
    scale: float = 1.0
    offset: float = 0.0

    def from_ours(self, value: float, *, is_difference: bool) -> float:
        """Return a value of our unit in this one.

        Args:
            value: in our unit.
            is_difference: a distance between two values, to which no offset applies.
        """
        return (value if is_difference else value - self.offset) / self.scale


_SPELLINGS: tuple[tuple[Measure, tuple[str, ...]], ...] = (
    (Measure("°C"), ("°C", "° C", "degC", "deg C", "degree Celsius", "degrees Celsius", "degrees C", "Celsius", "C")),
    (
        Measure("°C", 5 / 9, -160 / 9),
        ("°F", "° F", "degF", "deg F", "degree Fahrenheit", "degrees Fahrenheit", "degrees F", "Fahrenheit", "F"),
    ),
    (Measure("km/h"), ("km/h", "kph", "kmh", "kilometers per hour", "kilometres per hour")),
    (Measure("km/h", 1.609344), ("mph", "mi/h", "miles per hour", "mile per hour")),
    (Measure("km"), ("km", "kilometer", "kilometers", "kilometre", "kilometres")),
    (Measure("km", 1.609344), ("mi", "mile", "miles")),
    (Measure("rpm"), ("rpm", "revolutions per minute")),
    (Measure("%"), ("%", "percent", "per cent", "percentage points")),
    (Measure("g/s"), ("g/s", "gps", "grams per second", "gram per second")),
    (Measure("g/s", 453.59237 / 60), ("lb/min", "pounds per minute")),
    (Measure("V"), ("V", "volt", "volts")),
    (Measure("V", 0.001), ("mV", "millivolt", "millivolts")),
    (Measure("°"), ("°", "degree", "degrees", "deg")),
    (Measure("s"), ("s", "sec", "secs", "second", "seconds")),
    (Measure("s", 60.0), ("min", "mins", "minute", "minutes")),
    (Measure("s", 3600.0), ("h", "hr", "hrs", "hour", "hours")),
    (Measure("kPa"), ("kPa", "kilopascal", "kilopascals")),
    (Measure("kPa", 6.894757293168), ("psi", "pounds per square inch")),
    (Measure("kPa", 100.0), ("bar",)),
    (Measure(SIGMA), (SIGMA, "sigma", "sigmas", "standard deviation", "standard deviations")),
    (Measure(SAMPLES), ("sample", "samples", "reading", "readings")),
    (Measure(DRIVES), ("drive", "drives")),
    (Measure(POINTS), ("point", "points", "grade point", "grade points")),
    (Measure(CODES), ("code", "codes", "trouble code", "trouble codes")),
)
_MEASURES = {
    spelling if len(spelling) == 1 else spelling.casefold(): measure
    for measure, spellings in _SPELLINGS
    for spelling in spellings
}
_COUNTED = r"(?:(?:earlier|previous|prior|past|last|real|recent|grade|stored)\s+){0,2}"
_WRITTEN = "|".join(
    re.escape(spelling).replace(r"\ ", r"\s+") if len(spelling) > 1 else f"(?-i:{re.escape(spelling)})"
    for spelling in sorted((one for _, spellings in _SPELLINGS for one in spellings), key=lambda one: -len(one))
)
_UNIT = re.compile(rf"(?:\s*-\s*|\s*){_COUNTED}(?P<unit>{_WRITTEN})(?![\w/])", re.IGNORECASE)


def unit_at(text: str, position: int) -> tuple[Measure, int] | None:
    """Read the unit that follows a number.

    Args:
        text: the sentence.
        position: where the number ends.

    Returns:
        The unit and where it ends, or None when what follows is no unit.
    """
    found = _UNIT.match(text, position)
    if found is None:
        return None
    written = re.sub(r"\s+", " ", found["unit"])
    measure = _MEASURES.get(written if len(written) == 1 else written.casefold())
    return None if measure is None else (measure, found.end())

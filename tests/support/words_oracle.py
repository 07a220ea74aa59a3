"""What a sentence about a drive may say, worked out from the facts alone, without the checks it is used to test."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from obd2_analyzer.advice.evidence import Fact, Quantity

Dimension = tuple[str, Fraction, Fraction]
_ONE, _NONE = Fraction(1), Fraction(0)

UNITS: dict[str, Dimension] = {
    "°C": ("temperature", _ONE, _NONE),
    "degrees Celsius": ("temperature", _ONE, _NONE),
    "°F": ("temperature", Fraction(5, 9), Fraction(-160, 9)),
    "degrees Fahrenheit": ("temperature", Fraction(5, 9), Fraction(-160, 9)),
    "K": ("temperature", _ONE, Fraction("-273.15")),
    "V": ("voltage", _ONE, _NONE),
    "volts": ("voltage", _ONE, _NONE),
    "mV": ("voltage", Fraction(1, 1000), _NONE),
    "kV": ("voltage", Fraction(1000), _NONE),
    "%": ("share", _ONE, _NONE),
    "percent": ("share", _ONE, _NONE),
    "rpm": ("turns", _ONE, _NONE),
    "km/h": ("road", _ONE, _NONE),
    "mph": ("road", Fraction("1.609344"), _NONE),
    "m/s": ("road", Fraction("3.6"), _NONE),
    "knots": ("road", Fraction("1.852"), _NONE),
    "g/s": ("flow", _ONE, _NONE),
    "lb/min": ("flow", Fraction("453.59237") / 60, _NONE),
    "kg/h": ("flow", Fraction(1000, 3600), _NONE),
    "°": ("angle", _ONE, _NONE),
    "degrees": ("angle", _ONE, _NONE),
    "s": ("time", _ONE, _NONE),
    "seconds": ("time", _ONE, _NONE),
    "ms": ("time", Fraction(1, 1000), _NONE),
    "min": ("time", Fraction(60), _NONE),
    "minutes": ("time", Fraction(60), _NONE),
    "h": ("time", Fraction(3600), _NONE),
    "hours": ("time", Fraction(3600), _NONE),
    "days": ("time", Fraction(86_400), _NONE),
    "km": ("way", _ONE, _NONE),
    "miles": ("way", Fraction("1.609344"), _NONE),
    "kPa": ("pressure", _ONE, _NONE),
    "bar": ("pressure", Fraction(100), _NONE),
    "σ": ("deviation", _ONE, _NONE),  # noqa: RUF001 - a Greek sigma
    "sigma": ("deviation", _ONE, _NONE),
    "standard deviations": ("deviation", _ONE, _NONE),
    "samples": ("samples", _ONE, _NONE),
    "readings": ("samples", _ONE, _NONE),
    "drives": ("drives", _ONE, _NONE),
    "trips": ("trips", _ONE, _NONE),
    "points": ("points", _ONE, _NONE),
    "codes": ("codes", _ONE, _NONE),
    "A": ("current", _ONE, _NONE),
    "Nm": ("torque", _ONE, _NONE),
    "ohms": ("resistance", _ONE, _NONE),
    "times": ("times", _ONE, _NONE),
    "": ("number", _ONE, _NONE),
}
"""Every unit the sweep writes: what it measures, and ``ours = written * scale + offset``."""

ROUNDED_AWAY = Fraction(1, 5)
"""A number that is a fifth off says something else, however few digits it has."""

PARTS: dict[str, frozenset[str]] = {
    "averaged": frozenset({"mean"}),
    "mean": frozenset({"mean"}),
    "peaked at": frozenset({"peak", "maximum"}),
    "peak": frozenset({"peak", "maximum"}),
    "maximum": frozenset({"peak", "maximum"}),
    "lowest": frozenset({"lowest", "minimum"}),
    "minimum": frozenset({"lowest", "minimum"}),
    "limit": frozenset({"limit"}),
    "usual mean": frozenset({"usual mean"}),
    "standard deviation": frozenset({"standard deviation"}),
    "duration": frozenset({"duration", "lasted"}),
}
"""Adviser for the part of a number in its fact, and what the facts call it."""


def is_told(value: Decimal, unit: str, quantity: Quantity) -> bool:
    """Tell whether a written number is a quantity in some unit, rounded to the digits written."""
    written, ours = UNITS[unit], UNITS[quantity.unit]
    if written[0] != ours[0]:
        return False
    exact = Fraction(str(round(quantity.value, quantity.decimals)))
    offset = _NONE if quantity.is_difference else written[2]
    converted = (exact - offset) / written[1]
    error = abs(Fraction(value) - converted)
    exponent = value.as_tuple().exponent
    half_digit = Fraction(1, 2) * Fraction(10) ** (exponent if isinstance(exponent, int) else 0)
    return error <= half_digit and error <= ROUNDED_AWAY * abs(converted)


def quantities_told(value: Decimal, unit: str, facts: Iterable[Fact]) -> list[tuple[Fact, Quantity]]:
    """Return everything a written number can be."""
    return [(fact, held) for fact in facts for held in fact.quantities if is_told(value, unit, held)]


def is_number_true(
    value: Decimal, unit: str, meant: Sequence[tuple[Fact, Quantity]], part: str | None, facts: Sequence[Fact]
) -> bool:
    """Tell whether a sentence stays true with another number or unit in a place.

    Args:
        value: as written now.
        unit: as written now.
        meant: what the number there said before.
        part: the word that says which part the number plays, None when none does.
        facts: all that is cited.
    """
    names = PARTS[part] if part else {held.name for _, held in meant}
    subjects = {fact.parameters for fact, _ in meant}
    return any(fact.parameters in subjects and held.name in names for fact, held in quantities_told(value, unit, facts))


def is_part_true(part: str, meant: Sequence[tuple[Fact, Quantity]], facts: Sequence[Fact]) -> bool:
    """Tell whether a number may be called a part: some cited fact of the subject has it as that."""
    subjects = {fact.parameters for fact, _ in meant}
    told = {(held.value, held.unit) for _, held in meant}
    return any(
        fact.parameters in subjects and held.name in PARTS[part] and (held.value, held.unit) in told
        for fact in facts
        for held in fact.quantities
    )


def is_signal_true(parameter: str, meant: Sequence[tuple[Fact, Quantity]], facts: Sequence[Fact]) -> bool:
    """Tell whether a number may be told of another parameter: one of its cited facts has it in the same part."""
    told = {(held.name, held.value, held.unit) for _, held in meant}
    return any(
        parameter in fact.parameters and (held.name, held.value, held.unit) in told
        for fact in facts
        for held in fact.quantities
    )


def is_direction_true(direction: str, parameters: Iterable[str], facts: Iterable[Fact]) -> bool:
    """Tell whether some cited fact of these parameters goes or lies that way."""
    named = set(parameters)
    return any(
        fact.direction is not None and fact.direction.value == direction and (not named or named & set(fact.parameters))
        for fact in facts
    )


def moments(facts: Iterable[Fact]) -> set[str]:
    """Return the days and times of day of the facts, in full and without seconds."""
    told = [moment for fact in facts for moment in (fact.started_at, fact.ended_at) if moment is not None]
    return {f"{moment:{form}}" for moment in told for form in ("%Y-%m-%d", "%H:%M:%S", "%H:%M")}

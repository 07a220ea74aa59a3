"""Units as logs spell them, by code point and alias, and how a number in one becomes a number in ours."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a value becomes one of our unit: ``value * scale + offset``."""

    unit: str
    scale: float = 1.0
    offset: float = 0.0


NOTHING_SAID = frozenset({"", "-", "--", "none", "null", "n/a", "na", "nil", "unit", "units"})
"""What stands where a log names no unit."""

_DEGREES = dict.fromkeys(map(ord, "\u00ba\u02da\u2070\u1d52\u2218\u25cb\u25e6\ufffd"), "\u00b0")
"""Signs written in place of the degree sign, and what is left of it in the wrong encoding."""

_SIGNS = {ord("\u2215"): "/", ord("\u2044"): "/", ord("\u2212"): "-", ord("\u2013"): "-", ord("\u00c2"): None}
_SEPARATORS = re.compile(r"[\s_.*\u00b7()\[\]]+")
_PER = re.compile(r"(?<![^\W_])per(?![^\W_])")
_INVERSE = re.compile(r"(?<=[a-z0-9])(s|sec|min|h|hr)\^?-1$|^(s|sec|min|h|hr)\^?-1$")
_WRITTEN_DEGREE = re.compile(r"^deg(?:rees?+)?+(?=.)")

_SECONDS = {
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
}
_GRAMS = {
    **dict.fromkeys(("mg", "milligram", "milligrams"), 0.001),
    **dict.fromkeys(("g", "gm", "gr", "gram", "grams", "gramm"), 1.0),
    **dict.fromkeys(("kg", "kgs", "kilogram", "kilograms"), 1000.0),
    **dict.fromkeys(("lb", "lbs", "lbm", "pound", "pounds"), 453.59237),
    **dict.fromkeys(("oz", "ounce", "ounces"), 28.349523125),
}
_KILOMETRES = {
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), 0.001),
    **dict.fromkeys(("km", "kms", "kilometer", "kilometers", "kilometre", "kilometres"), 1.0),
    **dict.fromkeys(("mi", "mile", "miles"), 1.609344),
    **dict.fromkeys(("ft", "foot", "feet"), 0.0003048),
}
_TURNS = ("", "1", "r", "rev", "revs", "revolution", "revolutions", "u", "tr", "turns")

_ALIASES: tuple[tuple[Conversion, tuple[str, ...]], ...] = (
    (Conversion("°C"), ("°c", "c", "oc", "0c", "celsius", "°celsius", "centigrade", "°centigrade")),
    (Conversion("°C", 5 / 9, -160 / 9), ("°f", "f", "of", "0f", "fahrenheit", "°fahrenheit")),
    (Conversion("°C", 1.0, -273.15), ("k", "°k", "kelvin", "kelvins", "°kelvin")),
    (Conversion("°C", 5 / 9, -273.15), ("°r", "°ra", "rankine", "°rankine")),
    (Conversion("rpm"), ("rpm", "rpms")),
    (Conversion("rpm", 1000.0), ("krpm", "rpmx1000", "x1000rpm", "1000rpm", "1000/min")),
    (Conversion("rpm", 60.0), ("hz", "rps", "hertz")),
    (Conversion("rpm", 9.549296585513721), ("rad/s", "radian/second", "radians/second")),
    (Conversion("km/h"), ("kph", "kmh", "kmph", "kmhr")),
    (Conversion("km/h", 1.609344), ("mph",)),
    (Conversion("km/h", 1.852), ("kn", "kt", "kts", "knot", "knots")),
    (Conversion("%"), ("%", "percent", "percents", "percentage", "pct")),
    (Conversion("g/s"), ("gps",)),
    (Conversion("g/s", 1000 / 3600), ("kgh", "kgph")),
    (Conversion("g/s", 453.59237 / 3600), ("pph",)),
    (Conversion("°"), ("°", "degree", "degrees", "deg", "°btdc", "°beforetdc", "°ca", "°crankangle", "°crank")),
    (Conversion("°", 57.29577951308232), ("rad", "radian", "radians")),
    (Conversion("V"), ("v", "volt", "volts", "vdc")),
    (Conversion("V", 0.001), ("mv", "millivolt", "millivolts")),
    (Conversion("kPa"), ("kpa", "kpaa", "kpaabs", "kilopascal", "kilopascals")),
    (Conversion("kPa", 0.001), ("pa", "pascal", "pascals")),
    (Conversion("kPa", 0.1), ("hpa", "hectopascal", "hectopascals", "mbar", "mbars", "millibar", "millibars", "mb")),
    (Conversion("kPa", 1000.0), ("mpa", "megapascal", "megapascals")),
    (Conversion("kPa", 100.0), ("bar", "bars", "bara")),
    (Conversion("kPa", 6.894757293168), ("psi", "psia", "lb/in2", "lbs/in2", "lbf/in2", "poundsquareinch")),
    (Conversion("kPa", 3.386388640341), ("inhg", "inchhg", "inchofmercury", "inchesofmercury", '"hg')),
    (Conversion("kPa", 0.133322387415), ("mmhg", "torr", "millimeterofmercury", "millimetersofmercury")),
    (Conversion("kPa", 101.325), ("atm", "atmosphere", "atmospheres")),
    (Conversion("kPa", 98.0665), ("kg/cm2", "kgf/cm2")),
    (Conversion("kPa", 0.24908891), ("inh2o",)),
    (Conversion("kPa", 0.0980665), ("cmh2o",)),
    (Conversion("count"), ("count", "counts", "codes")),
)

CONVERSIONS: dict[str, Conversion] = {
    **{name: Conversion("s", seconds) for name, seconds in _SECONDS.items()},
    **{name: Conversion("km", kilometres) for name, kilometres in _KILOMETRES.items() if name != "m"},
    **{
        f"{length}/{time}": Conversion("km/h", kilometres * 3600.0 / seconds)
        for length, kilometres in _KILOMETRES.items()
        for time, seconds in _SECONDS.items()
        # Whoever writes m/h may mean miles.
        if (length, seconds) != ("m", 3600.0)
    },
    **{
        f"{mass}/{time}": Conversion("g/s", grams / seconds)
        for mass, grams in _GRAMS.items()
        for time, seconds in _SECONDS.items()
    },
    **{f"{turn}/{time}": Conversion("rpm", 60.0 / seconds) for turn in _TURNS for time, seconds in _SECONDS.items()},
    **{alias: conversion for conversion, aliases in _ALIASES for alias in aliases},
}
"""Conversion into our unit by spelling, as `spelling` returns it."""


@lru_cache(maxsize=4096)
def spelling(unit_text: str) -> str:
    """Return the one form of a unit's spellings: without regard to case, spaces, dots, brackets, look-alike signs."""
    text = unicodedata.normalize("NFKC", unit_text.translate(_DEGREES)).translate(_SIGNS).casefold()
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    text = _SEPARATORS.sub("", _PER.sub("/", text.replace("_", " ")))
    text = _INVERSE.sub(lambda found: "/" + (found[1] or found[2]), text)
    return _WRITTEN_DEGREE.sub("°", text)


def conversion_of(unit_text: str) -> Conversion | None:
    """Return how a number with this unit becomes one of ours, None of a unit nobody knows here."""
    return CONVERSIONS.get(spelling(unit_text))


def says_nothing(unit_text: str | None) -> bool:
    """Tell whether a log names no unit."""
    return unit_text is None or spelling(unit_text) in NOTHING_SAID

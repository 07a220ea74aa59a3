"""What a sentence claims that can be checked: numbers with units, parameters, drives, times and evidence ids."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from obd2_analyzer.advice.number_words import NUMBER_WORDS, number_in_words
from obd2_analyzer.advice.units import Measure, unit_at
from obd2_analyzer.facts.parameters import (
    ALIASES,
    BATTERY_V,
    COOLANT_TEMP,
    ENGINE_LOAD,
    INTAKE_TEMP,
    LONG_FUEL_TRIM_1,
    RPM,
    SHORT_FUEL_TRIM_1,
    SPEED,
    THROTTLE_POS,
    TIMING_ADVANCE,
    UNIT_OF,
)


@dataclass(frozen=True, slots=True)
class NumberClaim:
    """A number with the unit behind it; ``end`` is behind the unit."""

    start: int
    end: int
    text: str
    value: float
    decimals: int
    measure: Measure | None


@dataclass(frozen=True, slots=True)
class Mention:
    """A parameter named in the sentence; ``parameter`` is None when it is a name nobody knows."""

    start: int
    end: int
    text: str
    parameter: str | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A drive, time or piece of evidence the sentence points at; ``kind`` is drive, moment or evidence."""

    start: int
    end: int
    text: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Digits that are no number we can check."""

    start: int
    end: int
    text: str


Claim = NumberClaim | Mention | Reference | Unreadable

_DOES = (
    r"(?=\s+(?:is|was|peaked|averaged|reached|rose|fell|dropped|climbed|hit|exceeded|stayed|read|ran|got)\b"
    r"(?!\s+(?:low|full|topped|empty|leaking)\b))"
)
"""Behind the name of a part: it stands for what is measured of it."""
_PHRASES = {
    rf"engine coolant temperature|coolant temperature|coolant{_DOES}": COOLANT_TEMP,
    rf"intake air temperature|intake temperature|intake air{_DOES}": INTAKE_TEMP,
    rf"battery voltage|system voltage|charging voltage|battery{_DOES}": BATTERY_V,
    r"long[- ]term (?:fuel )?trim": LONG_FUEL_TRIM_1,
    r"short[- ]term (?:fuel )?trim": SHORT_FUEL_TRIM_1,
    r"engine speed|idle speed": RPM,
    r"vehicle speed": SPEED,
    r"engine load": ENGINE_LOAD,
    r"throttle position": THROTTLE_POS,
    r"ignition timing|timing advance|spark timing": TIMING_ADVANCE,
}
_PHRASE_READERS = tuple((re.compile(words, re.IGNORECASE), name) for words, name in _PHRASES.items())
_SHORT_NAMES = sorted({name for name in (*ALIASES, *UNIT_OF) if "_" not in name}, key=len, reverse=True)
_TOKEN = re.compile(
    r"(?P<hardware>\b4G63\b|\bTD04-13G\b|\b1998 (?:Mitsubishi|Eclipse)\b|\bISO 9141-2\b|\bOBD(?:-?II|-?2)\b)"
    r"|(?P<evidence>\bE\d+\b)"
    r"|(?P<moment>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?Z?(?![\w:-])|\b\d\d?:\d\d(?::\d\d)?Z?(?![\w:]))"
    r"|(?P<drive>\b[Dd]rives?\s+(?:number\s+|no\.\s*|\#\s*)?(?P<drive_key>\d+)(?![\w.,]*\d|\s*(?:%|°)))"
    rf"|(?P<name>\b[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+\b|\b(?:{'|'.join(_SHORT_NAMES)})\b)"
    rf"|(?P<phrase>\b(?i:{'|'.join(_PHRASES)})\b)"
    rf"|(?P<words>\b(?i:{NUMBER_WORDS})\b)"
    "|(?P<number>[+\\-\N{MINUS SIGN}\N{EN DASH}\N{EM DASH}]?"
    r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+\-]?\d+)?)"
    r"|(?P<stray>\w*\d\w*|\b(?!(?:CL|DC|MIL|CD|LCD)\b)[CDILMVX]{2,}\b)"
)
_COMPONENT = re.compile(r"\s+(?:sensors?|connector|wiring|housing)\b", re.IGNORECASE)
_NEGATIVE = re.compile(
    # A dash between a word that wants a number and the number is meant as its sign.
    r"\b(?:minus|negative)\s+$|\b(?:averaged?|averaging|was|is|are|were|of|at|to|from|by|reached|mean|minimum|maximum|lowest|"
    r"peak|about|around|between|than|usual|normal|expected)\s+[-\u2013\u2014\u2212]\s+$",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s*(?:-|\u2013|to|and|or|through)\s*", re.IGNORECASE)
_TIME_JOINT = re.compile(r"\s*(?:,|and)?\s*", re.IGNORECASE)
_SECONDS_A_MINUTE = 60.0
_MINUS = ("-", "\N{MINUS SIGN}", "\N{EN DASH}", "\N{EM DASH}")
_SIGNS = ("+", *_MINUS)


def claims(text: str) -> list[Claim]:
    """Read everything checkable in a sentence, in order; every digit of it ends up in some claim."""
    found = list(_scan(text))
    return _joined_times(text, _shared_units(text, found))


def _scan(text: str) -> Iterator[Claim]:
    position = 0
    while (token := _TOKEN.search(text, position)) is not None:
        claim = _claim(text, token)
        position = token.end() if claim is None else max(claim.end, token.end())
        if claim is not None:
            yield claim


def _claim(text: str, token: re.Match[str]) -> Claim | None:
    kind, written = str(token.lastgroup), token.group()
    if kind in {"evidence", "moment"}:
        return Reference(token.start(), token.end(), written, kind, written)
    if kind == "drive":
        return Reference(token.start(), token.end(), written, kind, token["drive_key"])
    readers = {"name": _mention, "phrase": _mention, "words": _number_in_words, "number": _number}
    if kind in readers:
        return readers[kind](text, token)
    return None if kind == "hardware" else Unreadable(token.start(), token.end(), written)


def _mention(text: str, token: re.Match[str]) -> Mention | None:
    """Return the parameter named, None where the name only says which part of the car is meant."""
    written = token.group()
    if token.lastgroup == "phrase":
        parameter = next((name for words, name in _PHRASE_READERS if words.match(text, token.start())), None)
    else:
        parameter = written if written in UNIT_OF else ALIASES.get(written)
    if parameter is not None and _COMPONENT.match(text, token.end()):
        return None
    return Mention(token.start(), token.end(), written, parameter)


def _number(text: str, token: re.Match[str]) -> Claim:
    start, end, written = token.start(), token.end(), token.group()
    sign, digits = (written[0], written[1:]) if written[0] in _SIGNS else ("", written)
    before = text[start - 1] if start else " "
    if sign and (before.isalnum() or before in "%°)"):
        sign, before, start = "", " ", start + 1  # a dash between two numbers or words, not a sign
    unit = unit_at(text, end)
    stop = unit[1] if unit else end
    follows = text[end : end + 1]
    is_glued = follows.isalnum() or follows == "_" if unit is None else False
    is_continued = re.match(r"[.,/:^*]\d", text[end:]) is not None
    if before.isalnum() or before in "_./^*" or is_glued or is_continued:
        return Unreadable(start, stop, text[start:stop])
    negative = sign in _MINUS or (not sign and _NEGATIVE.search(text, 0, start) is not None)
    magnitude = float(digits.replace(",", ""))
    mantissa = re.split("[eE]", digits)[0]
    decimals = len(mantissa.partition(".")[2])
    if len(mantissa) != len(digits):
        return Unreadable(start, stop, text[start:stop])
    value = -magnitude if negative else magnitude
    return NumberClaim(start, stop, text[start:stop], value, decimals, unit[0] if unit else None)


def _number_in_words(text: str, token: re.Match[str]) -> NumberClaim | None:
    """Return a number in words; without a unit, "one" and "two" are mere grammar."""
    value = number_in_words(token.group())
    unit = unit_at(text, token.end())
    if unit is None and value in {1, 2}:
        return None
    stop = unit[1] if unit else token.end()
    if _NEGATIVE.search(text, 0, token.start()):
        value = -value
    return NumberClaim(token.start(), stop, text[token.start() : stop], float(value), 0, unit[0] if unit else None)


def _shared_units(text: str, found: list[Claim]) -> list[Claim]:
    """Give the numbers of a range or list the unit that is written once, behind the last of them."""
    result = list(found)
    for place in range(len(result) - 2, -1, -1):
        one, following = result[place], result[place + 1]
        if (
            isinstance(one, NumberClaim)
            and one.measure is None
            and isinstance(following, NumberClaim)
            and following.measure is not None
            and _JOINED.fullmatch(text, one.end, following.start)
        ):
            result[place] = replace(one, measure=following.measure)
    return result


def _joined_times(text: str, found: list[Claim]) -> list[Claim]:
    """Read minutes and seconds that stand together as one duration."""
    result: list[Claim] = []
    for claim in found:
        last = result[-1] if result else None
        if (
            isinstance(claim, NumberClaim)
            and isinstance(last, NumberClaim)
            and claim.measure == Measure("s")
            and last.measure == Measure("s", _SECONDS_A_MINUTE)
            and not last.decimals
            and 0 <= claim.value < _SECONDS_A_MINUTE
            and _TIME_JOINT.fullmatch(text, last.end, claim.start)
        ):
            value = last.value * _SECONDS_A_MINUTE + claim.value
            whole = text[last.start : claim.end]
            result[-1] = NumberClaim(last.start, claim.end, whole, value, claim.decimals, claim.measure)
            continue
        result.append(claim)
    return result

"""Ways to make a true item untrue, for tests."""

import random
import re
from collections.abc import Callable

from obd2_analyzer.advice.evidence import Kind
from support.words_case import evidence_of
from support.words_replies import Reply
from support.words_untruths import COMFORTS, INJECTIONS, PARAMETERS, TOPICS, UNITS

_DIGITS = re.compile(r"(?<![\w.,:-])\d+(?:\.\d+)?(?![\w.,:]*\d)(?!-\d\d-)(?!\w*_)")
Falsifier = Callable[[Reply, random.Random], Reply | None]


def falsifiers() -> dict[str, Falsifier]:
    """Return the ways to make a true item untrue, by name; each gives None where it does not apply."""
    return {
        "number": _other_number,
        "rounding": _nudged_number,
        "unit": _other_unit,
        "sign": _other_sign,
        "direction": _other_direction,
        "parameter": _other_parameter,
        "evidence": _other_evidence,
        "unknown evidence": _unknown_evidence,
        "drive": _other_drive,
        "time": _other_time,
        "topic": lambda reply, chance: _with(reply, f"{reply['recommendation']} {chance.choice(TOPICS)}"),
        "injection": lambda reply, chance: _with(reply, f"{reply['recommendation']} {chance.choice(INJECTIONS)}"),
        "extra number": _extra_number,
        "category": _other_category,
        "shape": _broken_shape,
        "swapped numbers": _swapped_numbers,
        "negation": _negated,
        "other side": _other_side,
        "comfort": lambda reply, chance: _with(reply, f"{reply['recommendation']} {chance.choice(COMFORTS)}"),
        "another's number": _anothers_number,
    }


def _with(reply: Reply, text: str) -> Reply:
    return {**reply, "recommendation": text}


def _numbers(text: str) -> list[re.Match[str]]:
    return [found for found in _DIGITS.finditer(text) if not text[: found.start()].endswith(("Drive ", "the "))]


def _replaced(reply: Reply, found: re.Match[str], written: str) -> Reply:
    text = reply["recommendation"]
    return _with(reply, text[: found.start()] + written + text[found.end() :])


def _other_number(reply: Reply, chance: random.Random) -> Reply | None:
    """Write a number that is at least a fifth off."""
    found = _numbers(reply["recommendation"])
    if not found:
        return None
    chosen = chance.choice(found)
    decimals = len(chosen.group().partition(".")[2])
    value = float(chosen.group()) * chance.choice((0.31, 0.57, 0.77, 1.23, 1.61, 2.9, 9.7)) + chance.choice((0, 3, 7))
    return _replaced(reply, chosen, f"{value:.{decimals}f}")


def _nudged_number(reply: Reply, chance: random.Random) -> Reply | None:
    """Change a number by a few units of its last digit but one."""
    found = [one for one in _numbers(reply["recommendation"]) if "." in one.group()]
    if not found:
        return None
    chosen = chance.choice(found)
    decimals = len(chosen.group().partition(".")[2])
    step = chance.choice((-7, -3, -2, -1, 1, 2, 3, 7)) * 10.0**-decimals
    return _replaced(reply, chosen, f"{abs(float(chosen.group()) + step):.{decimals}f}")


def _other_unit(reply: Reply, chance: random.Random) -> Reply | None:
    text = reply["recommendation"]
    places = [
        (found.start(), found.end(), unit)
        for unit in UNITS
        for found in re.finditer(rf"(?<=\d){re.escape(unit)}|(?<=\d ){re.escape(unit.strip())}", text)
        if not text[found.end() :].startswith(("/", "in", "amples", " to "))
    ]
    if not places:
        return None
    start, end, unit = chance.choice(places)
    return _with(reply, text[:start] + chance.choice(UNITS[unit]) + text[end:])


def _other_sign(reply: Reply, chance: random.Random) -> Reply | None:
    text = reply["recommendation"]
    signed = list(re.finditer(r"(?<=[\s])(?:[-\N{MINUS SIGN}](?=\d)|minus (?=\d))", text))
    if signed:
        chosen = chance.choice(signed)
        return _with(reply, text[: chosen.start()] + chance.choice(("", "+")) + text[chosen.end() :])
    found = [
        one
        for one in _numbers(text)
        if text[: one.start()].endswith(" ") and not re.search(r"\b(?:to|the|and) $", text[: one.start()])
    ]
    if not found:
        return None
    chosen = chance.choice(found)
    return _replaced(
        reply, chosen, chance.choice(("-", "minus ", "\N{MINUS SIGN}", "\N{EN DASH}", "negative ")) + chosen.group()
    )


def _other_direction(reply: Reply, _chance: random.Random) -> Reply | None:
    swaps = {
        "rose": "fell",
        "rising": "falling",
        "fell": "rose",
        "falling": "rising",
        "dropped": "climbed",
        "lean;": "rich;",
        ": rich": ": lean",
        "deviations above": "deviations below",
        "below usual": "above usual",
        "went down to": "dropped up to",
    }
    text = reply["recommendation"]
    for word, other in swaps.items():
        if word in text:
            return _with(reply, text.replace(word, other, 1))
    return None


def _other_parameter(reply: Reply, chance: random.Random) -> Reply | None:
    text = reply["recommendation"]
    names = [name for name in PARAMETERS if re.search(rf"\b{name}\b(?! sensor)", text)]
    if not names:
        return None
    chosen = chance.choice(names)
    other = chance.choice([name for name in PARAMETERS if name not in text])
    return _with(reply, re.sub(rf"\b{chosen}\b", other, text))


def _other_evidence(reply: Reply, _chance: random.Random) -> Reply | None:
    others = {"Cooling": "BATTERY_V", "Electrical": "COOLANT_TEMP"}
    parameter = others.get(reply["category"], "THROTTLE")
    if parameter == "THROTTLE" or len(reply["evidence"]) > 1:
        return None
    return {**reply, "evidence": [evidence_of(Kind.FINDING, parameter).id]}


def _unknown_evidence(reply: Reply, chance: random.Random) -> Reply:
    wrong = chance.choice((["E99"], ["e1"], [1], [], "E1", None, [None], ["E0"], ["E1; E2"], [["E1"]]))
    return {**reply, "evidence": wrong}


def _other_drive(reply: Reply, chance: random.Random) -> Reply:
    text = reply["recommendation"]
    number = chance.choice((3, 7, 32, 34, 330, 133))
    if "Drive 33" in text:
        return _with(reply, text.replace("Drive 33", f"Drive {number}"))
    return _with(reply, f"{text} Compare with drive {number}.")


def _other_time(reply: Reply, chance: random.Random) -> Reply:
    text = reply["recommendation"]
    found = re.search(r"\d\d:\d\d(?::\d\d)?|\d{4}-\d\d-\d\d", text)
    wrong = chance.choice(("03:07", "23:59:59", "2024-01-02", "12:10:01", "2025-07-12T12:00:00Z"))
    if found is None:
        return _with(reply, f"{text} It began at {wrong}.")
    return _replaced(reply, found, wrong)


def _extra_number(reply: Reply, chance: random.Random) -> Reply:
    extras = (
        "Oil was at 142 °C.",
        "It is 3 times too much.",
        "Replace it within 500 km.",
        "That is about 40 percent more.",
        "Repeat after three hours.",
        "It costs 250 dollars.",
        "This happened in 17 of 19 cases.",
        "Torque it to 98 Nm.",
        "The value doubled.",
        "Use 10W-40 oil.",
        "Change it every 5,000 miles.",
        "See page 12.",
    )
    return _with(reply, f"{reply['recommendation']} {chance.choice(extras)}")


def _swapped_numbers(reply: Reply, _chance: random.Random) -> Reply | None:
    """Exchange a value and its limit or its usual value."""
    text = reply["recommendation"]
    for first, second in (("105.2", "104.0"), ("92.2", "88.5"), ("11.40", "11.50"), ("12.96", "14.15"), ("4.7", "1.2")):
        if first in text and second in text:
            swapped = text.replace(first, "#").replace(second, first).replace("#", second)
            return _with(reply, swapped)
    return None


def _negated(reply: Reply, chance: random.Random) -> Reply | None:
    text = reply["recommendation"]
    for verb in (" reached ", " averaged ", " peaked ", " fell ", " rose ", " dropped ", " is rising"):
        if verb in text:
            denial = chance.choice((" never", " has not", " hardly", " neither", " didn't"))
            return _with(reply, text.replace(verb, denial + verb, 1))
    return None


def _other_side(reply: Reply, _chance: random.Random) -> Reply | None:
    """Put a value on the wrong side of its limit, or inside it."""
    sides = {
        "above the limit": "below the limit",
        "above the 1.2": "within the 1.2",
        "over the 104": "under the 104",
        "fell below": "stayed above",
        "above its": "below its",
        "with a limit of": "within the limit of",
    }
    text = reply["recommendation"]
    for side, other in sides.items():
        if side in text:
            return _with(reply, text.replace(side, other, 1))
    return None


def _anothers_number(reply: Reply, _chance: random.Random) -> Reply | None:
    """Give one parameter the number of another one that is cited as well."""
    found = evidence_of(Kind.FINDING, "TIMING_ADVANCE")
    if found.id in reply["evidence"] or len(reply["evidence"]) > 5:
        return None
    text, cited = reply["recommendation"], [*reply["evidence"], found.id]
    number = next(iter(re.findall(r"\d[\d.]* ?(?:°C|V|%)", text)), None)
    return None if number is None else {**_with(reply, f"{text} TIMING_ADVANCE too was {number}."), "evidence": cited}


def _other_category(reply: Reply, chance: random.Random) -> Reply:
    return {**reply, "category": chance.choice(("Tuning", "cooling", "", None, 7, "Safety", ["Cooling"]))}


def _broken_shape(reply: Reply, chance: random.Random) -> Reply:
    broken: tuple[Reply, ...] = (
        {**reply, "confidence": float("inf")},
        {**reply, "confidence": float("nan")},
        {**reply, "confidence": "0.7"},
        {**reply, "confidence": None},
        {**reply, "confidence": True},
        {**reply, "rank": 0},
        {**reply, "rank": "1"},
        {**reply, "rank": True},
        {**reply, "recommendation": ""},
        {**reply, "recommendation": "  "},
        {**reply, "recommendation": ["COOLANT_TEMP 105.2 °C"]},
        {**reply, "recommendation": reply["recommendation"] + " Check it." * 80},
        {name: value for name, value in reply.items() if name != chance.choice(sorted(reply))},
    )
    return chance.choice(broken)

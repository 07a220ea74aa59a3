"""Words that put a number above or below something, and whether a fact says so."""

import re
from collections.abc import Iterable

from obd2_analyzer.words.evidence import Direction, Fact, Quantity
from obd2_analyzer.words.roles import Role
from obd2_analyzer.words.units import DRIVES, SAMPLES, SIGMA

_NAMED = (
    r"(?:\s+(?:or\s+equal\s+to|the|its|a|an|usual|normal|expected|historical|typical|average|earlier|previous|past|baseline|safe|upper|lower|limit|threshold|range|mean|value|of|"
    r"about|only|just))*\s*$"
)
_BEFORE = (
    (
        Direction.UP,
        rf"\b(?:above|over|exceed(?:s|ed|ing)?|beyond|(?:more|greater|higher)\s+than){_NAMED}|(?:>=?|≥)\s*$",
    ),
    (Direction.DOWN, rf"\b(?:below|under|beneath|(?:less|lower)\s+than|short\s+of){_NAMED}|(?:<=?|≤)\s*$"),
)
_PATTERNS = tuple((side, re.compile(pattern, re.IGNORECASE)) for side, pattern in _BEFORE)
_REFERENCES = frozenset({Role.LIMIT, Role.USUAL, Role.EXPECTED_FROM, Role.EXPECTED_TO})
_UNCOMPARED_UNITS = frozenset({"s", SIGMA, SAMPLES, DRIVES})
_WITHIN = re.compile(
    r"\b(?:within|inside|in\s+line\s+with|meets?|respects?)\b[^.;,]*$"
    r"|(?<!expected )(?<!usual )(?<!usually )(?<!normal )(?<!normally )(?<!range )"
    r"\b(?:stay(?:s|ed)|remain(?:s|ed)|held|kept|ran|was|is|were)\s+(?:\w+ly\s+)?(?:between|at)\b[^.;,]*$",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(r"\bnegative\b|\bbelow\s+zero\b", re.IGNORECASE)
_POSITIVE = re.compile(r"\bpositive\b|\babove\s+zero\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[.;!?]\s|,\s")
_BESIDE_ITS_LIMIT = tuple(
    (
        side,
        re.compile(
            rf"\b(?:{words})\s+(?:the|its)\s+(?:\w+\s+)?(?:limit|threshold|expected\s+range|usual\s+range|normal\s+range)\b",
            re.IGNORECASE,
        ),
    )
    for side, words in (
        (Direction.UP, r"above|over|exceed(?:s|ed|ing)?|beyond|(?:more|greater|higher)\s+than"),
        (Direction.DOWN, r"below|under|beneath|(?:less|lower)\s+than|short\s+of"),
    )
)
_IN_ITS_LIMIT = re.compile(
    r"\b(?:within|inside|in)\s+(?:the|its)\s+(?:\w+\s+)?(?:limits?|threshold|range|expected\s+range)\b"
    r"|\b(?:limits?|thresholds?)\b(?:[^.;]|\.\d)*\b(?:respected|met|kept|observed)\b",
    re.IGNORECASE,
)


def is_contradicted(text: str, start: int, fact: Fact, quantity: Quantity) -> bool:
    """Tell whether a sentence puts something on the side of a number where the fact does not have it.

    Args:
        text: the sentence.
        start: where the number begins.
        fact: the fact the number is of.
        quantity: the number in it.
    """
    if quantity.unit in _UNCOMPARED_UNITS:
        return False
    before = text[:start]
    if _has_other_sign(text, start, quantity.value):
        return True
    role = Role(quantity.name)
    if role in _REFERENCES and fact.side is not None and _WITHIN.search(before):
        return True
    side = next((side for side, pattern in _PATTERNS if pattern.search(before)), None)
    if side is None:
        return False
    if role in _REFERENCES:
        return fact.side is not side
    allowed = {Role.MINIMUM: Direction.UP, Role.MAXIMUM: Direction.DOWN}
    # Nothing lies above a peak or below a lowest value, and what lies beside a mean no fact tells.
    return role not in {Role.EXCESS, Role.RETARD, Role.CHANGE} and allowed.get(role) is not side


def misplaced(text: str, cited: Iterable[Fact]) -> str | None:
    """Return the words that put something on a side of its limit, or inside, where no cited fact has it."""
    sides = {fact.side for fact in cited if fact.side is not None}
    if not sides:
        return None
    inside = _IN_ITS_LIMIT.search(text)
    if inside is not None:
        return inside.group()
    for side, pattern in _BESIDE_ITS_LIMIT:
        found = pattern.search(text)
        if found is not None and side not in sides:
            return found.group()
    return None


def _has_other_sign(text: str, start: int, value: float) -> bool:
    """Tell whether the clause of a number calls it positive or negative, and it is not."""
    begin = max((end.end() for end in _CLAUSE_END.finditer(text, 0, start)), default=0)
    stop = _CLAUSE_END.search(text, start)
    clause = text[begin : stop.start() if stop else len(text)]
    return (value > 0 and _NEGATIVE.search(clause) is not None) or (value < 0 and _POSITIVE.search(clause) is not None)

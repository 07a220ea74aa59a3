"""Adviser that put a number above or below something, and whether a fact says so."""

import re
from collections.abc import Iterable, Sequence

from obd2_analyzer.advice.claims import Mention
from obd2_analyzer.advice.evidence import Direction, Fact, Quantity
from obd2_analyzer.advice.roles import Role
from obd2_analyzer.advice.units import DRIVES, POINTS, SAMPLES, SIGMA

_NAMED = (
    r"(?:\s+(?:or\s+equal\s+to|the|its|a|an|usual|normal|expected|historical|typical|average|earlier|previous|past|baseline|safe|upper|lower|limit|threshold|range|mean|value|of|"
    r"about|only|just))*\s*$"
)
_BEFORE = (
    (
        Direction.UP,
        rf"\b(?:above|over|exceed(?:s|ed|ing)?|beyond|in\s+excess\s+of|(?:more|greater|higher)\s+than){_NAMED}|(?:>=?|≥)\s*$",
    ),
    (Direction.DOWN, rf"\b(?:below|under|beneath|(?:less|lower)\s+than|short\s+of){_NAMED}|(?:<=?|≤)\s*$"),
)
_PATTERNS = tuple((side, re.compile(pattern, re.IGNORECASE)) for side, pattern in _BEFORE)
_REFERENCES = frozenset({Role.LIMIT, Role.USUAL, Role.EXPECTED_FROM, Role.EXPECTED_TO})
_UNCOMPARED_UNITS = frozenset({"s", SIGMA, SAMPLES, DRIVES, POINTS})
"""Where "over" may mean "during"."""
_INEXACT = re.compile(
    r"(?:\b(?:(?:more|greater|higher|less|lower|fewer|longer|shorter)\s+than|under|below|beneath|beyond|above|exceed\w*"
    r"|excess\s+of)\s+(?:the\s+)?|[<>≤≥]=?\s*)$",
    re.IGNORECASE,
)
_FROM_LIMIT = re.compile(
    r"\s+(?:away\s+)?(?:from|above|below|over|under)\s+(?:(?:its|the)\s+)?(?:\w+\s+)?(?:limit|threshold)\b",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\b(?:within|inside|in\s+line\s+with|meets?|respects?)\b[^.;,]*$"
    r"|\b(?:around|about|approximately|roughly|near)\s+(?:the|its)\s+(?:\w+\s+)?(?:limit|threshold)\b[^.;,]*$"
    r"|(?<!expected )(?<!usual )(?<!usually )(?<!normal )(?<!normally )(?<!range )"
    r"\b(?:stay(?:s|ed)|remain(?:s|ed)|held|kept|ran|was|is|were)\s+(?:\w+ly\s+)?(?:between|at)\b[^.;,]*$",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\b(?:only|just|merely)\s+(?:reach|hit|r[oi]se|f[ea]ll|drop|climb)\w*[^.;,]*$", re.IGNORECASE)
_NEGATIVE = re.compile(r"\b(?:negative|inverse)(?:ly)?\b|\bopposite\b|\bbelow\s+zero\b", re.IGNORECASE)
_POSITIVE = re.compile(r"\bpositive(?:ly)?\b|\bsame\s+direction\b|\btogether\b|\babove\s+zero\b", re.IGNORECASE)
_SIGN_BEHIND = re.compile(r"[\s,(]+(?:negative|positive|inverse)(?:ly)?\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[.;!?]\s|,\s")
_BESIDE_ITS_LIMIT = tuple(
    (
        side,
        re.compile(
            rf"\b(?:{words})\s+(?:(?:the|its|all)\s+)?(?:\w+\s+)?"
            r"(?:(?P<limit>limits?|threshold)|expected\s+range|usual\s+range|normal\s+range)\b",
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
    r"|\b(?:within|inside|in)\s+(?:all\s+)?limits?\b|\bwithin\s+(?:the\s+|its\s+)?(?:usual|normal|expected|typical)\b"
    r"|\b(?:limits?|thresholds?)\b(?:[^.;]|\.\d)*\b(?:respected|met|kept|observed|held|holds)\b",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"(?:\b(?:than|exceed\w*|above|below|over|under|beyond|equals?|equal\s+to|same\s+as|as\s+\w+\s+as|like|unlike"
    r"|match(?:es|ed)?|(?:as|so|nor|neither)\s+(?:did|was|is|does|had|has|were|are))\s+|[<>=]\s*)"
    r"(?:the\s+|its\s+|that\s+of\s+)*$",
    re.IGNORECASE,
)
_OWN = re.compile(r"(?:['\u2019]s)?\s+(?:limit|threshold|mean|usual|expected|range|average|baseline)\b", re.IGNORECASE)


def is_contradicted(text: str, start: int, end: int, fact: Fact, quantity: Quantity) -> bool:
    """Tell whether a sentence puts something on the side of a number where the fact does not have it.

    Args:
        text: the sentence.
        start: where the number begins.
        end: where its unit ends.
        fact: the fact the number is of.
        quantity: the number in it.
    """
    before = text[:start]
    if quantity.unit in _UNCOMPARED_UNITS:
        is_of_limit = quantity.unit in {SIGMA, POINTS} and _FROM_LIMIT.match(text, end) is not None
        return is_of_limit or _INEXACT.search(before) is not None
    if _has_other_sign(text, start, end, quantity.value):
        return True
    role = Role(quantity.name)
    if role in _REFERENCES and fact.side is not None and (_WITHIN.search(before) or _ONLY.search(before)):
        return True
    side = next((side for side, pattern in _PATTERNS if pattern.search(before)), None)
    if side is None:
        return False
    if role in _REFERENCES:
        return fact.side is not side
    allowed = {Role.MINIMUM: Direction.UP, Role.MAXIMUM: Direction.DOWN}
    # Nothing lies above a peak or below a lowest value, and what lies beside a mean or a change no fact tells.
    return allowed.get(role) is not side


def misplaced(text: str, cited: Iterable[Fact]) -> str | None:
    """Return the words that put something on a side of its limit, or inside, where no cited fact has it."""
    facts = list(cited)
    inside = _IN_ITS_LIMIT.search(text)
    if inside is not None and any(fact.side is not None for fact in facts):
        return inside.group()
    for side, pattern in _BESIDE_ITS_LIMIT:
        for found in pattern.finditer(text):
            role = Role.LIMIT if found["limit"] else Role.EXPECTED_FROM
            sides = {fact.side for fact in facts if any(quantity.name == role for quantity in fact.quantities)}
            if side not in sides:
                return found.group()
    return None


def compared_signals(text: str, mentions: Sequence[Mention]) -> str | None:
    """Return the name of a parameter that another one is compared with: no fact compares two."""
    for place, mention in enumerate(mentions):
        others = [one for one in mentions[:place] if one.parameter != mention.parameter]
        if others and _COMPARED.search(text, others[-1].end, mention.start) and not _OWN.match(text, mention.end):
            return mention.text
    return None


def _has_other_sign(text: str, start: int, end: int, value: float) -> bool:
    """Tell whether the clause of a number calls it positive or negative, and it is not."""
    begin = max((end.end() for end in _CLAUSE_END.finditer(text, 0, start)), default=0)
    stop = _CLAUSE_END.search(text, start)
    behind = _SIGN_BEHIND.match(text, end)
    clause = text[begin : behind.end() if behind else stop.start() if stop else len(text)]
    return (value > 0 and _NEGATIVE.search(clause) is not None) or (value < 0 and _POSITIVE.search(clause) is not None)

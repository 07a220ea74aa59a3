"""Words that put a number above or below something, and whether a fact says so."""

import re

from obd2_analyzer.words.evidence import Direction, Fact, Quantity
from obd2_analyzer.words.roles import Role
from obd2_analyzer.words.units import DRIVES, SAMPLES, SIGMA

_NAMED = (
    r"(?:\s+(?:or\s+equal\s+to|the|its|a|an|usual|normal|expected|safe|upper|lower|limit|threshold|range|mean|value|of|"
    r"about|only|just))*\s*$"
)
_BEFORE = (
    (Direction.UP, rf"\b(?:above|over|exceed(?:s|ed|ing)?|beyond|(?:more|greater|higher)\s+than){_NAMED}"),
    (Direction.DOWN, rf"\b(?:below|under|beneath|(?:less|lower)\s+than|short\s+of){_NAMED}"),
)
_PATTERNS = tuple((side, re.compile(pattern, re.IGNORECASE)) for side, pattern in _BEFORE)
_REFERENCES = frozenset({Role.LIMIT, Role.USUAL, Role.EXPECTED_FROM, Role.EXPECTED_TO})
_UNCOMPARED_UNITS = frozenset({"s", SIGMA, SAMPLES, DRIVES})
_WITHIN = re.compile(r"\b(?:within|inside|in\s+line\s+with|meets?|respects?)\b[^.;,]*$", re.IGNORECASE)


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

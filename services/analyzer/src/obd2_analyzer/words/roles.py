"""The parts a number can play in a fact, and the words that claim such a part for it in a sentence."""

import re
from enum import StrEnum


class Role(StrEnum):
    """The part of a number in its fact, as the prompt names it."""

    VALUE = "value"
    PEAK = "peak"
    LOWEST = "lowest"
    MEAN = "mean"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SPREAD = "standard deviation"
    SWING = "swing"
    EXCESS = "above ambient by"
    RETARD = "pulled back by"
    LIMIT = "limit"
    LASTED = "lasted"
    USUAL = "usual mean"
    EXPECTED_FROM = "expected from"
    EXPECTED_TO = "expected to"
    DISTANCE = "distance"
    CHANGE = "change"
    OVER = "over"
    COEFFICIENT = "coefficient"
    COUNT = "from"
    DURATION = "duration"
    ROWS = "rows"
    EARLIER = "earlier"
    GRADE = "grade"


VALUE_NAMES = {
    "coolant": Role.PEAK,
    "iat": Role.EXCESS,
    "battery": Role.LOWEST,
    "ltft": Role.MEAN,
    "stft": Role.MEAN,
    "maf": Role.MEAN,
    "timing": Role.LOWEST,
    "knock_retard": Role.RETARD,
    "idle": Role.SPREAD,
    "o2": Role.SWING,
}
"""What the value of each rule's finding is."""

_LOW = frozenset({Role.LOWEST, Role.MINIMUM, Role.VALUE, Role.EXPECTED_FROM})
_HIGH = frozenset({Role.PEAK, Role.MAXIMUM, Role.VALUE, Role.EXPECTED_TO})
_USUAL = frozenset({Role.USUAL})
_DIFFERENCES = frozenset({Role.CHANGE, Role.EXCESS, Role.RETARD})
_VALUES = frozenset(Role) - _DIFFERENCES
_CLAIMS: tuple[tuple[str, frozenset[Role]], ...] = (
    (r"limit|threshold", frozenset({Role.LIMIT})),
    (r"(?:usual|earlier|previous|normally|normal|history|before)\b[^.;,]*?\b(?:averaged?|mean)", _USUAL),
    (r"average|averaged|averaging|averages|mean", frozenset({Role.MEAN})),
    (r"reached|reaching|hit|hitting", _HIGH | _LOW | {Role.EXCESS, Role.RETARD}),
    (r"peak|peaked|peaking|maximum|max|highest", _HIGH),
    (r"minimum|min|lowest|fell to|dropped to|down to|dipped to", _LOW),
    (r"rose to|climbed to|up to", _HIGH | {Role.EXCESS, Role.RETARD, Role.SWING}),
    (r"usual|usually|normal|normally|typical|typically", frozenset({Role.USUAL, Role.EXPECTED_FROM, Role.EXPECTED_TO})),
    (r"expected", frozenset({Role.EXPECTED_FROM, Role.EXPECTED_TO, Role.USUAL})),
    (r"(?:started|began|ended|finished|closed)(?:\s+at)?", frozenset()),
    (r"changed?|drift(?:ed)?|increased?|decreased?|difference", _DIFFERENCES),
    (r"lasted|lasting|duration", frozenset({Role.LASTED, Role.DURATION})),
    (r"standard deviation|spread", frozenset({Role.SPREAD, Role.SWING, Role.DISTANCE})),
)
_LINK = (
    r"(?:\s+(?:of|is|was|at|a|an|the|about|around|only|just|value|for|which|were|\w+_\w+|RPM|"
    r"SPEED|MAF|coolant|intake|battery|engine|air|fuel|trim|temperature|voltage|speed|load)|\s*[:=(])*\s*$"
)
_BEFORE = tuple((re.compile(rf"\b(?:{words}){_LINK}", re.IGNORECASE), roles) for words, roles in _CLAIMS)
_AFTER = tuple(
    (re.compile(rf"\s+(?:{words})\b", re.IGNORECASE), roles)
    for words, roles in (
        (r"limit|threshold", frozenset({Role.LIMIT})),
        (r"average|mean|on average", frozenset({Role.MEAN})),
        (r"(?:is|was|are|were|being)\s+(?:usual|normal|typical)", _USUAL),
        (r"(?:is|was|are|were|being)\s+(?:expected)", frozenset({Role.EXPECTED_FROM, Role.EXPECTED_TO})),
        (r"peak|maximum", _HIGH),
        (r"minimum", _LOW),
    )
)


_IS = re.compile(
    r"\b(?:is|was|are|were|reads?|stood\s+at|sat\s+at)(?:\s+(?:about|around|only|just|at))*\s*$", re.IGNORECASE
)
_BESIDE = re.compile(r"\s+(?:above|below|over|under|more|less|higher|lower|hotter|up|down|behind|off)\b", re.IGNORECASE)


def claimed_roles(text: str, start: int, end: int) -> frozenset[Role] | None:
    """Return the parts a sentence can mean by a number, or None when it claims none in particular.

    Args:
        text: the sentence.
        start: where the number begins.
        end: where its unit ends.
    """
    before, after = text[:start], text[end:]
    for pattern, roles in _BEFORE:
        if pattern.search(before):
            return roles
    for pattern, roles in _AFTER:
        if pattern.match(after):
            return roles
    # What something "is" is no difference, unless it "is" so much above or below.
    return _VALUES if _IS.search(before) and not _BESIDE.match(after) else None

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
_TIMES = frozenset({Role.LASTED, Role.DURATION})
_WENT = (
    r"(?:r[oi]se[sn]?|rising|increas(?:e|es|ed|ing)|climb(?:s|ed|ing)?|fell|fall(?:s|en|ing)?|drop(?:s|ped|ping)?"
    r"|decreas(?:e|es|ed|ing)|declin(?:e|es|ed|ing)|sank|sag(?:s|ged|ging)?|up|down),?\s+"
)
_CLAIMS: tuple[tuple[str, frozenset[Role]], ...] = (
    (rf"{_WENT}by", _DIFFERENCES | {Role.DISTANCE}),
    (rf"{_WENT}from", _VALUES),
    (r"at most", _HIGH | _TIMES),
    (r"at least", _LOW | _TIMES),
    (r"limit|threshold", frozenset({Role.LIMIT})),
    (
        r"(?:usual|earlier|previous|past|normally|normal|history|historical|typical|baseline|before)\b[^.;,]*?\b(?:averaged?|mean)",
        _USUAL,
    ),
    (r"average|averaged|averaging|averages|mean", frozenset({Role.MEAN})),
    (r"reached|reaching|hit|hitting", _HIGH | _LOW | {Role.EXCESS, Role.RETARD}),
    (r"peak|peaked|peaking|maximum|max|highest", _HIGH),
    (r"minimum|min|lowest|fell to|dropped to|down to|dipped to", _LOW),
    (r"rose to|climbed to|up to", _HIGH | {Role.EXCESS, Role.RETARD, Role.SWING}),
    (r"usual|usually|normal|normally|typical|typically", frozenset({Role.USUAL, Role.EXPECTED_FROM, Role.EXPECTED_TO})),
    (r"expected", frozenset({Role.EXPECTED_FROM, Role.EXPECTED_TO, Role.USUAL})),
    (r"(?:started|began|ended|finished|closed)(?:\s+at)?", frozenset()),
    (r"changed?|drift(?:ed)?|increased?|decreased?|difference", _DIFFERENCES),
    (r"grade", frozenset({Role.GRADE})),
    (r"lasted|lasting|duration", frozenset({Role.LASTED, Role.DURATION})),
    (r"standard deviation|spread", frozenset({Role.SPREAD, Role.SWING, Role.DISTANCE})),
)
_LINK = (
    r"(?:\s+(?:of|is|was|to\s+be|at|a|an|the|about|around|only|just|value|for|which|were|\w+_\w+|RPM|"
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
        (r"minimum|at (?:least|its lowest)", _LOW | _TIMES),
        (r"at most", _HIGH | _TIMES),
    )
)
_FOR = re.compile(
    r"\b(?:for|lasting|lasted)\s+(?:(?:about|around|roughly|nearly|almost|some|only|just|a\s+total\s+of)\s+)?$",
    re.IGNORECASE,
)


REFERENCES = frozenset({Role.LIMIT, Role.USUAL, Role.EXPECTED_FROM, Role.EXPECTED_TO})
"""Parts that are no measurement of the drive itself: a sentence has to say that it means one."""
_REFERENCE = re.compile(
    r"\b(?:limits?|thresholds?|usual(?:ly)?|normal(?:ly)?|expect(?:ed|s)?|typical(?:ly)?|earlier|previous(?:ly)?|prior|past"
    r"|baseline|history|historical(?:ly)?|before|above|below|over|under|beyond|outside|exceed\w*|than|versus|vs|compared"
    r"|comparison|instead|allowed|from|down|up)\b|[<>≤≥]",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.;!?]\s")
_IS = re.compile(
    r"\b(?:is|was|are|were|reads?|stood\s+at|sat\s+at)(?:\s+(?:about|around|only|just|at))*\s*$", re.IGNORECASE
)
_BESIDE = re.compile(r"\s+(?:above|below|over|under|more|less|higher|lower|hotter|up|down|behind|off)\b", re.IGNORECASE)


def claimed_roles(text: str, start: int, end: int, *, is_time: bool = False) -> frozenset[Role] | None:
    """Return the parts a sentence can mean by a number, or None when it claims none in particular.

    Args:
        text: the sentence.
        start: where the number begins.
        end: where its unit ends.
        is_time: its unit is one of time.
    """
    before, after = text[:start], text[end:]
    if is_time and _FOR.search(before):
        return _TIMES
    for pattern, roles in _BEFORE:
        if pattern.search(before):
            return roles
    for pattern, roles in _AFTER:
        if pattern.match(after):
            return roles
    # What something "is" is no difference, unless it "is" so much above or below.
    return _VALUES if _IS.search(before) and not _BESIDE.match(after) else None


def speaks_of_reference(text: str, start: int, end: int) -> bool:
    """Tell whether the sentence around a number speaks of limits, of what is usual, or compares."""
    begin = max((found.end() for found in _SENTENCE_END.finditer(text, 0, start)), default=0)
    stop = _SENTENCE_END.search(text, end)
    return _REFERENCE.search(text, begin, stop.start() if stop else len(text)) is not None

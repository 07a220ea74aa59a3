"""The words that claim a part for a number: what it is, from where to where, or how much more."""

import re

from obd2_analyzer.advice.roles import DIFFERENCES, HIGHS, LOWS, REFERENCES, TIMES, Role

Roles = frozenset[Role]

_LOW = LOWS | {Role.VALUE}
_HIGH = HIGHS | {Role.VALUE}
_NONE: Roles = frozenset()
_USUAL = frozenset({Role.USUAL})
_MEAN = frozenset({Role.MEAN})
_SPREADS = frozenset({Role.SPREAD, Role.SWING, Role.DISTANCE})
_AWAY = DIFFERENCES | {Role.DISTANCE}
_VALUES = frozenset(Role) - DIFFERENCES
_WENT = (
    r"(?:r[oi]se[sn]?|rising|increas(?:e|es|ed|ing)|climb(?:s|ed|ing)?|fell|fall(?:s|en|ing)?|drop(?:s|ped|ping)?"
    r"|decreas(?:e|es|ed|ing)|declin(?:e|es|ed|ing)|sank|sag(?:s|ged|ging)?|spiked|jumped|soared|plunged|plummeted"
    r"|up|down),?\s+"
)
_STRONG: tuple[tuple[str, Roles], ...] = (
    (rf"{_WENT}by|exceed(?:s|ed|ing)?\s+by", _AWAY),
    (r"(?:swung|varied|varies|deviat\w+|moved|shifted|changed|drifted)\s+by", _AWAY | _SPREADS),
    (rf"{_WENT}from", _USUAL | LOWS | HIGHS),
    (r"at most", _HIGH | TIMES),
    (r"at least", _LOW | TIMES),
    (r"limit|threshold|allowed", frozenset({Role.LIMIT})),
    (r"cross(?:ed|es|ing)|pass(?:ed|es|ing)", REFERENCES),
    (r"(?:usual|normal|historical|typical|expected|earlier|previous|past)\s+(?:mean|average)", _USUAL),
    (
        (
            r"(?<!than )(?<!above )(?<!below )(?:usual|earlier|previous|past|normally|normal|history|historical|typical"
            r"|baseline|before)\b[^.;,:]*?\b(?:averag\w*|mean)"
        ),
        _USUAL,
    ),
    (r"usually (?:averaged?|averages)", _USUAL),
    (r"average|averaged|averaging|averages|mean", _MEAN),
    (r"earlier|previous|prior", frozenset({Role.EARLIER, Role.OVER}) | REFERENCES),
    (r"peak|peaks|peaked|peaking|maximum|max|highest|a high", _HIGH),
    (r"minimum|min|lowest|a low|as low as|low point", _LOW),
    (r"(?<!than )(?:usual|usually|normal|normally|typical|typically)", _USUAL),
    (r"expected\s+from", frozenset({Role.EXPECTED_FROM})),
    (r"expected\s+to(?!\s+be)", frozenset({Role.EXPECTED_TO})),
    (r"(?<!than )expected", frozenset({Role.EXPECTED_FROM, Role.EXPECTED_TO, Role.USUAL})),
    (r"(?:start(?:ed|s|ing)?|beg[ai]n(?:s|ning)?|end(?:ed|s|ing)?|finished|closed|now|currently)(?:\s+at)?", _NONE),
    (r"changed?|drift(?:ed)?|increased?|decreased?|difference|excess", DIFFERENCES),
    (r"grade", frozenset({Role.GRADE})),
    (r"lasted|lasting|duration", TIMES),
    (r"standard deviation|spread", _SPREADS),
    (r"(?:instead|rather\s+than|compared\s+(?:to|with)|versus|vs|against)(?:\s+of)?", REFERENCES),
)
_WEAK: tuple[tuple[str, Roles], ...] = (
    (r"reached|reaching|reaches|hit|hitting|hits", _HIGH | _LOW | {Role.EXCESS, Role.RETARD}),
    (r"(?:fell|drop(?:s|ped|ping)|down|dip(?:s|ped|ping)|plunged|plummeted)\s+to", _LOW),
    (r"(?:rose|climb(?:s|ed|ing)|up|spiked|jumped|soared)\s+to", _HIGH | {Role.EXCESS, Role.RETARD, Role.SWING}),
)
"""Verbs that give way to a noun: "the mean reached" speaks of a mean."""
_LINK = (
    r"(?:\s+(?:of|is|was|to\s+be|at|a|an|the|about|around|only|just|value|for|which|were|\w+_\w+|RPM|"
    r"SPEED|MAF|coolant|intake|battery|engine|air|fuel|trim|temperature|voltage|speed|load)|\s*[:=(])*\s*$"
)


def _before(claims: tuple[tuple[str, Roles], ...]) -> tuple[tuple[re.Pattern[str], Roles], ...]:
    return tuple((re.compile(rf"\b(?:{words}){_LINK}", re.IGNORECASE), roles) for words, roles in claims)


_STRONG_BEFORE, _WEAK_BEFORE = _before(_STRONG), _before(_WEAK)
_IS = r"(?:is|was|are|were|being)"
_AFTER = tuple(
    (re.compile(rf"\s+(?:{words})\b", re.IGNORECASE), roles)
    for words, roles in (
        (
            rf"(?:{_IS}\s+|as\s+)?(?:(?:the|its)\s+)?(?:(?:upper|lower|alarm|usual)\s+)?(?:limit|threshold)",
            frozenset({Role.LIMIT}),
        ),
        (r"usual mean", _USUAL),
        (rf"{_IS}\s+(?:the\s+)?(?:usual|normal|typical)", _USUAL),
        (rf"{_IS}\s+(?:expected)", frozenset({Role.EXPECTED_FROM, Role.EXPECTED_TO})),
        (r"average|mean|on average", _MEAN),
        (r"peak|maximum|highest", _HIGH),
        (r"minimum|lowest|at (?:least|its lowest)", _LOW | TIMES),
        (r"standard deviation|spread", _SPREADS),
        (r"duration", TIMES),
        (r"at most", _HIGH | TIMES),
        (r"(?:away\s+)?from\s+(?:the|its)\s+(?:limit|threshold)", _AWAY),
        (r"(?:above|over)\s+(?:the\s+)?ambient", frozenset({Role.EXCESS})),
        (r"too\s+\w+", _NONE),
        (r"(?:more|less|higher|lower|greater|hotter|warmer|colder|cooler)", _AWAY),
        (r"(?:or|and)\s+(?:more|less|above|below|higher|lower|over|under|beyond)", _NONE),
        (r"an?\s+(?:drive|trip|journey|sample|reading)", _NONE),
    )
)
_SHARE_OF = re.compile(
    r"(?:%|percent|per cent)\s+(?:of|in|from)\s+(?:(?:all|the|its)\s+)*"
    r"(?:samples|time|readings|data|values|drives?|trip)\b",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"\b(?:for|lasting|lasted)\s+(?:(?:about|around|roughly|some|only|just|a\s+total\s+of)\s+)?$", re.IGNORECASE
)
_DRIVE_LASTED = re.compile(
    r"\b(?:drive|trip|journey)(?:\s+\d+)?\s+(?:lasted|lasts|took|ran|of)(?:\s+(?:for|about|around|roughly|only|just))*\s+$",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\b(?:last|first|next|past)\s+$", re.IGNORECASE)
_AT_A_TIME = re.compile(
    r"\b(?:in|within|after|every|until|by|at)\s+(?:the\s+)?(?:(?:last|first|next|past)\s+)?$",
    re.IGNORECASE,
)
_MOVED = re.compile(rf"\b{_WENT}$", re.IGNORECASE)
_BEING = re.compile(
    r"\b(?:is|was|are|were|reads?|stood\s+at|sat\s+at)(?:\s+(?:about|around|only|just|at))*\s*$", re.IGNORECASE
)
_BESIDE = re.compile(r"\s+(?:above|below|over|under|up|down|behind|off|away|too)\b", re.IGNORECASE)
_NOUN = re.compile(
    r"\b(?:(?P<usual>(?:usual|normal|historical|typical|expected)\s+(?:mean|average))|(?P<mean>average|mean)"
    r"|(?P<high>peak|maximum|max|highest)|(?P<low>minimum|min|lowest)|(?P<limit>limit|threshold)"
    r"|(?P<spread>standard\s+deviation|spread))\b(?=(?:(?!\b(?:and|with)\b)[^.;,:\d])*$)",
    re.IGNORECASE,
)
_SEGMENT = re.compile(r"[^.;,:\d]*$")
_AS_USUAL = re.compile(
    r"\b(?:usual(?:ly)?|typical(?:ly)?|normal(?:ly)?|historical(?:ly)?|previous(?:ly)?|earlier|formerly|expected)\b",
    re.IGNORECASE,
)
_BESIDE_USUAL = re.compile(
    r"\b(?:than|above|below|over|under|outside|beyond|from|against|versus|vs|compared|exceed\w*|instead)\b",
    re.IGNORECASE,
)
_BY_SO_MUCH = re.compile(r"\bby\s+[-+]?\d[\d.,]*\s*\S{1,3}\s+to\s+$", re.IGNORECASE)
_LONG = re.compile(r"(?:\s*-\s*|\s+)(?:long\s+)?(?:drive|trip|journey)\b", re.IGNORECASE)
_FROM_USUAL = REFERENCES | {Role.EARLIER, Role.OVER}
_NOUNS: dict[str, Roles] = {
    "usual": _USUAL,
    "mean": _MEAN,
    "high": _HIGH,
    "low": _LOW,
    "limit": frozenset({Role.LIMIT}),
    "spread": _SPREADS,
}


def claimed_roles(text: str, start: int, end: int, *, is_time: bool = False) -> Roles | None:
    """Return the parts a sentence can mean by a number, or None when it claims none in particular.

    Args:
        text: the sentence.
        start: where the number begins.
        end: where its unit ends.
        is_time: its unit is one of time.
    """
    before, after = text[:start], text[end:]
    if is_time and (_DRIVE_LASTED.search(before) or _LONG.match(after)):
        return frozenset({Role.DURATION})
    if is_time and _FOR.search(before):
        return TIMES
    if (is_time and _AT_A_TIME.search(before)) or _SHARE_OF.match(text, max(text.rfind(" ", 0, end), end - 8, start)):
        return _NONE
    if _COUNTED.search(before) and not text[start:end].endswith(("drive", "drives")):
        return _NONE
    roles = _claimed(before, after)
    segment = _SEGMENT.search(before)
    said = segment.group() if segment else ""
    if _AS_USUAL.search(said) and not _BESIDE_USUAL.search(said):
        return _FROM_USUAL if roles is None else roles & _FROM_USUAL
    return roles


def _claimed(before: str, after: str) -> Roles | None:
    noun = _NOUN.search(before)
    named = None if noun is None else _NOUNS[str(noun.lastgroup)]
    for pattern, roles in _STRONG_BEFORE:
        if pattern.search(before):
            # A limit or what is usual does not rise; a mean does.
            return _NONE if roles & DIFFERENCES and named not in {None, _MEAN} else roles
    for pattern, roles in _AFTER:
        if pattern.match(after):
            return roles
    for pattern, roles in _WEAK_BEFORE:
        if pattern.search(before):
            return named or roles
    is_beside = _BEING.search(before) is not None and _BESIDE.match(after) is not None
    if is_beside or _MOVED.search(before):
        return _AWAY
    # What something "is" is no difference, unless it "is" so much above or below.
    is_value = _BEING.search(before) is not None or _BY_SO_MUCH.search(before) is not None
    return named or (_VALUES if is_value else None)

"""Two numbers as a range, and what a sentence must name before it may tell certain numbers."""

import re

from obd2_analyzer.advice.clauses import sentence_span
from obd2_analyzer.advice.roles import HIGHS, LOWS, REFERENCES, Role

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_JOINT = "(?:\\s+(?P<joint>to|and|through)\\s+|\\s*[-\N{EN DASH}]\\s*)"
_FIRST = re.compile(_JOINT + r"(?:[-+\u2212]|minus\s+)?\d", re.IGNORECASE)
_SECOND = re.compile(rf"{_NUMBER}[^\d.,;()]{{0,24}}?{_JOINT}$", re.IGNORECASE)
_MOVES = re.compile(
    r"\b(?:r[oi]se[sn]?|rising|increas\w+|climb\w*|f[ea]ll\w*|drop\w*|decreas\w+|declin\w+|deviat\w+|chang\w+|drift\w*|by"
    r"|moved|mean|averag\w+|usual|up|down|peak\w*|limit|threshold|reached|lasted|for|over)\b[^.;,:()]*$",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\brang(?:e|es|ed|ing)\b[^.;,:()]*$", re.IGNORECASE)
_EXPECTED = re.compile(r"\b(?:expected|usual|normal|typical)(?:ly)?\b[^.;:\d]*$", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\b[^.;,:()]*$", re.IGNORECASE)


def range_roles(text: str, start: int, end: int) -> frozenset[Role] | None:
    """Return the parts of the two ends of a range, None for a number that is neither.

    Args:
        text: the sentence.
        start: where the number begins.
        end: where its unit ends.
    """
    first = _FIRST.match(text, end)
    if first is not None and _is_range(text[:start], first["joint"]):
        return _expected(text[:start], LOWS)
    second = _SECOND.search(text, 0, start)
    if second is not None and _is_range(text[: second.start()].rstrip("-+\N{MINUS SIGN} "), second["joint"]):
        return _expected(text[: second.start()], HIGHS)
    return None


def _expected(before: str, ends: frozenset[Role]) -> frozenset[Role]:
    """Leave of the parts of a range's end those that the words before it mean."""
    return ends & REFERENCES if _EXPECTED.search(before) else ends


def _is_range(before: str, joint: str | None) -> bool:
    if _RANGE.search(before) or _BETWEEN.search(before):
        return True
    return (joint or "").lower() != "and" and _MOVES.search(before) is None


_NAMES: dict[Role, str] = {
    Role.LIMIT: r"limits?|thresholds?|above|below|over|under|beneath|beyond|outside|exceed\w*|than|allowed",
    Role.SPREAD: r"standard\s+deviations?|spread|std|var(?:y|ied|ies|iation)|scatter\w*",
    Role.SWING: r"sw[iu]ng\w*|spread|rang\w+|var(?:y|ied|ies|iation)|amplitude|moved",
    Role.EXCESS: r"above|ambient|over|hotter|warmer|excess|exceed\w*|r[io]se[sn]?|difference|higher",
    Role.RETARD: r"back|retard\w*|down|dropped|fell|lower|below|less|pulled|reduced",
    Role.CHANGE: r"r[io]se[sn]?|rising|f[ea]ll\w*|chang\w+|drift\w*|trend\w*|up\w*|down\w*|increas\w+|decreas\w+"
    r"|drop\w*|climb\w*|higher|lower|declin\w+|hotter|warmer|cooler|colder|leaner|richer|sank|sag\w*",
    Role.COEFFICIENT: r"correlat\w+|coefficient",
    Role.EARLIER: r"known|know|available|recorded|stored|compar\w+|based|history|baseline|there"
    r"|earlier(?=\s+(?:of\s+|was\s+)?\w+\s+drives?)",
}
_USUAL = (
    r"usual(?:ly)?|normal(?:ly)?|expect(?:ed|s)?|typical(?:ly)?|earlier|previous(?:ly)?|prior|past|baseline|history"
    r"|historical(?:ly)?|before|above|below|over|under|beyond|outside|exceed\w*|than|versus|vs|against|compared|comparison"
    r"|instead|from|down|up"
)
_NAMED = {
    role: re.compile(rf"\b(?:{words})\b|[<>≤≥]", re.IGNORECASE)
    for role, words in {
        **_NAMES,
        Role.USUAL: _USUAL,
        Role.EXPECTED_FROM: _USUAL,
        Role.EXPECTED_TO: _USUAL,
    }.items()
}
_DIGIT = re.compile(r"(?<![A-Z_])\d")
_NAMED_AFTER = re.compile(
    "(?:"
    + _JOINT
    + r"[-+\u2212]?\d[\d.,]*)?(?:(?!\b(?:above|below|than|exceed\w*|over|under|from|outside|beyond|against"
    r"|versus|up|down)\b)[^\d.,;()]){0,32}?\b(?:usual(?:ly)?|normal(?:ly)?|typical(?:ly)?|expected|limit|threshold"
    r"|allowed|baseline|instead)\b",
    re.IGNORECASE,
)


def is_named(text: str, start: int, end: int, role: Role) -> bool:
    """Tell whether a sentence names what has to be named where a number of this part is told.

    A limit, or what is usual, has to be named beside its number, anything else in the sentence around it.

    Args:
        text: the sentence.
        start: where the number begins.
        end: where its unit ends.
        role: the part it would be.
    """
    pattern = _NAMED.get(role)
    if pattern is None:
        return True
    sentence, stop = sentence_span(text, start, end)
    if role not in REFERENCES:
        return pattern.search(text, sentence, stop) is not None
    second = _SECOND.search(text, sentence, start)
    before = max(
        (digit.end() for digit in _DIGIT.finditer(text, sentence, second.start() if second else start)),
        default=sentence,
    )
    return pattern.search(text, before, start) is not None or _NAMED_AFTER.match(text, end, stop) is not None

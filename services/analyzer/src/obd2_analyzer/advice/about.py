"""What a number in a sentence is about: a parameter, a drive, and the circumstances the sentence names."""

import re
from collections.abc import Sequence

from obd2_analyzer.advice.claims import Mention, NumberClaim, Reference
from obd2_analyzer.advice.clauses import sentence_span
from obd2_analyzer.advice.evidence import Evidence, Kind, Quantity
from obd2_analyzer.advice.roles import Role
from obd2_analyzer.facts.parameters import RPM, SPEED

_BY_UNIT = frozenset({RPM, SPEED})
_OF = re.compile(r"\s+(?:of|on|for|in|at)\s+(?:the\s+)?$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.;!?]\s")
_TOGETHER = re.compile(r"\s*(?:,|,?\s*and|or|&|/|plus|as\s+well\s+as|,?\s*(?:un)?like)\s*(?:the\s+)?", re.IGNORECASE)
_DRIVE = re.compile(r"\b(?:drive|trip|drove|driven|journey|graded?|scored?|earlier|previous|prior)\b", re.IGNORECASE)
_DRIVE_NEXT = re.compile(r"(?:\s*-\s*|\s+)(?:long\s+)?(?:drive|trip|journey)\b", re.IGNORECASE)
_IDLE = re.compile(r"\bidl(?:e|es|ing)\b(?!\s+(?:air|control|valve))", re.IGNORECASE)
_LAMP = re.compile(r"\b(?:warning|MIL|engine)\s+(?:lamp|light)\b|\blamp\b", re.IGNORECASE)
_LOOP = re.compile(r"\b(?:closed|open)[\s-]+loop\b", re.IGNORECASE)
_STEADY = re.compile(r"\bsteady\b", re.IGNORECASE)
_FOR_SO_LONG = re.compile(r"\s*(?:for|during)\s+(?:about\s+|around\s+|roughly\s+)?(?:[-+\u2212])?", re.IGNORECASE)
_TOWARDS = re.compile(
    r"[^.;:!?]*\b(?:of|on|for|in|by|from|between)\s+(?:the\s+|its\s+)?(?:(?:mean|peak|average|lowest)\s+)?|\s*",
    re.IGNORECASE,
)
_COMPARED = re.compile(r"\s*(?:compared\s+(?:to|with)|against|given|above|below|versus)\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


def drive_of(position: int, drives: Sequence[Reference]) -> str | None:
    """Return the drive a place in the text speaks of: the last one named before it, else the only one there is."""
    before = [drive for drive in drives if drive.end <= position]
    if before:
        return before[-1].value
    return drives[0].value if len({drive.value for drive in drives}) == 1 else None


def subject_of(text: str, start: int, end: int, mentions: Sequence[Mention]) -> str | None:
    """Return the parameter a place in the text speaks of, None when nobody can tell.

    A parameter that follows with "of" or "on" counts, then the last one named before in the sentence, then in the text.
    """
    for mention in mentions:
        if mention.start >= end and _OF.fullmatch(text, end, mention.start):
            return mention.parameter
    before = [mention for mention in mentions if mention.end <= start]
    if before:
        return before[-1].parameter
    later = [mention for mention in mentions if mention.start >= end]
    if later and not _SENTENCE_END.search(text, end, later[0].start):
        return later[0].parameter
    return None


def is_about(text: str, claim: NumberClaim, mentions: Sequence[Mention], held: Evidence) -> bool:
    """Tell whether a number may be one of this evidence, by the parameters the sentence names.

    What belongs to the whole drive may always. Engine and road speed may beside another number, since no other unit can
    mean them. Of two parameters named together the evidence has to be of both.
    """
    parameters = held.fact.parameters
    if not parameters:
        return True
    about = subject_of(text, claim.start, claim.end, mentions)
    before = [mention for mention in mentions if mention.end <= claim.start]
    if about not in parameters:
        return parameters[0] in _BY_UNIT and bool(before) and bool(_DIGIT.search(text, before[-1].end, claim.start))
    if not before:
        return _leads_to(text, claim, mentions)
    pair = before[-2:]
    is_pair = len(pair) > 1 and _TOGETHER.fullmatch(text, pair[0].end, pair[1].start) is not None
    return not is_pair or pair[0].parameter in parameters


def _leads_to(text: str, claim: NumberClaim, mentions: Sequence[Mention]) -> bool:
    """Tell whether a number belongs to the first parameter, which is named behind it, and to no other thing."""
    first = min(mentions, key=lambda mention: mention.start)
    if _FOR_SO_LONG.fullmatch(text, sentence_span(text, claim.start, claim.end)[0], claim.start):
        return True
    if _COMPARED.match(text, sentence_span(text, claim.start, claim.end)[0]):
        return text[claim.end : first.start].strip() in {",", ", the"}
    return _TOWARDS.fullmatch(text, claim.end, first.start) is not None


def is_of_drive(text: str, claim: NumberClaim, mentions: Sequence[Mention]) -> bool:
    """Tell whether a number can be one of the whole drive: no parameter stands between it and the drive's name."""
    last = max((mention.end for mention in mentions if mention.end <= claim.start), default=None)
    if last is None:
        return True
    return _DRIVE.search(text, last, claim.end) is not None or _DRIVE_NEXT.match(text, claim.end) is not None


def is_in_circumstances(text: str, claim: NumberClaim, held: Evidence, quantity: Quantity) -> bool:
    """Tell whether what a sentence says of idling and steadiness is so of a number of this evidence."""
    fact = held.fact
    start, end = sentence_span(text, claim.start, claim.end)
    if fact.kind is Kind.DRIVE:
        return _IDLE.search(text, start, end) is None
    if _LAMP.search(text, start, end) and "lamp" not in fact.label:
        return False
    if _LOOP.search(text, start, end) and "closed loop" not in fact.label and fact.rule not in {"ltft", "stft"}:
        return False
    if _IDLE.search(text, start, end) and fact.rule != "idle" and "idle" not in fact.label:
        return False
    if _STEADY.search(text, start, end) is None or quantity.name == Role.LIMIT:
        return True
    values = {held.value for held in fact.quantities if held.name in {Role.MINIMUM, Role.MAXIMUM}}
    return len(values) == 1

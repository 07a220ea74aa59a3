"""Times in a sentence against the evidence: when something began and ended, in UTC, and whose time it is."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from obd2_analyzer.advice.claims import Mention, Reference
from obd2_analyzer.advice.evidence import Evidence

_BEGAN = re.compile(
    r"\b(?:from|since|start(?:s|ed|ing)?|beg(?:ins?|an|inning)|between)(?:\s+(?:at|on))?\s+$", re.IGNORECASE
)
_ENDED = re.compile(
    r"\b(?:to|until|till|through|end(?:s|ed|ing)?|finish(?:ed)?|stopp?(?:ed)?)(?:\s+(?:at|on))?\s+$", re.IGNORECASE
)
_SECOND = re.compile(r"\d(?:\s*Z|\s+UTC)?(?:\s+and\s+|\s*[-\N{EN DASH}]\s*)$", re.IGNORECASE)
_HALF_DAY = re.compile(r"\s*([ap])\.?\s?m\b\.?", re.IGNORECASE)
_ZONE = re.compile(
    r"\s*(?:\+\d|\(?(?!UTC\b|GMT\b|BY\b|AND\b|STOP\b|RPM\b|MAF\b|SPEED\b|ALERT\b|WATCH\b)[A-Z]{2,5}\b(?!_)|local\b)"
)
_DRIVE = re.compile(r"\b(?:drive|trip|journey)\b", re.IGNORECASE)
_NOON = 12


def is_told(text: str, claim: Reference, cited: Sequence[Evidence], mentions: Sequence[Mention]) -> bool:
    """Tell whether a time in a sentence is one of the cited evidence.

    Args:
        text: the sentence.
        claim: the time in it.
        cited: the evidence it may be of; of the parameter named last before it where that has times at all.
        mentions: the parameters the sentence names.
    """
    if _ZONE.match(text, claim.end) or not _is_half_day(text, claim):
        return False
    before = text[: claim.start]
    has_begun = _BEGAN.search(before) is not None
    has_ended = _ENDED.search(before) is not None or _SECOND.search(before) is not None
    for held in _of_subject(text, claim, cited, mentions):
        began, ended = held.fact.started_at, held.fact.ended_at
        told = [] if has_ended else [began]
        if not has_begun:
            told.append(ended)
        if claim.value in set(_written(told)):
            return True
    return False


def _of_subject(
    text: str, claim: Reference, cited: Sequence[Evidence], mentions: Sequence[Mention]
) -> Sequence[Evidence]:
    """Return the evidence a time can be of: of the parameter named last, if that has times and no drive is named."""
    named = [mention for mention in mentions if mention.end <= claim.start]
    if not named or _DRIVE.search(text, named[-1].end, claim.start):
        return cited
    about = [held for held in cited if not held.fact.parameters or named[-1].parameter in held.fact.parameters]
    timed = [held for held in about if held.fact.parameters and held.fact.started_at is not None]
    return timed or about


def _is_half_day(text: str, claim: Reference) -> bool:
    """Tell whether "am" or "pm" behind a time of 24 hours, where it stands, is right."""
    half = _HALF_DAY.match(text, claim.end)
    if half is None:
        return True
    hour = re.match(r"\d\d?(?=:)", claim.value)
    return hour is not None and (int(hour.group()) >= _NOON) == (half[1].lower() == "p")


def _written(moments: Sequence[datetime | None]) -> Iterator[str]:
    """Yield every way in which times may be written."""
    for moment in moments:
        if moment is None:
            continue
        day, exact, short = f"{moment:%Y-%m-%d}", f"{moment:%H:%M:%S}", f"{moment:%H:%M}"
        for time in (exact, short):
            yield from (time, f"{time}Z", f"{day} {time}", f"{day}T{time}", f"{day}T{time}Z", f"{day} {time}Z")
        yield day

"""The claims of one sentence or two against the evidence cited for them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from obd2_analyzer.words.claims import Claim, Mention, NumberClaim, Reference, Unreadable, claims
from obd2_analyzer.words.directions import claimed_directions
from obd2_analyzer.words.evidence import Evidence, Quantity
from obd2_analyzer.words.reasons import Reason
from obd2_analyzer.words.roles import Role, claimed_roles
from obd2_analyzer.words.units import NO_UNIT, Measure

ROUNDING_SHARE = 0.02
"""How far a number rounded to a whole one may lie off; 11.6 V is not 12 V."""

_OF = re.compile(r"\s+(?:of|on|for|in|at)\s+(?:the\s+)?$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.;!?]\s")
_NEGATION = re.compile(r"\b(?:not|never|neither|nor|no|hardly|barely|\w+n['\u2019]t)\b", re.IGNORECASE)
_SEVERITY = re.compile(r"\b(WATCH|ALERT|INVESTIGATE|WARNING|STOP)\b")
_GRADE = re.compile(r"\b[Gg]raded?\s+(?:of\s+|is\s+|was\s+|as\s+)?(?:an?\s+)?([A-F](?![A-Za-z])[+-]?)")


@dataclass(slots=True)
class Outcome:
    """The first claim that nothing supports, or the ids of the evidence that supports all of them."""

    reason: Reason | None = None
    detail: str | None = None
    used: set[str] = field(default_factory=set)


def unsupported_claim(text: str, cited: Sequence[Evidence]) -> Outcome:
    """Check a text against its evidence.

    Args:
        text: one recommendation, without line breaks.
        cited: the evidence it cites.
    """
    outcome = Outcome()
    found = claims(text)
    mentions = [claim for claim in found if isinstance(claim, Mention)]
    has_number = False
    for claim in found:
        if isinstance(claim, NumberClaim):
            has_number = True
            reason = _check_number(text, claim, mentions, cited, outcome.used)
        else:
            reason = _check_other(claim, cited)
        if reason is not None:
            return Outcome(reason, claim.text)
    for reason, detail in _check_words(text, mentions, cited):
        return Outcome(reason, detail)
    return outcome if has_number else Outcome(Reason.NO_NUMBER)


def _check_other(claim: Claim, cited: Sequence[Evidence]) -> Reason | None:
    if isinstance(claim, Unreadable):
        return Reason.UNREADABLE_NUMBER
    if isinstance(claim, Mention):
        is_cited = any(claim.parameter in held.fact.parameters for held in cited)
        return None if is_cited else Reason.PARAMETER
    if isinstance(claim, Reference):
        if claim.kind == "evidence":
            return None if any(held.id == claim.value for held in cited) else Reason.CITATION
        if claim.kind == "drive":
            drives = {drive for held in cited for drive in held.fact.drives}
            return None if claim.value in drives else Reason.DRIVE
        return None if claim.value in set(_moments(cited)) else Reason.MOMENT
    return None


def _moments(cited: Sequence[Evidence]) -> Iterator[str]:
    """Yield every way in which the times of the evidence may be written."""
    for held in cited:
        for moment in (held.fact.started_at, held.fact.ended_at):
            if moment is None:
                continue
            day, exact, short = f"{moment:%Y-%m-%d}", f"{moment:%H:%M:%S}", f"{moment:%H:%M}"
            for time in (exact, short):
                yield from (time, f"{time}Z", f"{day} {time}", f"{day}T{time}", f"{day}T{time}Z", f"{day} {time}Z")
            yield day


def _check_number(
    text: str, claim: NumberClaim, mentions: Sequence[Mention], cited: Sequence[Evidence], used: set[str]
) -> Reason | None:
    """Return why no cited quantity is the number, or None after noting whose it is."""
    if is_negated(text, claim.start):
        return Reason.NEGATED
    measure = claim.measure or Measure(NO_UNIT)
    held = [(one, quantity) for one in cited for quantity in one.fact.quantities if quantity.unit == measure.ours]
    if not held:
        return Reason.UNIT
    fitting = [(one, quantity) for one, quantity in held if is_same(claim, measure, quantity)]
    if not fitting:
        return Reason.NUMBER
    about = subject_of(text, claim.start, claim.end, mentions)
    if any(about in one.fact.parameters for one, _ in held):
        fitting = [(one, quantity) for one, quantity in fitting if about in one.fact.parameters]
        if not fitting:
            return Reason.OTHER_PARAMETER
    roles = claimed_roles(text, claim.start, claim.end)
    if roles is not None:
        fitting = [(one, quantity) for one, quantity in fitting if Role(quantity.name) in roles]
        if not fitting:
            return Reason.ROLE
    used.add(fitting[0][0].id)
    return None


def is_same(claim: NumberClaim, measure: Measure, quantity: Quantity) -> bool:
    """Tell whether a written number is a quantity, converted to its unit and rounded to its digits."""
    exact = measure.from_ours(quantity.value, is_difference=quantity.is_difference)
    allowed = 0.5 * 10.0**-claim.decimals * (1 + 1e-9) + 1e-9
    error = abs(claim.value - exact)
    if error > allowed:
        return False
    return claim.decimals > 0 or error <= ROUNDING_SHARE * abs(exact) + 1e-9


def is_negated(text: str, position: int) -> bool:
    """Tell whether the sentence denies something before a place: evidence only says what is, never what is not."""
    start = max((end.end() for end in _SENTENCE_END.finditer(text, 0, position)), default=0)
    return _NEGATION.search(text, start, position) is not None


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


def _check_words(text: str, mentions: Sequence[Mention], cited: Sequence[Evidence]) -> Iterator[tuple[Reason, str]]:
    """Yield the words about direction, severity and grade that no cited evidence supports."""
    for position, word, direction, parameters in claimed_directions(text):
        if is_negated(text, position):
            yield Reason.NEGATED, word
        about = subject_of(text, position, position + len(word), mentions)
        known = [
            held.fact.direction
            for held in cited
            if held.fact.direction is not None
            and (not parameters or parameters & set(held.fact.parameters))
            and (parameters or about is None or about in held.fact.parameters)
        ]
        if direction not in known:
            yield Reason.DIRECTION, word
    labels = " ".join(held.fact.label for held in cited)
    for severity in _SEVERITY.findall(text):
        if not re.search(rf"\b{severity}\b", labels):
            yield Reason.SEVERITY, severity
    for grade in _GRADE.findall(text):
        if f"grade {grade}" not in {held.fact.label for held in cited}:
            yield Reason.GRADE, grade

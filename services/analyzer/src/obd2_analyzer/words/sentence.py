"""The claims of one sentence or two against the evidence cited for them."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from obd2_analyzer.parameters import RPM, SPEED
from obd2_analyzer.words.claims import Claim, Mention, NumberClaim, Reference, Unreadable, claims
from obd2_analyzer.words.comparisons import is_contradicted, misplaced
from obd2_analyzer.words.directions import claimed_directions
from obd2_analyzer.words.evidence import Evidence, Kind, Quantity
from obd2_analyzer.words.reasons import Reason
from obd2_analyzer.words.roles import REFERENCES, Role, claimed_roles, speaks_of_reference
from obd2_analyzer.words.units import NO_UNIT, Measure

ROUNDING_SHARE = 0.02
"""How far a number rounded to a whole one may lie off; 11.6 V is not 12 V."""

_BY_UNIT = frozenset({RPM, SPEED})

_OF = re.compile(r"\s+(?:of|on|for|in|at)\s+(?:the\s+)?$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.;!?]\s")
_NEGATION = re.compile(r"\b(?:not|never|neither|nor|no|hardly|barely|\w+n['\u2019]t)\b", re.IGNORECASE)
_SEVERITY = re.compile(r"\b(WATCH|ALERT|INVESTIGATE|WARNING|STOP)\b")
_GRADE = re.compile(
    r"\b(?:[Gg]raded?|got|gets?|earn(?:s|ed)?|scor(?:es?|ed)|rat(?:es?|ed)|deserve[sd]?|with)\s+"
    r"(?:of\s+|is\s+|was\s+|as\s+)?(?:an?\s+)?(?:grade\s+)?([A-F](?![A-Za-z])[+-]?)"
)
_DRIVE = re.compile(r"\b(?:drive|trip|drove|driven|journey|graded?|scored?|earlier|previous|prior)\b", re.IGNORECASE)
_DRIVE_NEXT = re.compile(r"(?:\s*-\s*|\s+)(?:long\s+)?(?:drive|trip|journey)\b", re.IGNORECASE)
_BAD_GRADE = re.compile(r"grade [B-F].*")
_COMFORT = re.compile(
    r"\b(?:is|are|was|were|looks?|looked|seems?|seemed|remain(?:s|ed)?|stay(?:s|ed)?|appear(?:s|ed)?|all)\s+"
    r"(?:\w+ly\s+|still\s+|quite\s+|very\s+)?(?:an?\s+)?"
    r"(?:normal|healthy|fine|good|great|acceptable|ok|okay|stable|steady|constant|unchanged|harmless|unremarkable|typical"
    r"|as\s+expected|in\s+range|improvement)\b|\b(?:excellent|perfect|flawless)\b|\ball\s+systems\s+go\b"
    r"|\b(?:with)?in\s+spec\w*\b|\b(?:with)?in\s+(?:normal|safe|healthy)\s+(?:ranges?|limits?|bounds)\b|\bimprov(?:e[sd]?|ing|ements?)\b|\bbetter\b",
    re.IGNORECASE,
)


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
    drives = [claim for claim in found if isinstance(claim, Reference) and claim.kind == "drive"]
    has_number = False
    for claim in found:
        if isinstance(claim, NumberClaim):
            has_number = True
            drive = drive_of(claim.start, drives)
            of_drive = [held for held in cited if drive is None or drive in held.fact.drives]
            reason = _check_number(text, claim, mentions, of_drive, outcome.used)
        else:
            reason = _check_other(claim, cited)
        if reason is not None:
            return Outcome(reason, claim.text)
    for reason, detail in _check_words(text, mentions, cited, outcome.used):
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
    about = subject_of(text, claim.start, claim.end, mentions)
    roles = claimed_roles(text, claim.start, claim.end, is_time=measure.ours == "s")
    has_reference = speaks_of_reference(text, claim.start, claim.end)
    fitting = [(one, quantity) for one in cited for quantity in one.fact.quantities]
    sieves: tuple[tuple[Reason, Callable[[Evidence, Quantity], bool]], ...] = (
        (Reason.UNIT, lambda _, quantity: quantity.unit == measure.ours),
        (Reason.NUMBER, lambda _, quantity: is_same(claim, measure, quantity)),
        (Reason.OTHER_PARAMETER, lambda one, _: about is None or _is_about(one, about)),
        (Reason.ROLE, lambda _, quantity: roles is None or Role(quantity.name) in roles),
        (Reason.ROLE, lambda _, quantity: has_reference or Role(quantity.name) not in REFERENCES),
        (Reason.ROLE, lambda one, _: one.fact.kind is not Kind.DRIVE or _is_of_drive(text, claim, mentions)),
        (Reason.COMPARISON, lambda one, quantity: not is_contradicted(text, claim.start, one.fact, quantity)),
    )
    for reason, fits in sieves:
        fitting = [(one, quantity) for one, quantity in fitting if fits(one, quantity)]
        if not fitting:
            return reason
    used.add(fitting[0][0].id)
    return None


def _is_about(held: Evidence, parameter: str) -> bool:
    """Tell whether evidence may give a number where a parameter is spoken of.

    What belongs to the whole drive may always, and so may engine and road speed, which no other unit can mean.
    """
    parameters = held.fact.parameters
    return not parameters or parameter in parameters or parameters[0] in _BY_UNIT


def _is_of_drive(text: str, claim: NumberClaim, mentions: Sequence[Mention]) -> bool:
    """Tell whether a number can be one of the whole drive: no parameter stands between it and the drive's name."""
    last = max((mention.end for mention in mentions if mention.end <= claim.start), default=None)
    if last is None:
        return True
    return _DRIVE.search(text, last, claim.end) is not None or _DRIVE_NEXT.match(text, claim.end) is not None


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


def _check_words(
    text: str, mentions: Sequence[Mention], cited: Sequence[Evidence], used: set[str]
) -> Iterator[tuple[Reason, str]]:
    """Yield the words about direction, severity and grade that no cited evidence supports."""
    for position, word, direction, parameters in claimed_directions(text):
        if is_negated(text, position):
            yield Reason.NEGATED, word
        about = subject_of(text, position, position + len(word), mentions)
        known = [
            held.id
            for held in cited
            if held.fact.direction is direction
            and (not parameters or parameters & set(held.fact.parameters))
            and (parameters or about is None or about in held.fact.parameters)
        ]
        if not known:
            yield Reason.DIRECTION, word
        elif not used & set(known):
            used.add(known[0])
    comfort = _COMFORT.search(text)
    if comfort is not None and any(held.fact.severity or _BAD_GRADE.fullmatch(held.fact.label) for held in cited):
        yield Reason.FALSE_COMFORT, comfort.group()
    place = misplaced(text, [held.fact for held in cited])
    if place is not None:
        yield Reason.COMPARISON, place
    yield from _check_labels(text, cited)


def _check_labels(text: str, cited: Sequence[Evidence]) -> Iterator[tuple[Reason, str]]:
    labels = " ".join(held.fact.label for held in cited)
    for severity in _SEVERITY.findall(text):
        if not re.search(rf"\b{severity}\b", labels):
            yield Reason.SEVERITY, severity
    for grade in _GRADE.findall(text):
        if f"grade {grade}" not in {held.fact.label for held in cited}:
            yield Reason.GRADE, grade

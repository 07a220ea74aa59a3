"""The claims of one sentence or two against the evidence cited for them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from obd2_analyzer.advice.about import drive_of, is_about, is_in_circumstances, is_of_drive, subject_of
from obd2_analyzer.advice.claims import Claim, Mention, NumberClaim, Reference, Unreadable, claims
from obd2_analyzer.advice.clauses import claiming_clauses, unknown_word
from obd2_analyzer.advice.comparisons import compared_signals, is_contradicted, misplaced
from obd2_analyzer.advice.denials import is_negated, taken_back
from obd2_analyzer.advice.directions import claimed_directions
from obd2_analyzer.advice.evidence import Evidence, Kind, Quantity
from obd2_analyzer.advice.labels import unsupported_labels
from obd2_analyzer.advice.moments import is_told
from obd2_analyzer.advice.ranges import is_named, range_roles
from obd2_analyzer.advice.reasons import Reason
from obd2_analyzer.advice.role_words import claimed_roles
from obd2_analyzer.advice.roles import Role
from obd2_analyzer.advice.units import NO_UNIT, Measure

ROUNDING_SHARE = 0.02
"""How far a number rounded to a whole one may lie off; 11.6 V is not 12 V."""
ROUNDING_SHARE_OF_DECIMALS = 0.2
"""How far one with digits behind the point may lie off; 100 s are not 0.0 h."""


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
            reason = _check_other(text, claim, mentions, cited)
        if reason is not None:
            return Outcome(reason, claim.text)
    for reason, detail in _check_words(text, found, cited, outcome.used):
        return Outcome(reason, detail)
    word = unknown_word(text, found)
    if word is not None:
        return Outcome(Reason.WORDING, word)
    return outcome if has_number else Outcome(Reason.NO_NUMBER)


def _check_other(text: str, claim: Claim, mentions: Sequence[Mention], cited: Sequence[Evidence]) -> Reason | None:
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
        return None if is_told(text, claim, cited, mentions) else Reason.MOMENT
    return None


def _check_number(
    text: str, claim: NumberClaim, mentions: Sequence[Mention], cited: Sequence[Evidence], used: set[str]
) -> Reason | None:
    """Return why no cited quantity is the number, or None after noting whose it is."""
    if is_negated(text, claim.start):
        return Reason.NEGATED
    measure = claim.measure or Measure(NO_UNIT)
    place = (text, claim.start, claim.end)
    roles = range_roles(*place)
    if roles is None:
        roles = claimed_roles(*place, is_time=measure.ours == "s")
    fitting = [(one, quantity) for one in cited for quantity in one.fact.quantities]
    sieves: tuple[tuple[Reason, Callable[[Evidence, Quantity], bool]], ...] = (
        (Reason.UNIT, lambda _, quantity: quantity.unit == measure.ours),
        (Reason.NUMBER, lambda _, quantity: is_same(claim, measure, quantity)),
        (Reason.OTHER_PARAMETER, lambda one, _: is_about(text, claim, mentions, one)),
        (Reason.ROLE, lambda _, quantity: roles is None or Role(quantity.name) in roles),
        (Reason.ROLE, lambda _, quantity: is_named(*place, Role(quantity.name))),
        (Reason.ROLE, lambda one, _: one.fact.kind is not Kind.DRIVE or is_of_drive(text, claim, mentions)),
        (Reason.ROLE, lambda one, quantity: is_in_circumstances(text, claim, one, quantity)),
        (Reason.COMPARISON, lambda one, quantity: not is_contradicted(*place, one.fact, quantity)),
    )
    for reason, fits in sieves:
        fitting = [(one, quantity) for one, quantity in fitting if fits(one, quantity)]
        if not fitting:
            return reason
    used.add(fitting[0][0].id)
    return None


def is_same(claim: NumberClaim, measure: Measure, quantity: Quantity) -> bool:
    """Tell whether a written number is a quantity, converted to its unit and rounded to its digits."""
    exact = measure.from_ours(quantity.value, is_difference=quantity.is_difference)
    allowed = 0.5 * 10.0**-claim.decimals * (1 + 1e-9) + 1e-9
    error = abs(claim.value - exact)
    if error > allowed:
        return False
    share = ROUNDING_SHARE_OF_DECIMALS if claim.decimals else ROUNDING_SHARE
    return error <= share * abs(exact) + 1e-9


def _check_words(
    text: str, found: Sequence[Claim], cited: Sequence[Evidence], used: set[str]
) -> Iterator[tuple[Reason, str]]:
    """Yield the words about direction, severity and grade that no cited evidence supports."""
    mentions = [claim for claim in found if isinstance(claim, Mention)]
    denial = taken_back(text)
    if denial is not None:
        yield Reason.NEGATED, denial
    for position, word, direction, parameters in claimed_directions(text, claiming_clauses(text, found)):
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
    other = compared_signals(text, mentions)
    if other is not None:
        yield Reason.COMPARISON, other
    place = misplaced(text, [held.fact for held in cited])
    if place is not None:
        yield Reason.COMPARISON, place
    yield from unsupported_labels(text, mentions, cited)

"""Adviser that say which way something went, and what they claim of which parameters."""

import re
from collections.abc import Iterable

from obd2_analyzer.advice.evidence import Direction
from obd2_analyzer.facts.parameters import FUEL_TRIMS

_USUAL = (
    r"(?:(?:its|the|their|what|all)\s+)?"
    r"(?:usual|earlier|normal|histor(?:y|ical)|typical|previous|past|baseline|average|is\s+usual|drives|expected)"
)
_OWN = r"(?:(?:its|the)\s+)?(?:usual|normal|expected|typical)\b(?!\s+drives)"
_UP = rf"""
    ris(?:e|es|en|ing) | rose | increas(?:e|es|ed|ing) | climb(?:s|ed|ing)? | creep(?:s|ing)? | crept | upwards?
    | surg(?:e|es|ed|ing) | (?:go(?:es|ing|ne)?|went|c[ao]me?s?|moved?|trend(?:s|ed|ing)?)\s+up | up\s+(?:by|from)
    | overcharg(?:ed|ing) | spik(?:e[sd]?|ing) | jump(?:s|ed|ing)? | soar(?:s|ed|ing)? | gr[eo]w(?:s|n|ing)?
    | over\s+{_OWN} | (?:higher|hotter|warmer)\s+than | above\s+{_USUAL} | (?:deviations?|sigmas?|σ)\s+above
"""  # noqa: RUF001 - a Greek sigma
_DOWN = rf"""
    fall(?:s|en|ing)? | fell | decreas(?:e|es|ed|ing) | declin(?:e|es|ed|ing) | drop(?:s|ped|ping)? | sank
    | sink(?:s|ing)? | (?:go(?:es|ing|ne)?|went|c[ao]me?s?|moved?|trend(?:s|ed|ing)?)\s+down | down\s+(?:by|from|to)
    | undercharg(?:ed|ing) | plung(?:e[sd]?|ing) | plummet(?:s|ed|ing)? | slid | shr[aiu]nk(?:s|ing)? | tumbl(?:ed|ing)
    | diminish(?:es|ed|ing)? | lessen(?:s|ed|ing)? | weaken(?:s|ed|ing)? | collaps(?:es|ed|ing)
    | (?:over|under)cool(?:ed|ing)
    | under\s+{_OWN} | sag(?:s|ged|ging)? | dip(?:s|ped|ping)? | downwards? | (?:lower|colder|cooler)\s+than
    | below\s+{_USUAL} | (?:deviations?|sigmas?|σ)\s+below
"""  # noqa: RUF001 - a Greek sigma

_LEAN = r"(?P<lean>lean(?:er|ing)?|adding\s+fuel|too\s+little\s+fuel|not\s+enough\s+fuel|fuel\s+starv\w+)"
_MUCH_FUEL = r"(?:removing|pulling|cutting|subtracting|reducing|too\s+much|excess(?:ive)?)\s+fuel"
_RICH = rf"(?P<rich>rich(?:er|ness)?|{_MUCH_FUEL})"
_WORDS = re.compile(
    rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN})|{_LEAN}|{_RICH})\b",
    re.IGNORECASE | re.VERBOSE,
)
_OTHER_THING = (
    r"(?!\s+(?:coolant|fluid|levels?|oil|charge|flow|airflow|fuel|tension|pressure|point|than)\b|\s+of\s+[-+\d\u2212])"
)
_DEGREES = re.compile(
    rf"\b(?<!\bas\s)(?:(?P<up>high|higher|hot|hotter|warmer|elevated|raised|overheat(?:s|ed|ing)?|up(?!\s+to\b))"
    rf"|(?P<down>low|lower|cold|colder|cool|cooler|reduced|less|down(?!\s+to\b)))\b{_OTHER_THING}",
    re.IGNORECASE,
)
"""How something is: a claim only where a number is told, anywhere else it may be of any part of the car."""


def claimed_directions(
    text: str, clauses: Iterable[tuple[int, int]] = ()
) -> list[tuple[int, str, Direction, frozenset[str]]]:
    """Find the words that claim a direction.

    Args:
        text: the sentence.
        clauses: where it tells numbers.

    Returns:
        Where each stands, the word, the direction, and the parameters one of which it must be of; empty means whichever
        the sentence speaks of there.
    """
    found: list[tuple[int, str, Direction, frozenset[str]]] = []
    for word in _WORDS.finditer(text):
        kind = str(word.lastgroup)
        direction = Direction.UP if kind in {"up", "lean"} else Direction.DOWN
        parameters = FUEL_TRIMS if kind in {"lean", "rich"} else frozenset()
        found.append((word.start(), word.group(), direction, parameters))
    for start, end in set(clauses):
        for word in _DEGREES.finditer(text, start, end):
            direction = Direction.UP if word.lastgroup == "up" else Direction.DOWN
            found.append((word.start(), word.group(), direction, frozenset()))
    return found

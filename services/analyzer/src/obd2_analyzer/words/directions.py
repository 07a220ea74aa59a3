"""Words that say which way something went, and what they claim of which parameters."""

import re

from obd2_analyzer.parameters import FUEL_TRIMS
from obd2_analyzer.words.evidence import Direction

_USUAL = (
    r"(?:(?:its|the|their|what|all)\s+)?"
    r"(?:usual|earlier|normal|histor(?:y|ical)|typical|previous|past|baseline|average|is\s+usual|drives|expected)"
)
_UP = rf"""
    ris(?:e|es|en|ing) | rose | increas(?:e|es|ed|ing) | climb(?:s|ed|ing)? | creep(?:s|ing)? | crept | upwards?
    | surg(?:e|es|ed|ing) | (?:go(?:es|ing|ne)?|went|c[ao]me?s?|moved?|trend(?:s|ed|ing)?)\s+up | up\s+(?:by|from)
    | overcharg(?:ed|ing) | (?:higher|hotter|warmer)\s+than | above\s+{_USUAL} | (?:deviations?|sigmas?|σ)\s+above
"""  # noqa: RUF001 - a Greek sigma
_DOWN = rf"""
    fall(?:s|en|ing)? | fell | decreas(?:e|es|ed|ing) | declin(?:e|es|ed|ing) | drop(?:s|ped|ping)? | sank
    | sink(?:s|ing)? | (?:go(?:es|ing|ne)?|went|c[ao]me?s?|moved?|trend(?:s|ed|ing)?)\s+down | down\s+(?:by|from|to)
    | undercharg(?:ed|ing) | sag(?:s|ged|ging)? | dip(?:s|ped|ping)? | downwards? | (?:lower|colder|cooler)\s+than
    | below\s+{_USUAL} | (?:deviations?|sigmas?|σ)\s+below
"""  # noqa: RUF001 - a Greek sigma

_WORDS = re.compile(
    rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN})|(?P<lean>lean(?:er|ing)?)|(?P<rich>rich(?:er|ness)?))\b",
    re.IGNORECASE | re.VERBOSE,
)


def claimed_directions(text: str) -> list[tuple[int, str, Direction, frozenset[str]]]:
    """Find the words that claim a direction.

    Returns:
        Where each stands, the word, the direction, and the parameters one of which it must be of; empty means whichever
        the sentence speaks of there.
    """
    found = []
    for word in _WORDS.finditer(text):
        kind = str(word.lastgroup)
        direction = Direction.UP if kind in {"up", "lean"} else Direction.DOWN
        parameters = FUEL_TRIMS if kind in {"lean", "rich"} else frozenset()
        found.append((word.start(), word.group(), direction, parameters))
    return found

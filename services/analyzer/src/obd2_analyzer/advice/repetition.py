"""Which recommendations repeat what the device was told before."""

import re
from collections.abc import Iterable, Sequence

from obd2_analyzer.advice.adviser import EarlierRecommendation, ModelRecommendation
from obd2_analyzer.advice.verification import CheckedItem

SIMILARITY = 0.6
"""Share of common words from which two texts of one category say the same."""

_WORD = re.compile(r"[a-z]+(?:_[a-z0-9]+)*")
_SAYS_NOTHING = re.compile(
    r"\b(?:an?|and|are|as|at|be|been|but|by|for|from|ha[ds]|have|in|into|is|its?|of|on|or|over|so|still|than|that|the"
    r"|then|there|this|to|up|was|were|while|with|again)\b"
)
_ENDINGS = ("ing", "ed", "es", "s")
_SHORTEST_STEM = 3


def ranked(items: Iterable[CheckedItem], earlier: Sequence[EarlierRecommendation]) -> tuple[ModelRecommendation, ...]:
    """Rank recommendations from 1: new ones first, then those that repeat earlier ones, marked as such.

    Args:
        items: best first.
        earlier: newest first; of several that are repeated the newest is named.
    """
    told = [(held, said_words(held.recommendation)) for held in earlier]
    found = [(checked, _repeated(checked, told)) for checked in items]
    ordered = sorted(found, key=lambda pair: pair[1] is not None)
    return tuple(
        ModelRecommendation(
            rank, checked.category, checked.recommendation, checked.confidence, checked.evidence, duplicate
        )
        for rank, (checked, duplicate) in enumerate(ordered, start=1)
    )


def said_words(text: str) -> frozenset[str]:
    """Return the words of a text that say something, numbers left out, endings cut off."""
    return frozenset(_stem(word) for word in _WORD.findall(_SAYS_NOTHING.sub(" ", text.lower())))


def similarity(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the share of words two texts have in common (Jaccard)."""
    together = first | second
    return len(first & second) / len(together) if together else 0.0


def _repeated(
    checked: CheckedItem, told: Sequence[tuple[EarlierRecommendation, frozenset[str]]]
) -> EarlierRecommendation | None:
    words = said_words(checked.recommendation)
    for held, said in told:
        if held.category == checked.category and similarity(words, said) >= SIMILARITY:
            return held
    return None


def _stem(word: str) -> str:
    if "_" in word:
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word

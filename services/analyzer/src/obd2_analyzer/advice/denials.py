"""Adviser that take back what a sentence says: evidence only says what is, never what is not."""

import re

from obd2_analyzer.advice.clauses import sentence_span

_NEGATION = re.compile(
    r"\b(?:not|never|neither|nor|no|hardly|barely|scarcely|cannot|without|almost|nearly|\w+n['\u2019]t)\b|!=",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"\b(?:is|was|were|has|have|had)(?:n['\u2019]t|\s+(?:not|never|hardly|barely))\s+(?:been\s+)?(?:\w+ly\s+)?(?:reached|hit|seen"
    r"|measured|observed|recorded|exceeded|met|true|real|right|correct|so|the\s+case|above|below|over|under|beyond|outside)\b"
    r"|\b(?:is|are|was|were|seems?|appears?)\s+(?:wrong|false|incorrect|untrue|bogus|invented|fictitious|mistaken)\b"
    r"|\b(?:without|never|not)\s+(?:ever\s+)?(?:exceed|cross|break|leav|pass|reach|surpass)ing\b"
    r"|\b(?:no|not|un|without)[\s-]*(?:(?:a|any|clear|real)\s+)?correlat\w+|\bunrelated\b"
    r"|\b(?:limits?|thresholds?)\s+(?:is|was|were|has|have)(?:n['\u2019]t|\s+(?:not|never))\b"
    r"|\b(?:or|and)\s+(?:not|so\s+it\s+(?:seems|is\s+said)|would\s+have)\b",
    re.IGNORECASE,
)


def is_negated(text: str, position: int) -> bool:
    """Tell whether the sentence denies something before a place."""
    start, _ = sentence_span(text, position, position)
    return _NEGATION.search(text, start, position) is not None


def taken_back(text: str) -> str | None:
    """Return the words that deny, wherever they stand, what was said of a number."""
    found = _TAKEN_BACK.search(text)
    return None if found is None else found.group()

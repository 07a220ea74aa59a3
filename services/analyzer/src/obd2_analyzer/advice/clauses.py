"""The clauses of a text that claim a number or a time, and the words in them that nobody here understands."""

import re
from collections.abc import Sequence

from obd2_analyzer.advice.claims import Claim, Mention, NumberClaim, Reference
from obd2_analyzer.advice.vocabulary import VOCABULARY

_SENTENCE_END = re.compile(r"[.;!?](?=\s|$)")
_CLAUSE_END = re.compile(r"[.;:!?](?=\s|$)|,(?=\s)|[()]|\s[-\N{EN DASH}\N{EM DASH}](?=\s)")
_OPINION = re.compile(
    rf"{_CLAUSE_END.pattern}|\b(?:may|might|could|can)\s+(?:indicate|point|mean|suggest|signal|come|result)\b"
    r"|\b(?:should|must|needs?\s+to|ha(?:s|ve)\s+to|ought\s+to)\s+be\s+(?:checked|inspected|tested|replaced|cleaned"
    r"|monitored|investigated|verified|reviewed|serviced|repaired|looked|watched|examined|diagnosed|addressed)\b",
    re.IGNORECASE,
)
"""Behind a number also what it may mean and what should be done end the clause: they claim nothing."""
_PRESUMED = re.compile(
    rf"{_CLAUSE_END.pattern}|\b(?:may|might|could|can)\s+"
    r"(?:be\s+(?:why|the\s+(?:cause|reason)\s+(?:of|for|why))|explain(?:\s+why)?|have\s+(?:caused|led\s+to))\b",
    re.IGNORECASE,
)
"""Before a number a guess at its cause is a clause of its own: it takes what follows for given."""
_GRADE = re.compile(r"[A-F]")
_BEHIND_NUMBER = re.compile(r"\d\s*$")
_WORD = re.compile(r"(?<![\w'\u2019])[A-Za-z]+(?:['\u2019][A-Za-z]+)*")
_CHECK = re.compile(r"\b(?:check|see|verify|test|determine|confirm|inspect)\s+$", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['\u2019]s$")
_UNSPOKEN = re.compile(r"!=|<>|[&#]")
"""Signs that stand for a word no clause with a number may hold."""

Span = tuple[int, int]


def claiming_clauses(text: str, found: Sequence[Claim]) -> list[Span]:
    """Return where the clauses lie that claim a number or a time, each from the parameter it speaks of on."""
    return [
        (_beginning(text, claim.start, found), _end(_OPINION, text, claim.end))
        for claim in found
        if isinstance(claim, NumberClaim) or (isinstance(claim, Reference) and claim.kind == "moment")
    ]


def unknown_word(text: str, found: Sequence[Claim]) -> str | None:
    """Return the first word in a claiming clause that may change what it says, as far as is known here."""
    read = [(claim.start, claim.end) for claim in found]
    seen: set[Span] = set()
    for start, end in claiming_clauses(text, found):
        if (start, end) in seen:
            continue
        seen.add((start, end))
        sign = _UNSPOKEN.search(text, start, end)
        if sign is not None:
            return sign.group()
        for word in _WORD.finditer(text, start, end):
            is_read = any(begin <= word.start() < stop for begin, stop in read)
            if _GRADE.fullmatch(word.group()):
                if _BEHIND_NUMBER.search(text, 0, word.start()):
                    return word.group()
                continue
            plain = _POSSESSIVE.sub("", word.group()).lower()
            if not is_read and plain not in VOCABULARY and not (plain == "if" and _CHECK.search(text, 0, word.start())):
                return word.group()
    return None


def sentence_span(text: str, start: int, end: int) -> Span:
    """Return where the sentence around a place begins and ends."""
    begins = (stop.end() for stop in _SENTENCE_END.finditer(text, 0, start))
    return max(begins, default=0), _end(_SENTENCE_END, text, end)


def _beginning(text: str, start: int, found: Sequence[Claim]) -> int:
    clause = max((stop.end() for stop in _PRESUMED.finditer(text, 0, start)), default=0)
    sentence = sentence_span(text, start, start)[0]
    spoken = [claim for claim in found if isinstance(claim, Mention) and sentence <= claim.start < start]
    told = [claim.end for claim in found if isinstance(claim, NumberClaim) and claim.end <= start]
    # Parameters that stand together are spoken of together, up to the number before.
    latest = max((claim.start for claim in spoken), default=clause)
    together = [
        claim.start for claim in spoken if claim.start == latest or not any(claim.end <= end <= latest for end in told)
    ]
    return min(clause, min(together, default=clause))


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    stop = pattern.search(text, start)
    return len(text) if stop is None else stop.start()

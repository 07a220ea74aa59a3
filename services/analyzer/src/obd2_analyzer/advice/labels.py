"""Adviser about severity, rule, grade and comfort against the labels of the cited evidence."""

import re
from collections.abc import Iterator, Sequence

from obd2_analyzer.advice.claims import Mention
from obd2_analyzer.advice.clauses import sentence_span
from obd2_analyzer.advice.evidence import Evidence
from obd2_analyzer.advice.reasons import Reason
from obd2_analyzer.facts.findings import Severity

_NAMES = "|".join(severity.name for severity in Severity)
_SEVERITY = re.compile(
    rf"\b(?P<name>{_NAMES})\b"
    rf"|\b(?i:(?:severity|level|tier|status|rated|classed|classified|marked|flagged)(?:\s+(?:is|was|of|as|a|an))*\s*[:=]?\s*"
    rf"(?P<called>{_NAMES}))\b"
    rf"|\b(?i:(?:only|just|merely)\s+an?\s+(?P<mere>{_NAMES}))\b"
    rf"|\b(?i:(?P<kind>{_NAMES})(?:[\s-]+(?:level|severity|finding|tier|status|anomaly)))\b"
)
_RULE = re.compile(r"\b[Rr]ule\s+(?!out\b)(?P<rule>\w+)")
_GRADE = re.compile(
    r"\b(?:[Gg]raded?|got|gets?|earn(?:s|ed)?|scor(?:es?|ed)|rat(?:es?|ed)|deserve[sd]?|with|received)\s*[:=]?\s*"
    r"(?:of\s+|is\s+|was\s+|as\s+)?(?:an?\s+)?(?:grade\s+)?['\"(]?([A-F](?![A-Za-z'\u2019])[+-]?)"
    r"|\b(?:an?|the)\s+([A-F][+-]?)(?=[\s-]+grade\b|\s*[.,;!)]|\s*$)|\b([A-F][+-]?)[\s-]+grade\b"
)
_BAD_GRADE = re.compile(r"grade [B-F].*")
_COMFORT = re.compile(
    r"\b(?:is|are|was|were|looks?|looked|seems?|seemed|remain(?:s|ed)?|stay(?:s|ed)?|appear(?:s|ed)?|all)\s+"
    r"(?:\w+ly\s+|still\s+|quite\s+|very\s+)?(?:an?\s+)?"
    r"(?:normal|healthy|fine|good|great|acceptable|ok|okay|stable|steady|constant|unchanged|harmless|unremarkable|typical"
    r"|as\s+expected|in\s+range|improvement)\b|\b(?:excellent|perfect|flawless)\b|\ball\s+systems\s+go\b"
    r"|\b(?:with)?in\s+spec\w*\b|\b(?:with)?in\s+(?:normal|safe|healthy)\s+(?:ranges?|limits?|bounds)\b"
    r"|\bimprov(?:e[sd]?|ing|ements?)\b|\bbetter\b|,\s+(?:OK|okay|fine|as\s+(?:usual|always|normal))\b",
    re.IGNORECASE,
)
_BELITTLED = re.compile(
    r"\b(?:minor|negligible|insignificant|trivial|marginal(?:ly)?|slight(?:ly)?|mild(?:ly)?|unimportant|cosmetic|tiny)\b"
    r"|\bseverity\s+(?:is\s+|was\s+)?low\b|\blow\s+severity\b",
    re.IGNORECASE,
)
_ALARM = re.compile(
    r"\b(?:abnormal|unusual|critical|severe|excessive|extreme|dangerous|alarming)(?:ly)?\b", re.IGNORECASE
)


def unsupported_labels(
    text: str, mentions: Sequence[Mention], cited: Sequence[Evidence]
) -> Iterator[tuple[Reason, str]]:
    """Yield the words about severity, rule, grade and comfort that no cited evidence supports."""
    comfort = _COMFORT.search(text)
    if comfort is not None and any(held.fact.severity or _BAD_GRADE.fullmatch(held.fact.label) for held in cited):
        yield Reason.FALSE_COMFORT, comfort.group()
    alarm = _ALARM.search(text)
    if alarm is not None and not any(held.fact.severity or _BAD_GRADE.fullmatch(held.fact.label) for held in cited):
        yield Reason.SEVERITY, alarm.group()
    belittled = _BELITTLED.search(text)
    if belittled is not None and any(held.fact.severity >= Severity.WARNING for held in cited):
        yield Reason.FALSE_COMFORT, belittled.group()
    for found in _SEVERITY.finditer(text):
        name = (found["name"] or found["called"] or found["mere"] or found["kind"]).upper()
        labels = {label for held in _near(text, found, mentions, cited) for label in held.fact.label.split()}
        if name not in labels:
            yield Reason.SEVERITY, found.group()
    for found in _RULE.finditer(text):
        if found["rule"] not in {held.fact.rule for held in _near(text, found, mentions, cited)}:
            yield Reason.SEVERITY, found.group()
    for found in _GRADE.finditer(text):
        if f"grade {found[1] or found[2] or found[3]}" not in {held.fact.label for held in cited}:
            yield Reason.GRADE, found.group()


def _near(
    text: str, found: re.Match[str], mentions: Sequence[Mention], cited: Sequence[Evidence]
) -> Sequence[Evidence]:
    """Return the evidence of the parameters that the sentence around some words names, all where it names none."""
    start, end = sentence_span(text, found.start(), found.end())
    named = {mention.parameter for mention in mentions if start <= mention.start < end}
    return [held for held in cited if not named or named & set(held.fact.parameters)]

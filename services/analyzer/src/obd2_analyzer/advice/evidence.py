"""Evidence: facts of a drive that can be acted on, numbered so that a language model can choose among them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.rules.check import Check

ALWAYS_TOLD_FROM = Severity.ALERT
"""A finding from here on is in every answer; below, the model may think it not worth a check."""
NOTHING_FREE_FROM = Severity.WARNING
"""From here on no word of the model's own reaches anybody."""


class Kind(StrEnum):
    """What sort of fact a piece of evidence is."""

    FINDING = "finding"
    ANOMALY = "anomaly"
    TREND = "trend"
    CORRELATION = "correlation"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that may become evidence.

    Args:
        kind: what sort of fact.
        rule: the rule that found it; of another kind, the kind's name.
        signal: the parameter or trouble code it is about; two parameters of a correlation are joined by ``+``.
        severity: of a finding; what is no finding is told like a WATCH.
        category: one of the contract's seven.
        clause: what was measured, for the prompt: nothing but numbers, and names and words of ours.
        sentence: what was measured, for people; of a finding the rule's own sentence.
        checks: what may be done about it, the most likely first.
        confidence: 0 to 1.
        drive_key: the drive it is of.
        drive_started_at: when that drive began.
        document: its numbers, for storing.
    """

    kind: Kind
    rule: str
    signal: str
    severity: Severity
    category: str
    clause: str
    sentence: str
    checks: tuple[Check, ...]
    confidence: float
    drive_key: str
    drive_started_at: datetime | None = None
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes two facts of different drives the same."""
        return self.rule, self.signal

    @property
    def is_always_told(self) -> bool:
        """Tell whether it is in every answer, whatever anybody chooses."""
        return self.kind is Kind.FINDING and self.severity >= ALWAYS_TOLD_FROM

    @property
    def allows_why(self) -> bool:
        """Tell whether the model may add a sentence of its own."""
        return self.severity < NOTHING_FREE_FROM


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact with the id under which it is chosen: E1, E2 and so on."""

    id: str
    fact: Fact

    @property
    def line(self) -> str:
        """Return the evidence as a line of the prompt, with the ids of its checks."""
        fact = self.fact
        label = f"{fact.severity.name} " if fact.kind is Kind.FINDING else ""
        return f"{self.id} {label}{fact.clause} Checks: {', '.join(check.id for check in fact.checks)}"

    def to_json(self) -> dict[str, Any]:
        """Return the evidence as a JSON document, for the audit."""
        return {"id": self.id, "line": self.line, **self.fact.document}


@dataclass(frozen=True, slots=True)
class EvidencePacket:
    """The evidence of one prompt, most important first, and the clauses of the facts that found no room."""

    evidence: tuple[Evidence, ...]
    dropped: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Evidence]:
        """Walk through the evidence."""
        return iter(self.evidence)

    def find(self, evidence_id: object) -> Evidence | None:
        """Return the evidence with an id, or None."""
        return next((each for each in self.evidence if each.id == evidence_id), None)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the model chose about one fact.

    Args:
        fact: what it is about.
        category: one of the two the fact allows.
        checks: of the fact's checks, the first to do first; empty when it named none that counts.
        why: its own sentence, where the fact allows one and the filter let it pass.
    """

    fact: Fact
    category: str
    checks: tuple[Check, ...]
    why: str | None = None

"""Evidence: facts of a drive as numbered statements a language model may cite and code can check."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from obd2_common.clock import iso_z


class Kind(StrEnum):
    """What sort of fact a piece of evidence is."""

    DRIVE = "drive"
    FINDING = "finding"
    ANOMALY = "anomaly"
    TREND = "trend"
    CORRELATION = "correlation"
    STATISTIC = "statistic"


class Direction(StrEnum):
    """Which way a value went or lies from what is usual."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a fact.

    Args:
        name: its part in the fact, as in `obd2_analyzer.advice.roles`.
        value: as told, already rounded to ``decimals``.
        unit: one of `obd2_analyzer.advice.units`; empty for a number without one.
        decimals: digits behind the point.
        is_difference: a distance between two values, so that 10 °C is 18 °F and not 50 °F.
    """

    name: str
    value: float
    unit: str
    decimals: int
    is_difference: bool = False

    def __str__(self) -> str:
        """Return the quantity as the model reads it."""
        shown = f"{self.value:.{self.decimals}f}"
        glue = "" if self.unit in {"", "°"} else " "
        return f"{self.name} {shown}{glue}{self.unit}"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that may become evidence.

    Args:
        kind: what sort of fact.
        label: a short name in our own words; for a finding its severity and rule.
        parameters: canonical names of what it is about.
        quantities: its numbers; the first one is the value the fact is about.
        drives: keys of the drives it may be told of.
        direction: set when the fact says that something went or lies up or down.
        side: where its value lies from its limit or from what is usual; None when it has neither.
        started_at: when it began, None when it belongs to the whole drive.
        ended_at: when it ended.
        rule: the rule that found it; None for anything but a finding.
        severity: 1 (watch) to 5 (stop) of a finding or anomaly, else 0.
    """

    kind: Kind
    label: str
    parameters: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    drives: tuple[str, ...]
    direction: Direction | None = None
    side: Direction | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    rule: str | None = None
    severity: int = 0

    def line(self, *, names_drive: bool = False) -> str:
        """Return the fact as one line of the prompt.

        Args:
            names_drive: whether to say which drive it belongs to.
        """
        parts = [self.kind.value, *(["drive " + self.drives[0]] if names_drive and self.drives else []), self.label]
        if self.parameters:
            parts.append(" and ".join(self.parameters))
        if self.direction is not None:
            parts.append(f"direction {self.direction.value}")
        parts.extend(str(quantity) for quantity in self.quantities)
        if self.started_at is not None:
            parts.append(_period(self.started_at, self.ended_at, with_day=self.kind is Kind.DRIVE))
        return "; ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact with the id under which it is cited: E1, E2 and so on."""

    id: str
    fact: Fact
    line: str

    def to_json(self) -> dict[str, Any]:
        """Return the evidence as a JSON document, for storing."""
        fact = self.fact
        return {
            "id": self.id,
            "kind": fact.kind.value,
            "label": fact.label,
            "parameters": list(fact.parameters),
            "drives": list(fact.drives),
            "direction": None if fact.direction is None else fact.direction.value,
            "quantities": [asdict(quantity) for quantity in fact.quantities],
            "startedAt": None if fact.started_at is None else iso_z(fact.started_at),
            "endedAt": None if fact.ended_at is None else iso_z(fact.ended_at),
            "rule": fact.rule,
            "severity": fact.severity,
            "line": self.line,
        }


@dataclass(frozen=True, slots=True)
class EvidencePacket:
    """The evidence of one prompt, most important first, and the lines of the facts that found no room."""

    evidence: tuple[Evidence, ...]
    dropped: tuple[str, ...] = ()
    token_estimate: int = 0

    def __iter__(self) -> Iterator[Evidence]:
        """Walk through the evidence."""
        return iter(self.evidence)

    def find(self, evidence_id: str) -> Evidence | None:
        """Return the evidence with an id, or None."""
        return next((held for held in self.evidence if held.id == evidence_id), None)

    @property
    def drives(self) -> frozenset[str]:
        """Return the keys of all drives the packet speaks of."""
        return frozenset(drive for held in self.evidence for drive in held.fact.drives)

    def lines(self) -> Sequence[str]:
        """Return the numbered lines of the prompt."""
        return [f"{held.id}: {held.line}" for held in self.evidence]


def _period(started_at: datetime, ended_at: datetime | None, *, with_day: bool) -> str:
    start = f"{started_at:%Y-%m-%d %H:%M:%S}" if with_day else f"{started_at:%H:%M:%S}"
    return f"at {start}" if ended_at is None else f"from {start} to {ended_at:%H:%M:%S}"

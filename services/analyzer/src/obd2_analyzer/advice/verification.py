"""Every item of a reply against the evidence: what is not on offer is dropped, what is left becomes a choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from obd2_analyzer.advice import why
from obd2_analyzer.advice.audit import ItemVerdict
from obd2_analyzer.advice.evidence import Choice, Evidence, EvidencePacket
from obd2_analyzer.advice.prompt import MAXIMUM_CHECKS, MAXIMUM_ITEMS, categories_of
from obd2_analyzer.rules.check import Check

_DETAIL_LENGTH = 80


class Reason(StrEnum):
    """Why an item of a reply was refused."""

    NOT_AN_OBJECT = "not_an_object"
    NO_EVIDENCE = "no_evidence"
    TOO_MANY = "too_many"
    REPEATED = "repeated_in_reply"


@dataclass(slots=True)
class _Read:
    """What is left of one item, and what of it was dropped."""

    choices: list[Choice] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def drop(self, part: str, value: object) -> None:
        self.dropped.append(f"{part}: {value}"[:_DETAIL_LENGTH])


def verify(items: Sequence[Any], packet: EvidencePacket) -> tuple[tuple[Choice, ...], tuple[ItemVerdict, ...]]:
    """Read every item of a reply.

    An item that names evidence of ours is accepted, whatever else is wrong with it: what is wrong is dropped. Without
    any evidence of ours, behind the last item that counts, or about what was chosen before, it is refused.

    Returns:
        The choices in the order of the reply, one per piece of evidence, and one verdict per item.
    """
    chosen: dict[tuple[str, str], Choice] = {}
    verdicts: list[ItemVerdict] = []
    for position, item in enumerate(items):
        read = _Read()
        reason, detail = _read_item(position, item, packet, read)
        new = [choice for choice in read.choices if choice.fact.key not in chosen]
        if reason is None and not new:
            reason, detail = Reason.REPEATED, read.choices[0].fact.signal
        if reason is None:
            chosen |= {choice.fact.key: choice for choice in new}
        verdicts.append(
            ItemVerdict(
                position,
                item,
                is_accepted=reason is None,
                reason=None if reason is None else reason.value,
                detail=None if detail is None else detail[:_DETAIL_LENGTH],
                dropped=tuple(read.dropped),
            )
        )
    return tuple(chosen.values()), tuple(verdicts)


def _read_item(position: int, item: Any, packet: EvidencePacket, read: _Read) -> tuple[Reason | None, str | None]:  # noqa: ANN401 - any JSON
    if position >= MAXIMUM_ITEMS:
        return Reason.TOO_MANY, None
    if not isinstance(item, Mapping):
        return Reason.NOT_AN_OBJECT, type(item).__name__
    named = _as_list(item.get("evidence"))
    known = [evidence for evidence in map(packet.find, named) if evidence is not None]
    if not known:
        return Reason.NO_EVIDENCE, str(item.get("evidence"))
    for evidence_id in named:
        if packet.find(evidence_id) is None:
            read.drop("evidence", evidence_id)
    checks = _checks(item.get("checks"), known, read)
    for evidence in known:
        own = tuple(check for check in checks if check in evidence.fact.checks)[:MAXIMUM_CHECKS]
        category = _category(item.get("category"), evidence, read)
        read.choices.append(Choice(evidence.fact, category, own, _why(item.get("why"), evidence, read)))
    return None, None


def _checks(named: object, known: Sequence[Evidence], read: _Read) -> list[Check]:
    """Return the checks an item names and one of its pieces of evidence allows, each once."""
    allowed = {check.id: check for evidence in known for check in evidence.fact.checks}
    found: dict[str, Check] = {}
    for check_id in _as_list(named):
        if isinstance(check_id, str) and check_id in allowed:
            found[check_id] = allowed[check_id]
        else:
            read.drop("check", check_id)
    return list(found.values())


def _category(named: object, evidence: Evidence, read: _Read) -> str:
    if isinstance(named, str) and named in categories_of(evidence.fact):
        return named
    read.drop("category", named)
    return evidence.fact.category


def _why(text: object, evidence: Evidence, read: _Read) -> str | None:
    if text is None or text == "":
        return None
    refused = why.refusal(text) if evidence.fact.allows_why else (why.WhyReason.NOT_WANTED, evidence.fact.severity.name)
    if refused is None:
        return str(text)
    read.drop(f"why {refused[0].value}", refused[1])
    return None


def _as_list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]

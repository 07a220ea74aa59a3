"""Every item of a reply against the evidence it cites: what does not match is refused, with the reason."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from obd2_analyzer.advice import topics
from obd2_analyzer.advice.audit import ItemVerdict
from obd2_analyzer.advice.evidence import Evidence, EvidencePacket, Kind
from obd2_analyzer.advice.prompt import CATEGORIES, MAXIMUM_CITATIONS, MAXIMUM_ITEMS, MAXIMUM_TEXT
from obd2_analyzer.advice.reasons import Reason
from obd2_analyzer.advice.sentence import unsupported_claim


@dataclass(frozen=True, slots=True)
class CheckedItem:
    """An item that stood up to its evidence; ``evidence`` is what its text really uses."""

    rank: int
    category: str
    recommendation: str
    confidence: float
    evidence: tuple[Evidence, ...]


class _RefusedError(Exception):
    def __init__(self, reason: Reason, detail: str | None = None) -> None:
        super().__init__(reason.value)
        self.reason, self.detail = reason, detail


_KEYS = ("rank", "category", "recommendation", "confidence", "evidence")
_ANYWHERE = frozenset({"Diagnostic", "Baseline", "Mechanical"})
_PARAMETERS_OF = {
    "Cooling": frozenset({"COOLANT_TEMP", "INTAKE_TEMP"}),
    "Electrical": frozenset({"BATTERY_V", "O2_B1S1", "O2_BANK1_SENSOR2_V", "MIL_ON"}),
    "Fueling": frozenset({"LONG_FUEL_TRIM_1", "SHORT_FUEL_TRIM_1", "O2_B1S1", "O2_BANK1_SENSOR2_V", "MAF"}),
    "Boost": frozenset({"INTAKE_TEMP", "MAF", "BAROMETRIC_KPA"}),
}
_CONFIDENCE_OF_SEVERITY = (0.5, 0.6, 0.75, 0.7, 0.85, 0.95)
_DETAIL_LENGTH = 80
_SPACE = re.compile(r"\s+")


def verify(items: Sequence[Any], packet: EvidencePacket) -> tuple[tuple[CheckedItem, ...], tuple[ItemVerdict, ...]]:
    """Check every item of a reply.

    Returns:
        The items that may be told, in the order of their ranks, and one verdict per item.
    """
    accepted: list[CheckedItem] = []
    verdicts: list[ItemVerdict] = []
    told: set[str] = set()
    for position, item in enumerate(items):
        try:
            if position >= MAXIMUM_ITEMS:
                raise _RefusedError(Reason.TOO_MANY)  # noqa: TRY301 - every refusal goes the same way
            checked = check_item(item, packet)
            words = checked.recommendation.casefold()
            if words in told:
                raise _RefusedError(Reason.REPEATED)  # noqa: TRY301
        except _RefusedError as refused:
            detail = refused.detail[:_DETAIL_LENGTH] if refused.detail else None
            verdicts.append(ItemVerdict(position, item, is_accepted=False, reason=refused.reason.value, detail=detail))
            continue
        told.add(words)
        accepted.append(checked)
        verdicts.append(ItemVerdict(position, item, is_accepted=True))
    return tuple(sorted(accepted, key=lambda checked: checked.rank)), tuple(verdicts)


def check_item(item: Any, packet: EvidencePacket) -> CheckedItem:  # noqa: ANN401 - any JSON a model may write
    """Check one item of a reply."""
    if not isinstance(item, Mapping):
        raise _RefusedError(Reason.NOT_AN_OBJECT)
    for name in _KEYS:
        if name not in item:
            raise _RefusedError(Reason.MISSING_KEY, name)
    rank = _rank(item["rank"])
    category = _category(item["category"])
    confidence = _number(item["confidence"])
    text = _text(item["recommendation"])
    cited = _cited(item["evidence"], packet)
    found = topics.forbidden(text)
    if found is not None:
        raise _RefusedError(*found)
    outcome = unsupported_claim(text, cited)
    if outcome.reason is not None:
        raise _RefusedError(outcome.reason, outcome.detail)
    used = tuple(held for held in cited if held.id in outcome.used)
    if not used:
        raise _RefusedError(Reason.NO_NUMBER)
    _check_category(category, used)
    return CheckedItem(rank, category, text, min(max(confidence, 0.0), confidence_limit(used)), used)


def confidence_limit(used: Sequence[Evidence]) -> float:
    """Return how sure a recommendation may be at most with this evidence behind it."""
    severity = max((held.fact.severity for held in used if held.fact.kind is Kind.FINDING), default=0)
    is_anomalous = any(held.fact.severity for held in used)
    return max(_CONFIDENCE_OF_SEVERITY[severity], _CONFIDENCE_OF_SEVERITY[1] if is_anomalous else 0.0)


def _rank(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _RefusedError(Reason.BAD_RANK, str(value))
    return value


def _category(value: object) -> str:
    if not isinstance(value, str) or value not in CATEGORIES:
        raise _RefusedError(Reason.BAD_CATEGORY, str(value))
    return value


def _check_category(category: str, used: Sequence[Evidence]) -> None:
    parameters = {name for held in used for name in held.fact.parameters}
    if category not in _ANYWHERE and not parameters & _PARAMETERS_OF[category]:
        raise _RefusedError(Reason.CATEGORY_MISMATCH, category)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _RefusedError(Reason.BAD_CONFIDENCE, str(value))
    try:
        number = float(value)
    except OverflowError:
        raise _RefusedError(Reason.BAD_CONFIDENCE) from None
    if not math.isfinite(number):
        raise _RefusedError(Reason.BAD_CONFIDENCE, str(value))
    return number


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _RefusedError(Reason.EMPTY_TEXT)
    text = _SPACE.sub(" ", value).strip()
    if len(text) > MAXIMUM_TEXT:
        raise _RefusedError(Reason.TOO_LONG, str(len(text)))
    return text


def _cited(value: object, packet: EvidencePacket) -> tuple[Evidence, ...]:
    if not isinstance(value, list) or not value:
        raise _RefusedError(Reason.NO_EVIDENCE)
    if len(value) > MAXIMUM_CITATIONS:
        raise _RefusedError(Reason.TOO_MANY_CITATIONS, str(len(value)))
    cited: dict[str, Evidence] = {}
    for name in value:
        held = packet.find(name) if isinstance(name, str) else None
        if held is None:
            raise _RefusedError(Reason.UNKNOWN_EVIDENCE, str(name))
        cited[held.id] = held
    return tuple(cited.values())

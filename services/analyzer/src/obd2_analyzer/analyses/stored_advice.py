"""Recommendations as they are stored, whether the rules or the language model made them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from obd2_analyzer.advice.adviser import ModelRecommendation
from obd2_analyzer.advice.from_rules import Recommendation
from obd2_analyzer.facts.findings import Finding
from obd2_analyzer.repository.facts import without_infinities
from obd2_common.clock import iso_z


@dataclass(frozen=True, slots=True)
class Advice:
    """One recommendation as it is stored, whoever made it."""

    category: str
    confidence: float
    recommendation: str
    evidence: Sequence[dict[str, Any]]
    is_duplicate_of: str | None = None


def advice_by_rule(held: Recommendation) -> Advice:
    """Return a recommendation of the rules; its evidence is the finding."""
    return Advice(held.category, held.confidence, held.recommendation, [_evidence(held.finding)])


def advice_in_words(held: ModelRecommendation) -> Advice:
    """Return a recommendation of the language model; its evidence is what it cites."""
    evidence = [cited.to_json() for cited in held.evidence]
    earlier = held.duplicate_of
    told = None if earlier is None else f"{earlier.analysis_id}/{earlier.rank}"
    return Advice(held.category, held.confidence, held.recommendation, evidence, told)


def mark_repeated(advice: Sequence[Advice], told: Mapping[str, str]) -> list[Advice]:
    """Mark advice that was given in the same words before, and put it behind the rest.

    Args:
        advice: best first.
        told: recommendation -> ``<analysis id>/<rank>`` under which it was given.
    """
    marked = [
        replace(held, is_duplicate_of=told.get(held.recommendation)) if held.is_duplicate_of is None else held
        for held in advice
    ]
    return sorted(marked, key=lambda held: held.is_duplicate_of is not None)


def advice_columns(advice: Iterable[Advice]) -> list[dict[str, Any]]:
    """Return the rows of ``recommendations``, ranked from 1, without the analysis id."""
    return [
        {
            "rank": rank,
            "category": held.category,
            "confidence": held.confidence,
            "recommendation": held.recommendation,
            "evidence": without_infinities(list(held.evidence)),
            "is_duplicate_of": held.is_duplicate_of,
        }
        for rank, held in enumerate(advice, start=1)
    ]


def _evidence(finding: Finding) -> dict[str, Any]:
    document = {
        "rule": finding.rule,
        "severity": finding.severity.name,
        "signal": finding.signal,
        "value": finding.value,
        "unit": finding.unit,
        "threshold": finding.threshold,
        "startedAt": _written(finding.started_at),
        "endedAt": _written(finding.ended_at),
        "durationSeconds": finding.duration_seconds,
        "details": dict(finding.details),
    }
    safe: dict[str, Any] = without_infinities(document)
    return safe


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else iso_z(moment)

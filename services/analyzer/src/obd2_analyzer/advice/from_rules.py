"""Findings put as recommendations: what the server answers when no language model does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from obd2_analyzer.facts.findings import Finding, Severity
from obd2_analyzer.facts.parameters import canonical_name
from obd2_analyzer.grade import GradeLimits, finding_points
from obd2_analyzer.rules import RULES, rules_in_focus

MAXIMUM_RECOMMENDATIONS = 5

_CONFIDENCE = {
    Severity.WATCH: 0.5,
    Severity.ALERT: 0.7,
    Severity.INVESTIGATE: 0.6,
    Severity.WARNING: 0.8,
    Severity.STOP: 0.9,
}
_DEFAULT_BASELINE_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommendation; ``rank`` 1 comes first, ``confidence`` is 0 to 1."""

    rank: int
    category: str
    recommendation: str
    confidence: float
    finding: Finding


def recommend(
    findings: Iterable[Finding], limits: GradeLimits, focus_areas: Sequence[str] = ()
) -> tuple[Recommendation, ...]:
    """Put the findings that matter most as recommendations, one per rule.

    Args:
        findings: of one or several drives.
        limits: what each finding costs.
        focus_areas: words of `FOCUS_WORDS`, in any case. What lies in one of them comes first, behind any STOP only;
            areas nobody knows are passed over.
    """
    focused = rules_in_focus(focus_areas)

    def place(found: Finding) -> tuple[bool, bool, int, float, str]:
        is_stop = found.severity is Severity.STOP
        return not is_stop, found.rule not in focused, -found.severity, -finding_points(found, limits), found.rule

    worst_of_rule: dict[str, Finding] = {}
    for found in sorted(findings, key=place):
        worst_of_rule.setdefault(found.rule, found)
    chosen = list(worst_of_rule.values())[:MAXIMUM_RECOMMENDATIONS]
    return tuple(
        Recommendation(rank, RULES[found.rule].category, found.sentence, _confidence(found), found)
        for rank, found in enumerate(chosen, start=1)
    )


def of_parameters(findings: Iterable[Finding], parameters: Sequence[str]) -> list[Finding]:
    """Keep the findings of some parameters, named in any spelling; no names mean all."""
    wanted = {canonical_name(name) for name in parameters}
    return [found for found in findings if not wanted or found.signal in wanted]


def _confidence(finding: Finding) -> float:
    is_guess = finding.details.get("baseline") == "default"
    confidence = _CONFIDENCE[finding.severity]
    return min(confidence, _DEFAULT_BASELINE_CONFIDENCE) if is_guess else confidence

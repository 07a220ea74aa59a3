"""Counts what was found, missed and wrongly said, and holds it against the targets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.evaluation.cases import CLEAR_FROM, RULES_OF
from bench.evaluation.judging import Verdict
from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.quality import FLAG_CLOCK
from obd2_cli.simulate import FaultName


@dataclass(frozen=True, slots=True)
class FaultScore:
    """How one fault fares at one severity."""

    fault: FaultName
    severity: float
    drives: int
    found: int
    severities: str

    @property
    def recall(self) -> float:
        """Return the share of the drives with the fault in which it was found."""
        return self.found / self.drives

    @property
    def is_met(self) -> bool:
        """Tell whether a fault that is beyond doubt was always found; others have no target."""
        return self.severity < CLEAR_FROM or self.found == self.drives


@dataclass(frozen=True, slots=True)
class RuleScore:
    """How often a rule spoke, and how often its fault was there."""

    rule: str
    spoke: int
    right: int
    wrong_above_watch: int

    @property
    def precision(self) -> float | None:
        """Return the share of the rule's findings that were right; None when it never spoke."""
        return self.right / self.spoke if self.spoke else None


@dataclass(frozen=True, slots=True)
class HealthyScore:
    """What healthy drives of one kind were accused of."""

    kind: str
    drives: int
    watches: int
    above_watch: int


def fault_scores(verdicts: Sequence[Verdict]) -> list[FaultScore]:
    """Return recall per fault of the car and severity."""
    groups: dict[tuple[FaultName, float], list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.case.fault in RULES_OF:
            groups.setdefault((verdict.case.fault, verdict.case.severity), []).append(verdict)
    return [_fault_score(name, severity, group) for (name, severity), group in sorted(groups.items())]


def rule_scores(verdicts: Sequence[Verdict]) -> list[RuleScore]:
    """Return precision per rule over every drive judged, healthy and faulty."""
    said = [
        (finding.rule, finding.severity, finding.rule in _expected(verdict))
        for verdict in verdicts
        for finding in verdict.facts.findings
    ]
    rules = {rule for rule, _, _ in said} | {rule for rules in RULES_OF.values() for rule in rules}
    scores = []
    for rule in sorted(rules):
        own = [(severity, is_right) for name, severity, is_right in said if name == rule]
        wrong = [severity for severity, is_right in own if not is_right and severity > Severity.WATCH]
        scores.append(RuleScore(rule, len(own), sum(is_right for _, is_right in own), len(wrong)))
    return scores


def healthy_scores(verdicts: Iterable[Verdict]) -> list[HealthyScore]:
    """Return what drives without anything wrong were accused of, by kind."""
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.case.fault is None:
            groups.setdefault(str(verdict.case.plan.kind), []).append(verdict)
    scores = []
    for kind, group in sorted(groups.items()):
        severities = [finding.severity for verdict in group for finding in verdict.facts.findings]
        above = sum(severity > Severity.WATCH for severity in severities)
        scores.append(HealthyScore(kind, len(group), len(severities) - above, above))
    return scores


def data_scores(verdicts: Sequence[Verdict]) -> list[FaultScore]:
    """Return how often what is wrong with a drive's data was seen for what it is, and nobody was accused for it."""
    groups: dict[tuple[FaultName, float], list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.case.fault is not None and verdict.case.fault not in RULES_OF:
            groups.setdefault((verdict.case.fault, verdict.case.severity), []).append(verdict)
    return [
        FaultScore(name, severity, len(group), sum(_is_understood(verdict) for verdict in group), "")
        for (name, severity), group in sorted(groups.items())
    ]


def _fault_score(name: FaultName, severity: float, group: list[Verdict]) -> FaultScore:
    found = [
        max((finding.severity for finding in verdict.facts.findings if finding.rule in RULES_OF[name]), default=None)
        for verdict in group
    ]
    named = [level for level in found if level is not None]
    told = ", ".join(f"{level.name} {named.count(level)}" for level in sorted(set(named), reverse=True))
    return FaultScore(name, severity, len(group), len(named), told)


def _expected(verdict: Verdict) -> frozenset[str]:
    fault = verdict.case.fault
    if fault is None:
        return frozenset()
    codes = frozenset({"trouble_codes"}) if verdict.facts.trouble_codes else frozenset()
    return RULES_OF.get(fault, frozenset()) | codes


def _is_understood(verdict: Verdict) -> bool:
    if any(finding.severity > Severity.WATCH for finding in verdict.facts.findings):
        return False
    has_clock_flag = FLAG_CLOCK in verdict.facts.quality.flags
    match verdict.case.fault:
        case FaultName.CLOCK_JUMP:
            return has_clock_flag
        case FaultName.OVERLAPPING_DRIVES:
            return verdict.overlaps
        case FaultName.PRE_MINT:
            return verdict.premint_row_count > 0 and verdict.facts.quality.flags == ()
        case _:
            return verdict.facts.quality.flags == () and verdict.facts.grade is not None

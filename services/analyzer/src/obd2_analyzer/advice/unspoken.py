"""Findings that no recommendation speaks of, though they must be told."""

from obd2_analyzer.advice.adviser import AdviceTask
from obd2_analyzer.advice.evidence import Kind
from obd2_analyzer.advice.verification import CheckedItem
from obd2_analyzer.facts.findings import Finding, Severity

SPOKEN_FROM = Severity.ALERT
"""A finding from here on is told in any case; below, the model may think it not worth a word."""


def unspoken_findings(task: AdviceTask, accepted: tuple[CheckedItem, ...]) -> tuple[Finding, ...]:
    """Return the findings that must be told and that no accepted item cites, worst first."""
    cited = {
        (held.fact.drives, held.fact.rule, held.fact.started_at)
        for checked in accepted
        for held in checked.evidence
        if held.fact.kind is Kind.FINDING
    }
    unspoken = [
        finding
        for subject in task.subjects
        for finding in subject.facts.findings
        if finding.severity >= SPOKEN_FROM
        and not any(
            rule == finding.rule
            and started_at == finding.started_at
            and subject.drive_key in (drives or (subject.drive_key,))
            for drives, rule, started_at in cited
        )
    ]
    return tuple(sorted(unspoken, key=lambda finding: (-finding.severity, finding.rule)))

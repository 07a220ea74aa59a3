"""A check: one reviewed thing a person can do about a finding."""

from dataclasses import dataclass

from obd2_analyzer.facts.findings import Severity


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of the catalogue of checks.

    Args:
        id: stable name a reply and the stored advice refer to, such as ``coolant.level``.
        text: the whole instruction as one sentence, with when it is safe to do.
        severity: the least severity of a finding it is told for.
    """

    id: str
    text: str
    severity: Severity = Severity.WATCH

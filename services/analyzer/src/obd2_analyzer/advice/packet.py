"""The evidence packet of a task: the most important facts, numbered, within a budget of tokens."""

from collections.abc import Sequence

from obd2_analyzer.advice.adviser import AdviceTask, DriveSubject
from obd2_analyzer.advice.evidence import Evidence, EvidencePacket, Fact, Kind
from obd2_analyzer.advice.fact_sheet import TOLD_PARAMETERS, drive_facts_told
from obd2_analyzer.advice.tokens import token_estimate
from obd2_analyzer.facts.parameters import canonical_name
from obd2_analyzer.rules import rules_in_focus

MAXIMUM_EVIDENCE = 40
STOP = 5
_KIND_ORDER = {kind: place for place, kind in enumerate(Kind)}
_LINE_OVERHEAD = 6
"""Tokens of the id before a line and the newline behind it."""


def evidence_packet(task: AdviceTask, budget_tokens: int) -> EvidencePacket:
    """Choose and number the evidence of a task.

    Drives come first, then findings, anomalies, trends, correlations and statistics; within a kind what is severe, then
    what was asked for, then what comes first in its drive, the newest drive leading. The first fact that does not fit
    and all behind it are left out.

    Args:
        task: the facts and what is asked of them.
        budget_tokens: what the lines may take together.
    """
    names_drives = len(task.subjects) > 1
    chosen: list[Evidence] = []
    dropped: list[str] = []
    used = 0
    for fact in _ordered(task):
        line = fact.line(names_drive=names_drives)
        cost = token_estimate(line) + _LINE_OVERHEAD
        if dropped or used + cost > budget_tokens or len(chosen) == MAXIMUM_EVIDENCE:
            dropped.append(line)
            continue
        used += cost
        chosen.append(Evidence(f"E{len(chosen) + 1}", fact, line))
    return EvidencePacket(tuple(chosen), tuple(dropped), used)


def asked_parameters(names: Sequence[str]) -> frozenset[str]:
    """Return the parameters a prompt may name out of those somebody asked for."""
    return frozenset(canonical_name(name) for name in names) & TOLD_PARAMETERS


def _ordered(task: AdviceTask) -> list[Fact]:
    wanted = asked_parameters(task.parameters)
    focused = rules_in_focus(task.focus_areas)
    told = [fact for subject in reversed(task.subjects) for fact in _of_subject(subject)]
    if task.parameters:
        told = [fact for fact in told if not fact.parameters or wanted & set(fact.parameters)]

    def place(fact: Fact) -> tuple[int, bool, bool, int]:
        is_stop = fact.severity == STOP
        return _KIND_ORDER[fact.kind], not is_stop, fact.rule not in focused, -fact.severity

    return sorted(told, key=place)


def _of_subject(subject: DriveSubject) -> list[Fact]:
    return drive_facts_told(subject.drive_key, subject.facts)

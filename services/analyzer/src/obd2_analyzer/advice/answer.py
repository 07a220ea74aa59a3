"""The recommendations of an answer: what must be told first, then what the model or, without it, the rules add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from obd2_analyzer.advice.adviser import AdviceTask
from obd2_analyzer.advice.evidence import NOTHING_FREE_FROM, Choice, Fact, Kind
from obd2_analyzer.advice.fact_sheet import facts_of_task
from obd2_analyzer.advice.rendering import recommendation_text
from obd2_analyzer.rules.check import Check

MAXIMUM_RECOMMENDATIONS = 5
DEFAULT_CHECKS = 2
"""How many of a fact's checks are told when nobody chose among them."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommendation, as it is stored.

    Args:
        rule, signal: what it is about, see `obd2_analyzer.advice.evidence.Fact`.
        severity: of the finding; None for what is no finding.
        category: one of the contract's seven.
        confidence: 0 to 1.
        text: what was measured, what to do, and since when the same is seen.
        evidence: the facts it rests on, as JSON documents.
        drive_started_at: when the drive it is about began.
        first_seen_at: when the first drive that showed the same began; None while unknown.
        occurrences: on how many drives the same was seen, this one included.
    """

    rule: str
    signal: str
    severity: str | None
    category: str
    confidence: float
    text: str
    evidence: tuple[Mapping[str, Any], ...]
    drive_started_at: datetime | None = None
    first_seen_at: datetime | None = None
    occurrences: int = 1


def recommendations(task: AdviceTask, choices: Sequence[Choice] | None) -> tuple[Recommendation, ...]:
    """Return at most five recommendations, the most important first.

    Findings from ALERT up come first, the worst leading, each in its rule's own sentence, whatever was chosen. Behind
    them stands what the model chose, in its order; without a model, the milder findings. Where more than five must be
    told, the last recommendation tells all that are left.

    Args:
        task: the facts.
        choices: what the model chose, None when it was not heard.
    """
    facts = facts_of_task(task)
    chosen = {choice.fact.key: choice for choice in choices or ()}
    told = [fact for fact in facts if fact.is_always_told]
    if choices is None:
        milder = [fact for fact in facts if fact.kind is Kind.FINDING and not fact.is_always_told]
    else:
        milder = [choice.fact for choice in chosen.values() if not choice.fact.is_always_told]
    drives = _drives_by_key(task)
    names_drives = len(task.subjects) > 1
    said: set[Check] = set()
    made = [_made(fact, chosen.get(fact.key), drives[fact.key], said, names_drive=names_drives) for fact in told]
    made = _within(made, MAXIMUM_RECOMMENDATIONS)
    for fact in milder[: MAXIMUM_RECOMMENDATIONS - len(made)]:
        made.append(_made(fact, chosen.get(fact.key), drives[fact.key], said, names_drive=names_drives))
    return tuple(made)


def _made(
    fact: Fact, choice: Choice | None, drive_starts: Sequence[datetime | None], said: set[Check], *, names_drive: bool
) -> Recommendation:
    checks = _checks(fact, choice, said)
    said.update(checks)
    starts = [start for start in drive_starts if start is not None]
    is_numbered = fact.drive_key.isascii() and fact.drive_key.isdecimal()
    sentence = f"Drive {fact.drive_key}: {fact.sentence}" if names_drive and is_numbered else fact.sentence
    return Recommendation(
        rule=fact.rule,
        signal=fact.signal,
        severity=fact.severity.name if fact.kind is Kind.FINDING else None,
        category=fact.category if choice is None else choice.category,
        confidence=fact.confidence,
        text=recommendation_text(sentence, why=None if choice is None else choice.why, checks=checks),
        evidence=(fact.document,),
        drive_started_at=fact.drive_started_at,
        first_seen_at=min(starts, default=None),
        occurrences=len(drive_starts),
    )


def _checks(fact: Fact, choice: Choice | None, said: set[Check]) -> tuple[Check, ...]:
    """Return the checks to tell: what was chosen, else the first ones; where it is severe, the first in any case.

    What the answer has said already is not said again, as beside a hot engine the code for a hot engine would, unless
    nothing else is left to do.
    """
    new = tuple(check for check in fact.checks if check not in said)
    demanded = fact.checks[:1] if fact.severity >= NOTHING_FREE_FROM else ()
    picked = choice.checks if choice is not None and choice.checks else new[:DEFAULT_CHECKS]
    return (
        tuple(check for check in dict.fromkeys((*demanded, *picked)) if check not in said) or new[:1] or fact.checks[:1]
    )


def _drives_by_key(task: AdviceTask) -> dict[tuple[str, str], list[datetime | None]]:
    """Return the starts of the task's drives that show each fact."""
    drives: dict[tuple[str, str], list[datetime | None]] = {}
    for subject in task.subjects:
        for fact in facts_of_task(replace(task, subjects=(subject,))):
            drives.setdefault(fact.key, []).append(fact.drive_started_at)
    return drives


def _within(made: list[Recommendation], most: int) -> list[Recommendation]:
    """Let the last recommendation that finds room tell all that find none."""
    if len(made) <= most:
        return made
    kept, rest = made[: most - 1], made[most - 1 :]
    last = replace(
        rest[0],
        text=" ".join(each.text for each in rest),
        evidence=tuple(document for each in rest for document in each.evidence),
    )
    return [*kept, last]

"""A rule as one record: how it judges, by which limits, and what a person can do about what it finds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from obd2_analyzer.facts.findings import Finding
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.readings import Series
from obd2_analyzer.facts.signals import DriveSignals
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase

L = TypeVar("L", bound=Limits)


class Category(StrEnum):
    """What a recommendation is about."""

    COOLING = "Cooling"
    FUELING = "Fueling"
    BOOST = "Boost"
    ELECTRICAL = "Electrical"
    MECHANICAL = "Mechanical"
    DIAGNOSTIC = "Diagnostic"
    BASELINE = "Baseline"


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A rule's answer when the drive does not show what it would have to see; the reason is in plain words."""

    reason: str


Verdict = tuple[Finding, ...] | NotJudged
"""What a rule found, nothing when all is fine, or why it could not judge."""

Scopes = Mapping[tuple[str, str], Series]
"""(parameter, scope) to the samples whose statistics are kept for later drives."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule(Generic[L]):
    """Everything that is known about one rule.

    Args:
        name: stable name, and the section of its limits in an operator's file.
        title: what is judged, in plain words.
        about: when it finds something and how severe that is, in plain words for owners.
        category: of the recommendations its findings become.
        focus: words of a request that ask for this rule, in lower case.
        parameters: what it reads from the car, the judged one first.
        weight: how much its findings count in the grade.
        limits: its numbers as shipped.
        judge: the pure function that judges a drive by limits.
        checks: what a person can do about a finding, the most likely first.
        is_weighty: a drive in which no weighty rule could judge gets no grade.
        scopes: the samples whose statistics it compares with those of earlier drives.
    """

    name: str
    title: str
    about: str
    category: Category
    focus: frozenset[str]
    parameters: tuple[str, ...]
    weight: float
    limits: L
    judge: Callable[[DriveCase, L], Verdict]
    checks: tuple[Check, ...]
    is_weighty: bool = False
    scopes: Callable[[DriveSignals, L], Scopes] = lambda _signals, _limits: {}


AnyRule = Rule[Any]


def single(finding: Finding | None) -> tuple[Finding, ...]:
    """Return a rule's only finding, if there is one."""
    return () if finding is None else (finding,)

"""What the worker and the language model part say to each other: the seam between facts and words.

The worker calls `Words.preflight` before it claims a job, so that a model that cannot be had burns no attempt, then
`Words.comment` with the facts. Either gives back values; nothing that Ollama does is raised.
"""

from dataclasses import dataclass
from typing import Protocol

from obd2_analyzer.advice.audit import CallRecord
from obd2_analyzer.advice.evidence import Evidence
from obd2_analyzer.drive_facts import DriveFacts
from obd2_analyzer.facts.findings import Finding
from obd2_analyzer.ollama.errors import FailureKind


@dataclass(frozen=True, slots=True)
class DriveSubject:
    """One drive to speak of; ``drive_key`` as in the table of drives."""

    drive_key: str
    facts: DriveFacts


@dataclass(frozen=True, slots=True)
class EarlierRecommendation:
    """A recommendation this device already got for another drive."""

    analysis_id: str
    rank: int
    category: str
    recommendation: str


@dataclass(frozen=True, slots=True)
class AdviceTask:
    """What to find words for.

    Args:
        subjects: the drives, newest last; one for a drive, several for a window.
        parameters: only facts of these; any spelling, empty means all.
        focus_areas: what the asker cares about most; names nobody knows are passed over.
        earlier: recommendations of the device's other drives, newest first; a few dozen are plenty.
        timeout_seconds: how long the model may take from its call, or from now on where a client waits.
        is_awaited: whether a client waits. A load that takes longer than that goes on for the next task.
    """

    subjects: tuple[DriveSubject, ...]
    parameters: tuple[str, ...] = ()
    focus_areas: tuple[str, ...] = ()
    earlier: tuple[EarlierRecommendation, ...] = ()
    timeout_seconds: float = 1800.0
    is_awaited: bool = False


@dataclass(frozen=True, slots=True)
class ModelRecommendation:
    """A recommendation every number of which was checked.

    Args:
        rank: 1 comes first.
        category: one of the contract's seven.
        recommendation: the model's sentence.
        confidence: 0 to 1, at most what its evidence bears.
        evidence: what it cites.
        duplicate_of: the earlier recommendation it repeats, or None; duplicates rank last.
    """

    rank: int
    category: str
    recommendation: str
    confidence: float
    evidence: tuple[Evidence, ...]
    duplicate_of: EarlierRecommendation | None = None


@dataclass(frozen=True, slots=True)
class AdviceAnswer:
    """The model's verified words.

    Args:
        recommendations: best first; empty for a drive there is nothing to say about.
        unspoken: findings that must not be swallowed and that no recommendation cites, worst first. The worker says
            them by rule, before anything else.
        record: the call, for storing.
    """

    recommendations: tuple[ModelRecommendation, ...]
    unspoken: tuple[Finding, ...]
    record: CallRecord


@dataclass(frozen=True, slots=True)
class AdviceFailure:
    """No words.

    Args:
        kind: what to make of it.
        detail: what happened, for people; without paths and row content.
        record: the call, when there was one.
    """

    kind: FailureKind
    detail: str
    record: CallRecord | None = None


@dataclass(frozen=True, slots=True)
class ModelState:
    """What is known of the model, for heartbeat and logs."""

    base_url: str
    model: str
    is_reachable: bool
    is_present: bool
    digest: str | None = None
    detail: str | None = None


class Adviser(Protocol):
    """Puts facts into words; called from worker threads, one call at a time is served."""

    def preflight(self) -> AdviceFailure | None:
        """Tell why the model cannot be asked now, or None; takes seconds at most and loads nothing."""
        ...

    def advise(self, task: AdviceTask) -> AdviceAnswer | AdviceFailure:
        """Find verified words for facts; blocks until the model has answered or failed."""
        ...

    def state(self) -> ModelState:
        """Return what the last look at the server showed, without asking it."""
        ...

    def identity(self) -> tuple[str, str]:
        """Return the version of the prompt and the name of the model: who would speak."""
        ...

    def close(self) -> None:
        """Break off what is running and let go of connections."""
        ...

"""What the worker and the language model's side say to each other: facts in, checked choices or a failure out.

The worker calls `Adviser.preflight` before it claims a job, so that a model that cannot be had burns no attempt, then
`Adviser.advise` with the facts. Either gives back values; nothing that Ollama does is raised.
"""

from dataclasses import dataclass
from typing import Protocol

from obd2_analyzer.advice.audit import CallRecord
from obd2_analyzer.advice.evidence import Choice
from obd2_analyzer.drive_facts import DriveFacts
from obd2_analyzer.ollama.errors import FailureKind


@dataclass(frozen=True, slots=True)
class DriveSubject:
    """One drive to advise on; ``drive_key`` as in the table of drives."""

    drive_key: str
    facts: DriveFacts


@dataclass(frozen=True, slots=True)
class AdviceTask:
    """What to advise on.

    Args:
        subjects: the drives, newest last; one for a drive, several for a window.
        parameters: what is milder than an ALERT only of these; any spelling, empty means all.
        focus_areas: what the owner cares about most; names nobody knows are passed over.
        timeout_seconds: how long the model may take from its call, or from now on where a client waits.
        is_awaited: whether a client waits. A load that takes longer than that goes on for the next task.
    """

    subjects: tuple[DriveSubject, ...]
    parameters: tuple[str, ...] = ()
    focus_areas: tuple[str, ...] = ()
    timeout_seconds: float = 1800.0
    is_awaited: bool = False


@dataclass(frozen=True, slots=True)
class AdviceAnswer:
    """What the model chose, the most important first.

    Args:
        choices: at most one per piece of evidence; empty when nothing is worth a check.
        record: the call, for storing; None when there was no evidence to choose from and the model was not asked.
    """

    choices: tuple[Choice, ...]
    record: CallRecord | None


@dataclass(frozen=True, slots=True)
class AdviceFailure:
    """No answer of the model.

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
    """Chooses what to check; called from worker threads, one call at a time is served."""

    def preflight(self) -> AdviceFailure | None:
        """Tell why the model cannot be asked now, or None; takes seconds at most and loads nothing."""
        ...

    def advise(self, task: AdviceTask) -> AdviceAnswer | AdviceFailure:
        """Let the model choose from the evidence of a task; blocks until it has answered or failed."""
        ...

    def state(self) -> ModelState:
        """Return what the last look at the server showed, without asking it."""
        ...

    def identity(self) -> tuple[str, str]:
        """Return the version of the prompt and the name of the model: who would answer."""
        ...

    def close(self) -> None:
        """Break off what is running and let go of connections."""
        ...

"""Asking the language model about subjects: what it is told, and how long it may take."""

from collections.abc import Sequence
from datetime import datetime

from obd2_analyzer.advice.adviser import (
    AdviceAnswer,
    AdviceFailure,
    AdviceTask,
    Adviser,
    DriveSubject,
    EarlierRecommendation,
)
from obd2_analyzer.analyses.requested_drives import Subject
from obd2_analyzer.context import Workbench
from obd2_analyzer.drive_facts import DriveFacts
from obd2_analyzer.ollama.errors import FailureKind
from obd2_analyzer.repository import analyses as analyses_repository
from obd2_common.jobs.analysis import AnalysisRequest
from obd2_common.jobs.claims import REASON_REQUEST, Claim

ANSWER_SECONDS = 5.0
"""What is kept of an asker's patience for storing the answer and handing it over."""
SHORTEST_BUDGET_SECONDS = 1.0
NO_MODEL = AdviceFailure(FailureKind.UNAVAILABLE, "Ollama unavailable")


def ask_for_advice(
    bench: Workbench, held: Claim, request: AnalysisRequest, subjects: Sequence[Subject], facts: Sequence[DriveFacts]
) -> AdviceAnswer | AdviceFailure:
    """Let the model comment on facts, if it can be had."""
    refusal = model_refusal(bench.adviser)
    if refusal is not None or bench.adviser is None:
        return refusal or NO_MODEL
    drives = zip(subjects, facts, strict=True)
    task = AdviceTask(
        subjects=tuple(DriveSubject(subject.drive_key, known) for subject, known in drives),
        parameters=request.parameters,
        focus_areas=request.focus_areas,
        earlier=_earlier(bench, request, subjects),
        budget_seconds=budget_seconds(held, bench.clock(), bench.patience_seconds),
    )
    return bench.adviser.advise(task)


def model_refusal(adviser: Adviser | None) -> AdviceFailure | None:
    """Tell why the model cannot be asked now, None when it can."""
    return NO_MODEL if adviser is None else adviser.preflight()


def is_requested(held: Claim) -> bool:
    """Tell whether somebody asked, so that somebody may wait."""
    return held.reason == REASON_REQUEST


def budget_seconds(held: Claim, now: datetime, patience_seconds: float) -> float | None:
    """Return how long the model may take, None when nobody waits any more or ever did."""
    if not is_requested(held):
        return None
    left = patience_seconds - (now - held.created_at).total_seconds()
    return None if left <= 0 else max(left - ANSWER_SECONDS, SHORTEST_BUDGET_SECONDS)


def _earlier(
    bench: Workbench, request: AnalysisRequest, subjects: Sequence[Subject]
) -> tuple[EarlierRecommendation, ...]:
    device = request.source_device
    if device is None:
        return ()
    is_drive = request.window_started_at is None and len(subjects) == 1
    spoken_of = (subjects[0].source, subjects[0].drive_key) if is_drive else None
    return bench.database.read(
        lambda session: analyses_repository.earlier_recommendations(session, device, except_drive=spoken_of)
    )

"""Asking the language model about drives: what it is told of them and of earlier advice."""

from collections.abc import Sequence

from obd2_analyzer.advice.adviser import (
    AdviceAnswer,
    AdviceFailure,
    AdviceTask,
    Adviser,
    DriveSubject,
    EarlierRecommendation,
)
from obd2_analyzer.analyses.requested_drives import Subject
from obd2_analyzer.analyses.time_limits import is_awaited, model_timeout_seconds
from obd2_analyzer.context import Context
from obd2_analyzer.drive_facts import DriveFacts
from obd2_analyzer.ollama.errors import FailureKind
from obd2_analyzer.repository import analyses as analyses_repository
from obd2_common.jobs.analysis import AnalysisRequest
from obd2_common.jobs.claims import Claim

NO_MODEL = AdviceFailure(FailureKind.UNAVAILABLE, "Ollama unavailable")


def ask_for_advice(
    context: Context, claim: Claim, request: AnalysisRequest, subjects: Sequence[Subject], facts: Sequence[DriveFacts]
) -> AdviceAnswer | AdviceFailure:
    """Let the model comment on facts, if it can be had."""
    refusal = model_refusal(context.adviser)
    if refusal is not None or context.adviser is None:
        return refusal or NO_MODEL
    drives = zip(subjects, facts, strict=True)
    task = AdviceTask(
        subjects=tuple(DriveSubject(subject.drive_key, known) for subject, known in drives),
        parameters=request.parameters,
        focus_areas=request.focus_areas,
        earlier=_earlier(context, request, subjects),
        timeout_seconds=model_timeout_seconds(claim, context.limits, now=context.clock()),
        is_awaited=is_awaited(claim),
    )
    return context.adviser.advise(task)


def model_refusal(adviser: Adviser | None) -> AdviceFailure | None:
    """Tell why the model cannot be asked now, None when it can."""
    return NO_MODEL if adviser is None else adviser.preflight()


def _earlier(
    context: Context, request: AnalysisRequest, subjects: Sequence[Subject]
) -> tuple[EarlierRecommendation, ...]:
    device = request.source_device
    if device is None:
        return ()
    is_drive = request.window_started_at is None and len(subjects) == 1
    spoken_of = (subjects[0].source, subjects[0].drive_key) if is_drive else None
    return context.database.read(
        lambda session: analyses_repository.earlier_recommendations(session, device, except_drive=spoken_of)
    )

"""Asking the language model about drives."""

from collections.abc import Sequence
from dataclasses import replace

from obd2_analyzer.advice.adviser import AdviceAnswer, AdviceFailure, Adviser
from obd2_analyzer.advice.fact_sheet import facts_of_task
from obd2_analyzer.analyses.requested_drives import Subject, advice_task
from obd2_analyzer.analyses.time_limits import is_awaited, model_timeout_seconds
from obd2_analyzer.context import Context
from obd2_analyzer.drive_facts import DriveFacts
from obd2_analyzer.ollama.errors import FailureKind
from obd2_common.jobs.analysis import AnalysisRequest
from obd2_common.jobs.claims import Claim

NO_MODEL = AdviceFailure(FailureKind.UNAVAILABLE, "Ollama unavailable")


def ask_for_advice(
    context: Context, claim: Claim, request: AnalysisRequest, subjects: Sequence[Subject], facts: Sequence[DriveFacts]
) -> AdviceAnswer | AdviceFailure:
    """Let the model choose from the facts, if it can be had."""
    if context.adviser is None:
        return NO_MODEL
    task = advice_task(request, subjects, facts)
    if not request.require_llm and not facts_of_task(task):
        return AdviceAnswer((), None)  # nothing to choose from, so nothing to wait for either
    refusal = context.adviser.preflight()
    if refusal is not None:
        return refusal
    timeout_seconds = model_timeout_seconds(claim, context.limits, now=context.clock())
    return context.adviser.advise(replace(task, timeout_seconds=timeout_seconds, is_awaited=is_awaited(claim)))


def model_refusal(adviser: Adviser | None) -> AdviceFailure | None:
    """Tell why the model cannot be asked now, None when it can."""
    return NO_MODEL if adviser is None else adviser.preflight()

"""The job that answers an analysis: facts from the rows as they are now, advice from the rules or the model."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from obd2_analyzer.advice.adviser import AdviceAnswer, AdviceFailure
from obd2_analyzer.analyses.interim_answer import (
    finish_as_answered,
    interim_id,
    interim_result,
    postponement,
    still_waits,
)
from obd2_analyzer.analyses.model_call import ask_for_advice
from obd2_analyzer.analyses.outcome import Answer, answer_from_rules, answer_with_model, answer_without_data
from obd2_analyzer.analyses.reanalysis import is_answered
from obd2_analyzer.analyses.requested_drives import Subject, load_subjects
from obd2_analyzer.analyses.stored_advice import store_answer
from obd2_analyzer.analyses.time_limits import is_too_late, next_try_at
from obd2_analyzer.context import Context
from obd2_analyzer.drive_facts import DriveFacts, drive_facts, facts_digest, overlapped
from obd2_analyzer.ollama.errors import FailureKind
from obd2_analyzer.repository import analyses as analyses_repository
from obd2_analyzer.repository import model_calls
from obd2_common.jobs import claims as jobs_repository
from obd2_common.jobs.analysis import ID_PREFIX, AnalysisRequest, AnalysisResult, Outcome, analysis_id_of
from obd2_common.jobs.claims import Claim, Postponement
from obd2_common.jobs.queue import REASON_ASYNC_REQUEST, REASON_REQUEST, REQUEST_REASONS

log = structlog.get_logger(__name__)

STATUS_OF = {Outcome.ANSWERED: "ok", Outcome.NO_DATA: "no_data"}
STATUS_FAILED = "failed"


def answer_analysis(context: Context, claim: Claim) -> None:
    """Answer the job's request, store the answer and finish the job. Nothing but the run's own record is written.

    Where no client waits and the model cannot be had or needs too long, the rules' answer is stored at once, and the
    job goes back to the queue until the model's answer replaces it or the tries are used up.

    Raises:
        LeaseLostError: another worker has taken the job over.
        DatabaseUnavailableError: the database went away.
    """
    created_at = context.clock()
    if is_too_late(claim, context.limits, now=created_at):
        # Its client has gone, but may come back for the answer; those who still wait must not wait for it.
        context.database.run(
            lambda session: jobs_repository.leave_to_others(session, claim, reason=REASON_ASYNC_REQUEST, now=created_at)
        )
        return
    if still_waits(context, claim):
        return
    request = AnalysisRequest.from_payload(claim.payload)
    subjects = context.database.read(lambda session: load_subjects(session, request, context.operator.sections))
    facts = [_facts(subject) for subject in subjects]
    if claim.reason not in REQUEST_REASONS and _is_answered(context, subjects, facts):
        finish_as_answered(context, claim)
        return
    record = _record(claim, request, subjects, facts, created_at)
    answer = answer_without_data(request, subjects)
    if answer is not None:
        _store(context, claim, answer, record)
        return
    advised = ask_for_advice(context, claim, request, subjects, facts)
    if isinstance(advised, AdviceAnswer):
        _store(
            context, claim, answer_with_model(request, subjects, facts, advised, context.operator.thresholds), record
        )
        return
    wait = _wait(context, claim, request, advised)
    if wait is not None and (request.require_llm or advised.kind is FailureKind.STOPPED):
        now = context.clock()
        context.database.run(lambda session: jobs_repository.postpone(session, claim, wait, now=now))
        return
    _store(
        context, claim, answer_from_rules(request, subjects, facts, advised, context.operator.thresholds), record, wait
    )


def _wait(context: Context, claim: Claim, request: AnalysisRequest, failure: AdviceFailure) -> Postponement | None:
    """Return how the job waits for the model, None when it does not."""
    if context.adviser is None:
        return None
    due_at = next_try_at(claim, failure, now=context.clock(), require_llm=request.require_llm)
    return None if due_at is None else postponement(claim.previous_result, failure, due_at)


def _store(
    context: Context, claim: Claim, answer: Answer, record: dict[str, Any], wait: Postponement | None = None
) -> None:
    """Store an answer and finish its job, or have it wait for the model's, which will replace this one."""
    finished_at = context.clock()
    replaced_id = interim_id(claim)
    analysis_id = replaced_id or _new_id(claim)
    record |= {
        "analysis_id": analysis_id,
        "status": STATUS_OF.get(answer.outcome, STATUS_FAILED),
        "engine": answer.engine,
        "model": answer.model,
        "message": answer.message if wait is None else f"{answer.message}, until the model answers: {wait.waits_for}",
        "finished_at": finished_at,
        "processing_time_ms": round((finished_at - record["created_at"]).total_seconds() * 1000),
    }
    result = AnalysisResult(answer.outcome, analysis_id, answer.detail).to_json()

    def store(session: Session) -> None:
        if replaced_id is not None:
            analyses_repository.remove_analysis(session, replaced_id)
        store_answer(session, record, answer.advice)
        if replaced_id is not None:
            analyses_repository.point_repeats_anew(session, replaced_id)
        if answer.call is not None:
            model_calls.store_call(session, analysis_id, answer.call)
        if wait is None:
            jobs_repository.finish(session, claim, result=result, now=finished_at)
        else:
            waiting = replace(wait, result=interim_result(claim, result, now=finished_at))
            jobs_repository.postpone(session, claim, waiting, now=finished_at)

    context.database.run(store)
    log.info(
        "analysis_answered",
        analysis_id=analysis_id,
        trigger=record["trigger"],
        outcome=answer.outcome.value,
        engine=answer.engine,
        recommendations=len(answer.advice),
        waits_for_model=wait is not None,
    )


def _new_id(claim: Claim) -> str:
    """Return the id of an answer: the one whoever asked was told, unless it is taken by an earlier run."""
    if claim.reason in REQUEST_REASONS and not claim.previous_result:
        return analysis_id_of(claim.job_id)
    return f"{ID_PREFIX}{uuid.uuid4().hex[:16]}"


def _is_answered(context: Context, subjects: Sequence[Subject], facts: Sequence[DriveFacts]) -> bool:
    adviser = context.adviser
    if adviser is None or len(subjects) != 1:
        return False
    return context.database.read(lambda session: is_answered(session, subjects[0], facts[0], adviser))


def _facts(subject: Subject) -> DriveFacts:
    facts = drive_facts(subject.readings, subject.around, subject.thresholds)
    return overlapped(facts) if subject.is_overlapping else facts


def _record(
    claim: Claim,
    request: AnalysisRequest,
    subjects: Sequence[Subject],
    facts: Sequence[DriveFacts],
    created_at: datetime,
) -> dict[str, Any]:
    """Say what was analysed and why; a digest belongs to exactly one drive."""
    epochs = {subject.source.source_epoch for subject in subjects}
    is_drive = request.window_started_at is None
    drive_key = request.drive_key or (None if request.drive_id is None else str(request.drive_id))
    return {
        "job_id": claim.job_id,
        "trigger": REASON_REQUEST if claim.reason in REQUEST_REASONS else claim.reason or REASON_REQUEST,
        "request": claim.payload,
        "created_at": created_at,
        "source_device": request.source_device,
        "source_epoch": request.source_epoch or (epochs.pop() if len(epochs) == 1 else None),
        "drive_key": drive_key if is_drive else None,
        "window_started_at": request.window_started_at,
        "window_ended_at": request.window_ended_at,
        "facts_digest": facts_digest(facts[0]) if is_drive and len(facts) == 1 else None,
    }

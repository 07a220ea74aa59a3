"""The job that answers an analysis: facts from the rows as they are now, recommendations from rules or words."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlmodel import Session

from obd2_analyzer.advice.adviser import AdviceAnswer, AdviceFailure
from obd2_analyzer.analyses.model_call import ask_for_advice, is_requested, model_refusal
from obd2_analyzer.analyses.outcome import Answer, answer_from_rules, answer_with_model, answer_without_data
from obd2_analyzer.analyses.requested_drives import Subject, load_subjects
from obd2_analyzer.analyses.stored_advice import Advice, advice_columns, mark_repeated
from obd2_analyzer.context import Context
from obd2_analyzer.drive_facts import DriveFacts, drive_facts, facts_digest, overlapped
from obd2_analyzer.repository import analyses as analyses_repository
from obd2_analyzer.repository import model_calls
from obd2_analyzer.repository.rows import Source
from obd2_common.clock import iso_z
from obd2_common.jobs import claims as jobs_repository
from obd2_common.jobs.analysis import ID_PREFIX, AnalysisRequest, AnalysisResult, Outcome, analysis_id_of
from obd2_common.jobs.claims import Claim
from obd2_common.jobs.queue import REASON_REQUEST

log = structlog.get_logger(__name__)

STATUS_OF = {Outcome.ANSWERED: "ok", Outcome.NO_DATA: "no_data"}
STATUS_FAILED = "failed"

WAITS_SINCE, WAITS_WITH = "waitsForModelSince", "waitsWithRevision"
RETRY_MODEL_AFTER = timedelta(minutes=10)
WAIT_FOR_MODEL = timedelta(days=7)
"""How long a drive that was answered by rule waits for the model to come back; nobody reads old news."""


def answer_analysis(context: Context, claim: Claim) -> None:
    """Answer the job's request, store the answer and finish the job. Nothing but the run's own record is written.

    A drive that nobody asked about gets the rules' answer at once when the model cannot be had, and its job waits for
    the model without using up attempts.

    Raises:
        LeaseLostError: another worker has taken the job over.
        DatabaseUnavailableError: the database went away.
    """
    if _still_waits(context, claim):
        return
    created_at = context.clock()
    request = AnalysisRequest.from_payload(claim.payload)
    subjects = context.database.read(lambda session: load_subjects(session, request, context.thresholds))
    facts = [_facts(subject, context) for subject in subjects]
    if not is_requested(claim) and _is_answered(context, subjects, facts):
        _finish(context, claim)
        return
    spoken: AdviceAnswer | AdviceFailure | None = None
    answer = answer_without_data(request, subjects)
    if answer is None:
        spoken = ask_for_advice(context, claim, request, subjects, facts)
        if isinstance(spoken, AdviceAnswer):
            answer = answer_with_model(request, facts, spoken, context.thresholds)
        else:
            answer = answer_from_rules(request, facts, spoken, context.thresholds)
    _store(context, claim, answer, _record(claim, request, subjects, facts, created_at), spoken)


def _store(
    context: Context,
    claim: Claim,
    answer: Answer,
    record: dict[str, Any],
    spoken: AdviceAnswer | AdviceFailure | None,
) -> None:
    finished_at = context.clock()
    analysis_id = _analysis_id(claim)
    record |= {
        "analysis_id": analysis_id,
        "status": STATUS_OF.get(answer.outcome, STATUS_FAILED),
        "engine": answer.engine,
        "model": answer.model,
        "message": answer.message,
        "finished_at": finished_at,
        "processing_time_ms": round((finished_at - record["created_at"]).total_seconds() * 1000),
    }
    result = AnalysisResult(answer.outcome, analysis_id, answer.detail).to_json()
    waits_for = _waits_for(context, claim, spoken)

    def store(session: Session) -> None:
        analyses_repository.store_analysis(session, record, advice_columns(_unrepeated(session, record, answer)))
        if answer.call is not None:
            model_calls.store_call(session, analysis_id, answer.call)
        if waits_for is None:
            jobs_repository.finish(session, claim, result=result, now=finished_at)
        else:
            waiting = {**result, WAITS_SINCE: iso_z(finished_at), WAITS_WITH: claim.revision}
            _postpone(session, claim, waiting, waits_for, now=finished_at)

    context.database.run(store)
    log.info(
        "analysis_answered",
        analysis_id=analysis_id,
        trigger=record["trigger"],
        outcome=answer.outcome.value,
        engine=answer.engine,
        recommendations=len(answer.advice),
        waits_for_model=waits_for is not None,
    )


def _unrepeated(session: Session, record: dict[str, Any], answer: Answer) -> Sequence[Advice]:
    """Return an answer's advice, marked where its drive was told the same in the same words before."""
    if record["drive_key"] is None or not answer.advice:
        return answer.advice
    source = Source(record["source_device"], record["source_epoch"])
    return mark_repeated(answer.advice, analyses_repository.told_of_drive(session, source, record["drive_key"]))


def _analysis_id(claim: Claim) -> str:
    """Return the id of the answer: the one whoever asked was told, unless it is taken by an earlier run."""
    if is_requested(claim) and not claim.previous_result:
        return analysis_id_of(claim.job_id)
    return f"{ID_PREFIX}{uuid.uuid4().hex[:16]}"


def _still_waits(context: Context, claim: Claim) -> bool:
    """Send a job back that was answered by rule and whose model is still away; tell whether it was sent back."""
    since, revision = claim.previous_result.get(WAITS_SINCE), claim.previous_result.get(WAITS_WITH)
    if since is None or revision != claim.revision:
        return False  # never answered, or about other facts
    refusal = model_refusal(context.adviser)
    if refusal is None:
        return False
    now = context.clock()
    if now - datetime.fromisoformat(since) > WAIT_FOR_MODEL:
        _finish(context, claim)
        return True
    context.database.run(lambda session: _postpone(session, claim, claim.previous_result, refusal.detail, now=now))
    return True


def _waits_for(context: Context, claim: Claim, spoken: AdviceAnswer | AdviceFailure | None) -> str | None:
    """Return what a job waits for before it is tried again, None when it is done."""
    if not isinstance(spoken, AdviceFailure) or context.adviser is None or is_requested(claim):
        return None
    return spoken.detail if spoken.kind.burns_no_attempt else None


def _postpone(session: Session, claim: Claim, result: dict[str, Any], reason: str, *, now: datetime) -> None:
    due_at = now + RETRY_MODEL_AFTER
    jobs_repository.postpone(session, claim, result=result, reason=reason, due_at=due_at, now=now)


def _finish(context: Context, claim: Claim) -> None:
    """Finish a job whose last answer stays."""
    now = context.clock()
    result = {name: value for name, value in claim.previous_result.items() if name not in {WAITS_SINCE, WAITS_WITH}}
    context.database.run(lambda session: jobs_repository.finish(session, claim, result=result, now=now))


def _is_answered(context: Context, subjects: Sequence[Subject], facts: Sequence[DriveFacts]) -> bool:
    """Tell whether the model has spoken about exactly these facts before."""
    if context.adviser is None or len(subjects) != 1:
        return False
    subject, digest, asked = subjects[0], facts_digest(facts[0]), context.adviser.identity()
    return context.database.read(
        lambda session: model_calls.has_answer(
            session, subject.source, subject.drive_key, facts_digest=digest, asked=asked
        )
    )


def _facts(subject: Subject, context: Context) -> DriveFacts:
    facts = drive_facts(subject.readings, subject.around, context.thresholds)
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
        "trigger": claim.reason or REASON_REQUEST,
        "request": claim.payload,
        "created_at": created_at,
        "source_device": request.source_device,
        "source_epoch": request.source_epoch or (epochs.pop() if len(epochs) == 1 else None),
        "drive_key": drive_key if is_drive else None,
        "window_started_at": request.window_started_at,
        "window_ended_at": request.window_ended_at,
        "facts_digest": facts_digest(facts[0]) if is_drive and len(facts) == 1 else None,
    }

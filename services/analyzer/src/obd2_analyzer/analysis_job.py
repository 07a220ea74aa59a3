"""The job that answers an analysis: facts from the rows as they are now, recommendations from rules or words."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from obd2_analyzer.facts import DriveFacts, drive_facts, facts_digest, overlapped
from obd2_analyzer.findings import Finding
from obd2_analyzer.parameters import canonical_name
from obd2_analyzer.readings import Readings
from obd2_analyzer.recommendations import MAXIMUM_RECOMMENDATIONS, Recommendation, of_parameters, recommend
from obd2_analyzer.repository import analyses as analyses_repository
from obd2_analyzer.repository import jobs as jobs_repository
from obd2_analyzer.repository.facts import without_infinities
from obd2_analyzer.repository.jobs import Claim
from obd2_analyzer.subjects import Subject, load_subjects
from obd2_analyzer.words.dialogue import (
    DriveSubject,
    FailureKind,
    WordsAnswer,
    WordsFailure,
    WordsRecommendation,
    WordsTask,
)
from obd2_analyzer.workbench import Workbench
from obd2_common.analysis_jobs import AnalysisRequest, AnalysisResult, Outcome
from obd2_common.clock import iso_z

log = structlog.get_logger(__name__)

EARLIER_RECOMMENDATIONS = 36
ENGINE_RULES = "rules"
ENGINE_LLM = "llm"
STATUS_OF = {Outcome.ANSWERED: "ok", Outcome.NO_DATA: "no_data"}
STATUS_FAILED = "failed"


OUTCOME_OF = {
    FailureKind.UNAVAILABLE: Outcome.OLLAMA_UNAVAILABLE,
    FailureKind.MODEL_MISSING: Outcome.OLLAMA_UNAVAILABLE,
    FailureKind.ERROR: Outcome.LLM_ERROR,
    FailureKind.NOTHING_SURVIVED: Outcome.LLM_ERROR,
    FailureKind.TIMEOUT: Outcome.LLM_TIMEOUT,
}
NO_MODEL = WordsFailure(FailureKind.UNAVAILABLE, "Ollama unavailable")


@dataclass(frozen=True, slots=True)
class Advice:
    """One recommendation as it is stored, whoever made it."""

    category: str
    confidence: float
    recommendation: str
    evidence: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """How an analysis ended and what it says."""

    outcome: Outcome
    message: str
    engine: str | None = None
    model: str | None = None
    advice: Sequence[Advice] = ()
    detail: str | None = None


def answer_analysis(bench: Workbench, held: Claim) -> None:
    """Answer the job's request, store the answer and finish the job. Nothing but the run's own record is written.

    Raises:
        LeaseLostError: another worker has taken the job over.
        DatabaseUnavailableError: the database went away.
    """
    created_at = bench.clock()
    request = AnalysisRequest.from_payload(held.payload)
    subjects = bench.database.read(lambda session: load_subjects(session, request, bench.thresholds))
    facts = [_facts(subject, bench) for subject in subjects]
    answer = _answer(bench, request, subjects, facts)
    analysis_id = f"an-{uuid.uuid4().hex[:16]}"
    finished_at = bench.clock()
    record = {
        "analysis_id": analysis_id,
        "job_id": held.job_id,
        **_subject_columns(request, subjects, facts),
        "trigger": held.reason or "request",
        "request": held.payload,
        "status": STATUS_OF.get(answer.outcome, STATUS_FAILED),
        "engine": answer.engine,
        "model": answer.model,
        "message": answer.message,
        "created_at": created_at,
        "finished_at": finished_at,
        "processing_time_ms": round((finished_at - created_at).total_seconds() * 1000),
    }
    result = AnalysisResult(answer.outcome, analysis_id, answer.detail).to_json()

    def store(session: Session) -> None:
        ranked = [_advice_columns(rank, advice) for rank, advice in enumerate(answer.advice, start=1)]
        analyses_repository.store_analysis(session, record, ranked)
        jobs_repository.finish(session, held, result=result, now=finished_at)

    bench.database.run(store)
    log.info(
        "analysis_answered",
        analysis_id=analysis_id,
        trigger=record["trigger"],
        outcome=answer.outcome.value,
        engine=answer.engine,
        recommendations=len(answer.advice),
    )


def _answer(
    bench: Workbench, request: AnalysisRequest, subjects: Sequence[Subject], facts: Sequence[DriveFacts]
) -> Answer:
    missing = _what_is_missing(request, subjects)
    if missing is not None:
        return Answer(Outcome.NO_DATA, missing, ENGINE_RULES)
    spoken = _words(bench, request, subjects, facts)
    if isinstance(spoken, WordsAnswer):
        return _in_words(bench, request, spoken, facts)
    if request.require_llm:
        return Answer(OUTCOME_OF[spoken.kind], spoken.detail, detail=spoken.detail)
    return _by_rules(bench, request, facts)


def _words(
    bench: Workbench, request: AnalysisRequest, subjects: Sequence[Subject], facts: Sequence[DriveFacts]
) -> WordsAnswer | WordsFailure:
    if bench.words is None:
        return NO_MODEL
    failure = bench.words.preflight()
    if failure is not None:
        return failure
    drives = zip(subjects, facts, strict=True)
    earlier = bench.database.read(
        lambda session: analyses_repository.earlier_recommendations(
            session, request.source_device or "", subjects[-1].drive_key, limit=EARLIER_RECOMMENDATIONS
        )
    )
    task = WordsTask(
        tuple(DriveSubject(subject.drive_key, held) for subject, held in drives),
        request.parameters,
        request.focus_areas,
        tuple(earlier),
    )
    return bench.words.comment(task)


def _in_words(bench: Workbench, request: AnalysisRequest, spoken: WordsAnswer, facts: Sequence[DriveFacts]) -> Answer:
    """Say by rule what the model left out though it must be said, then what the model says."""
    unspoken = recommend(of_parameters(spoken.unspoken, request.parameters), bench.thresholds.grade)
    advice = [*map(_ruled, unspoken), *map(_spoken, spoken.recommendations)][:MAXIMUM_RECOMMENDATIONS]
    model = spoken.record.model
    message = f"{_counted(advice)} from {model}{_caution(bench, facts)}"
    return Answer(Outcome.ANSWERED, message, ENGINE_LLM, model, advice)


def _by_rules(bench: Workbench, request: AnalysisRequest, facts: Sequence[DriveFacts]) -> Answer:
    findings = of_parameters((found for held in facts for found in held.findings), request.parameters)
    chosen = recommend(findings, bench.thresholds.grade, request.focus_areas)
    advice = [_ruled(held) for held in chosen]
    message = f"{_counted(advice)} from the rules{_caution(bench, facts)}"
    return Answer(Outcome.ANSWERED, message, ENGINE_RULES, advice=advice)


def _what_is_missing(request: AnalysisRequest, subjects: Sequence[Subject]) -> str | None:
    """Say why there is nothing to analyse, None when there is something."""
    place = "this window" if request.window_started_at is not None else "this drive"
    if not any(subject.readings.valid.any() for subject in subjects):
        return f"No data in {place}"
    wanted = sorted({canonical_name(name) for name in request.parameters})
    if wanted and not any(_has(subject.readings, name) for subject in subjects for name in wanted):
        return f"No data for {', '.join(wanted)} in {place}"
    return None


def _has(readings: Readings, parameter: str) -> bool:
    return bool((readings.parameters.equals(parameter) & readings.valid).any())


def _facts(subject: Subject, bench: Workbench) -> DriveFacts:
    facts = drive_facts(subject.readings, subject.around, bench.thresholds)
    return overlapped(facts) if subject.is_overlapping else facts


def _counted(advice: Sequence[Advice]) -> str:
    if not advice:
        return "No recommendation"
    return "1 recommendation" if len(advice) == 1 else f"{len(advice)} recommendations"


def _caution(bench: Workbench, facts: Sequence[DriveFacts]) -> str:
    """Say so while there are too few earlier drives for baselines to speak."""
    wanted = bench.thresholds.history.minimum_drives
    known = min((held.prior_drive_count for held in facts), default=0)
    return "" if known >= wanted else f" (early baseline: {known} of {wanted} earlier drives)"


def _ruled(held: Recommendation) -> Advice:
    return Advice(held.category, held.confidence, held.recommendation, [_evidence(held.finding)])


def _spoken(held: WordsRecommendation) -> Advice:
    evidence = [cited.to_json() for cited in held.evidence]
    return Advice(held.category, held.confidence, held.recommendation, evidence)


def _evidence(finding: Finding) -> dict[str, Any]:
    document = {
        "rule": finding.rule,
        "severity": finding.severity.name,
        "signal": finding.signal,
        "value": finding.value,
        "unit": finding.unit,
        "threshold": finding.threshold,
        "startedAt": _written(finding.started_at),
        "endedAt": _written(finding.ended_at),
        "durationSeconds": finding.duration_seconds,
        "details": dict(finding.details),
    }
    safe: dict[str, Any] = without_infinities(document)
    return safe


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else iso_z(moment)


def _advice_columns(rank: int, advice: Advice) -> dict[str, Any]:
    return {
        "rank": rank,
        "category": advice.category,
        "confidence": advice.confidence,
        "recommendation": advice.recommendation,
        "evidence": without_infinities(list(advice.evidence)),
    }


def _subject_columns(
    request: AnalysisRequest, subjects: Sequence[Subject], facts: Sequence[DriveFacts]
) -> dict[str, Any]:
    """Say what was analysed; a digest belongs to exactly one drive."""
    epochs = {subject.source.source_epoch for subject in subjects}
    is_drive = request.window_started_at is None
    drive_key = request.drive_key or (None if request.drive_id is None else str(request.drive_id))
    return {
        "source_device": request.source_device,
        "source_epoch": request.source_epoch or (epochs.pop() if len(epochs) == 1 else None),
        "drive_key": drive_key if is_drive else None,
        "window_started_at": request.window_started_at,
        "window_ended_at": request.window_ended_at,
        "facts_digest": facts_digest(facts[0]) if is_drive and len(facts) == 1 else None,
    }

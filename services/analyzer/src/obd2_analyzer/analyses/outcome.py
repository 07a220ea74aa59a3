"""What an analysis says and how it ended: with the model's choices, from the rules alone, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from obd2_analyzer.advice.adviser import AdviceAnswer, AdviceFailure
from obd2_analyzer.advice.answer import Recommendation, recommendations
from obd2_analyzer.advice.audit import CallRecord
from obd2_analyzer.analyses.requested_drives import Subject, advice_task
from obd2_analyzer.drive_facts import DriveFacts
from obd2_analyzer.facts.parameters import canonical_name
from obd2_analyzer.facts.readings import Readings
from obd2_analyzer.ollama.errors import FailureKind
from obd2_analyzer.thresholds import Thresholds
from obd2_common.jobs.analysis import AnalysisRequest, Outcome

ENGINE_RULES = "rules"
ENGINE_LLM = "llm"

OUTCOME_OF = {
    FailureKind.UNAVAILABLE: Outcome.OLLAMA_UNAVAILABLE,
    FailureKind.MODEL_MISSING: Outcome.MODEL_MISSING,
    FailureKind.ERROR: Outcome.LLM_ERROR,
    FailureKind.NOTHING_SURVIVED: Outcome.LLM_ERROR,
    FailureKind.TIMEOUT: Outcome.LLM_TIMEOUT,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """How an analysis ended and what it says; ``call`` is the model's, when it was asked."""

    outcome: Outcome
    message: str
    engine: str | None = None
    model: str | None = None
    advice: Sequence[Recommendation] = ()
    detail: str | None = None
    call: CallRecord | None = None


def answer_from_rules(
    request: AnalysisRequest,
    subjects: Sequence[Subject],
    facts: Sequence[DriveFacts],
    failure: AdviceFailure,
    thresholds: Thresholds,
) -> Answer:
    """Answer by rule, or tell why not where the model was required."""
    if request.require_llm:
        return Answer(OUTCOME_OF[failure.kind], failure.detail, detail=failure.detail, call=failure.record)
    advice = recommendations(advice_task(request, subjects, facts), None)
    message = f"{_counted(advice)} from the rules{_caution(facts, thresholds)}"
    return Answer(Outcome.ANSWERED, message, ENGINE_RULES, advice=advice, call=failure.record)


def answer_with_model(
    request: AnalysisRequest,
    subjects: Sequence[Subject],
    facts: Sequence[DriveFacts],
    chosen: AdviceAnswer,
    thresholds: Thresholds,
) -> Answer:
    """Answer with what must be told and what the model chose."""
    advice = recommendations(advice_task(request, subjects, facts), chosen.choices)
    caution = _caution(facts, thresholds)
    if chosen.record is None:
        return Answer(Outcome.ANSWERED, f"{_counted(advice)}: nothing stands out{caution}", ENGINE_RULES, advice=advice)
    model = chosen.record.model
    return Answer(
        Outcome.ANSWERED, f"{_counted(advice)} from {model}{caution}", ENGINE_LLM, model, advice, call=chosen.record
    )


def answer_without_data(request: AnalysisRequest, subjects: Sequence[Subject]) -> Answer | None:
    """Say that there is nothing to analyse, None when there is something."""
    missing = _what_is_missing(request, subjects)
    return None if missing is None else Answer(Outcome.NO_DATA, missing, ENGINE_RULES)


def _what_is_missing(request: AnalysisRequest, subjects: Sequence[Subject]) -> str | None:
    place = "this window" if request.window_started_at is not None else "this drive"
    if not any(subject.readings.valid.any() for subject in subjects):
        return f"No data in {place}"
    wanted = sorted({canonical_name(name) for name in request.parameters})
    if wanted and not any(_has(subject.readings, name) for subject in subjects for name in wanted):
        return f"No data for {', '.join(wanted)} in {place}"
    return None


def _has(readings: Readings, parameter: str) -> bool:
    return bool((readings.parameters.equals(parameter) & readings.valid).any())


def _counted(advice: Sequence[Recommendation]) -> str:
    if not advice:
        return "No recommendation"
    return "1 recommendation" if len(advice) == 1 else f"{len(advice)} recommendations"


def _caution(facts: Sequence[DriveFacts], thresholds: Thresholds) -> str:
    """Say so while there are too few earlier drives for baselines to speak."""
    wanted = thresholds.history.minimum_drives
    known = min((drive.prior_drive_count for drive in facts), default=0)
    return "" if known >= wanted else f" (early baseline: {known} of {wanted} earlier drives)"

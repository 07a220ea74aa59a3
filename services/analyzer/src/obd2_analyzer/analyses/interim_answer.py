"""The answer by rule that stands until the model's: how its job waits, what replaces it, when the waiting ends."""

from datetime import datetime
from typing import Any

from obd2_analyzer.advice.adviser import AdviceFailure
from obd2_analyzer.analyses.model_call import model_refusal
from obd2_analyzer.analyses.time_limits import RETRY_MODEL_AFTER, WAIT_FOR_MODEL
from obd2_analyzer.context import Context
from obd2_analyzer.ollama.errors import FailureKind
from obd2_common.clock import iso_z
from obd2_common.jobs import claims as jobs_repository
from obd2_common.jobs.analysis import WAITS_SINCE, WAITS_WITH
from obd2_common.jobs.claims import Claim, Postponement


def interim_id(claim: Claim) -> str | None:
    """Return the id of the answer that the job's next one replaces, None when there is none about these facts."""
    is_interim = WAITS_SINCE in claim.previous_result and claim.previous_result.get(WAITS_WITH) == claim.revision
    return claim.previous_result.get("analysisId") if is_interim else None


def interim_result(claim: Claim, result: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return the result of a job that goes on waiting for the model; the wait began with its first answer."""
    since = iso_z(now) if interim_id(claim) is None else claim.previous_result[WAITS_SINCE]
    return {**result, WAITS_SINCE: since, WAITS_WITH: claim.revision}


def postponement(result: dict[str, Any], failure: AdviceFailure, due_at: datetime) -> Postponement:
    """Return how a job waits for the model; only a model that was asked in vain uses up an attempt."""
    return Postponement(result, failure.detail, due_at, is_attempt=failure.kind is FailureKind.TIMEOUT)


def still_waits(context: Context, claim: Claim) -> bool:
    """Send a job back that was answered by rule and whose model is still away; tell whether that was all to do.

    Raises:
        LeaseLostError: the claim is no longer valid.
    """
    if interim_id(claim) is None:
        return False
    refusal = model_refusal(context.adviser)
    if refusal is None:
        return False
    now = context.clock()
    if now - datetime.fromisoformat(claim.previous_result[WAITS_SINCE]) > WAIT_FOR_MODEL:
        finish_as_answered(context, claim)
        return True
    wait = postponement(claim.previous_result, refusal, now + RETRY_MODEL_AFTER)
    context.database.run(lambda session: jobs_repository.postpone(session, claim, wait, now=now))
    return True


def finish_as_answered(context: Context, claim: Claim) -> None:
    """Finish a job whose last answer stays.

    Raises:
        LeaseLostError: the claim is no longer valid.
    """
    now = context.clock()
    result = {name: value for name, value in claim.previous_result.items() if name not in {WAITS_SINCE, WAITS_WITH}}
    context.database.run(lambda session: jobs_repository.finish(session, claim, result=result, now=now))

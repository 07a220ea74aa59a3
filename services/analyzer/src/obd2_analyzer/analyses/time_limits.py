"""How long an analysis may take, and when it is tried again after the model did not answer."""

from datetime import datetime, timedelta

from obd2_analyzer.advice.adviser import AdviceFailure
from obd2_analyzer.context import TimeLimits
from obd2_analyzer.ollama.errors import FailureKind
from obd2_common.jobs.claims import Claim
from obd2_common.jobs.queue import REASON_REQUEST

ANSWER_SECONDS = 5.0
"""What is kept of a client's waiting time for storing the answer and handing it over."""
SHORTEST_SECONDS = 1.0
RETRY_MODEL_AFTER = timedelta(minutes=10)
MODEL_ATTEMPTS = 3
"""How often a model may run out of time over one analysis; a slow one keeps the others waiting."""
WAIT_FOR_MODEL = timedelta(days=7)
"""How long an analysis waits for a model that cannot be had; nobody reads old news."""


def is_awaited(claim: Claim) -> bool:
    """Tell whether a client waits for the answer, with its connection open."""
    return claim.reason == REASON_REQUEST


def is_too_late(claim: Claim, limits: TimeLimits, *, now: datetime) -> bool:
    """Tell whether the client that waited for the answer has been sent away by now."""
    return is_awaited(claim) and _waited_seconds(claim, now) >= limits.request_seconds


def model_timeout_seconds(claim: Claim, limits: TimeLimits, *, now: datetime) -> float:
    """Return how long the model may take: what is left of a client's waiting time, or as long as the background may."""
    if not is_awaited(claim):
        return limits.background_seconds
    return max(limits.request_seconds - _waited_seconds(claim, now) - ANSWER_SECONDS, SHORTEST_SECONDS)


def next_try_at(claim: Claim, failure: AdviceFailure, *, now: datetime, require_llm: bool) -> datetime | None:
    """Return when an analysis is tried again because of how the model failed; None when its answer is final.

    A call that was broken off by a stop of this service begins anew with the next start. A model that cannot be had is
    waited for, unless it was required, and one that ran out of time is asked again, each time later.
    """
    if failure.kind is FailureKind.STOPPED:
        return None if is_awaited(claim) and not require_llm else now
    if is_awaited(claim):
        return None
    if failure.kind in {FailureKind.UNAVAILABLE, FailureKind.MODEL_MISSING}:
        return None if require_llm else now + RETRY_MODEL_AFTER
    if failure.kind is FailureKind.TIMEOUT and claim.attempts < MODEL_ATTEMPTS:
        return now + RETRY_MODEL_AFTER * (1 << (claim.attempts - 1))
    return None


def _waited_seconds(claim: Claim, now: datetime) -> float:
    return max((now - claim.created_at).total_seconds(), 0.0)

"""What is kept of one call of the language model, so that it can be reviewed and made again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from obd2_analyzer.ollama.chat import Usage


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """What became of one item of the model's reply.

    Args:
        position: place in the reply, from 0.
        item: the item as it came, any JSON.
        is_accepted: whether it may reach a person.
        reason: reason code of a refusal, see `obd2_analyzer.advice.verification.Reason`; None when accepted.
        detail: the part of the item that did it.
        dropped: parts that were dropped, each with its value, such as ``check: engine.tune``.
    """

    position: int
    item: Any
    is_accepted: bool
    reason: str | None = None
    detail: str | None = None
    dropped: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return the verdict in a word, for counting."""
        return self.reason or ("partly_accepted" if self.dropped else "accepted")

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as a JSON document."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call of the model from prompt to verdicts.

    Args:
        prompt_version: version of prompt, schema and verification.
        model: name of the model that was asked.
        model_digest: what the server says identifies its weights; None when it did not say.
        system_message, user_message: the prompt, word for word.
        response_schema: the JSON schema the reply was bound to.
        options: what else was sent, as in the request's body.
        token_estimate: what we took the prompt for before it was sent.
        evidence: the evidence of the prompt, as JSON documents.
        dropped_evidence: lines of the facts that found no room.
        started_at: when we began to wait.
        waited_seconds: from then until the reply was complete or the call had failed.
        attempts: how often the model was asked, retries included.
        raw_reply: the reply's text as it came; None when there was none.
        usage: tokens and durations.
        verdicts: one per item of the reply.
        failure: kind of failure; None when the model answered.
        failure_detail: what the server or our checks said.
    """

    prompt_version: str
    model: str
    model_digest: str | None
    system_message: str
    user_message: str
    response_schema: Mapping[str, Any]
    options: Mapping[str, Any]
    token_estimate: int
    evidence: tuple[Mapping[str, Any], ...]
    dropped_evidence: tuple[str, ...]
    started_at: datetime
    waited_seconds: float = 0.0
    attempts: int = 0
    raw_reply: str | None = None
    usage: Usage = field(default_factory=Usage)
    verdicts: tuple[ItemVerdict, ...] = ()
    failure: str | None = None
    failure_detail: str | None = None

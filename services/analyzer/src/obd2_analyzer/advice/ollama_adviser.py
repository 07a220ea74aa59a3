"""Ollama as the adviser: prompt, call, verification, and a record of all of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from obd2_analyzer.advice.adviser import (
    AdviceAnswer,
    AdviceFailure,
    AdviceTask,
    ModelState,
)
from obd2_analyzer.advice.audit import CallRecord
from obd2_analyzer.advice.prompt import PROMPT_VERSION, Prompt, build_prompt
from obd2_analyzer.advice.reply import UnreadableReplyError, reply_items
from obd2_analyzer.advice.verification import verify
from obd2_analyzer.ollama.chat import ChatReply, OllamaChat
from obd2_analyzer.ollama.errors import (
    ConnectionCutError,
    EmptyReplyError,
    EngineDiedError,
    FailureKind,
    GenerateTimeoutError,
    OllamaError,
    ReplyCutError,
)
from obd2_analyzer.ollama.metrics import ANSWERED, AdviceMetrics
from obd2_analyzer.ollama.models import OllamaModels
from obd2_analyzer.ollama.preload import ModelLoader
from obd2_analyzer.ollama.pull import BackgroundPull
from obd2_analyzer.ollama.settings import OllamaSettings
from obd2_common.addresses import without_credentials
from obd2_common.clock import Clock, utc_now

log = structlog.get_logger(__name__)

SEED = 1


@dataclass(slots=True)
class _Call:
    """One call under way: what there is to keep of it so far."""

    attempts: int = 0
    raw_reply: str | None = None
    reply: ChatReply | None = None
    items: list[Any] = field(default_factory=list)


class OllamaAdviser:
    """Lets a model of Ollama choose; see `obd2_analyzer.advice.adviser.Adviser`.

    Args:
        settings: where Ollama is and how to ask it.
        metrics: count the calls.
        clock: for the record.
        monotonic: for durations and deadlines.
    """

    def __init__(
        self,
        settings: OllamaSettings,
        metrics: AdviceMetrics,
        *,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._metrics, self._clock, self._monotonic = settings, metrics, clock, monotonic
        base_url, connect_timeout = settings.ollama_base_url, settings.ollama_connect_timeout_seconds
        self._chat = OllamaChat(base_url, connect_timeout_seconds=connect_timeout)
        self._loader = ModelLoader(
            OllamaChat(base_url, connect_timeout_seconds=connect_timeout),
            timeout_seconds=settings.ollama_load_timeout_seconds,
        )
        self._models = OllamaModels(base_url, connect_timeout_seconds=connect_timeout)
        self._pull = BackgroundPull(self._models, settings.ollama_model, metrics, monotonic)
        self._state = ModelState(without_credentials(base_url), settings.ollama_model, False, False)  # noqa: FBT003

    def preflight(self) -> AdviceFailure | None:
        """Ask the server for the model; start pulling it when it lacks it and that is wanted."""
        model = self._settings.ollama_model
        try:
            digest = self._models.digest(model)
        except OllamaError as error:
            self._note(is_reachable=False, digest=None, detail=str(error))
            return AdviceFailure(error.kind, str(error))
        detail = None
        if digest is None:
            detail = f"Model missing: Ollama does not have {model}"
            if self._settings.ollama_pull:
                detail = f"{detail}; {self._pull.start()}"
        self._note(is_reachable=True, digest=digest, detail=detail)
        return None if detail is None else AdviceFailure(FailureKind.MODEL_MISSING, detail)

    def advise(self, task: AdviceTask) -> AdviceAnswer | AdviceFailure:
        """Let the model choose from the facts, where there is anything to choose from."""
        refused = None if self._state.is_present else self.preflight()
        if refused is not None:
            return refused
        settings = self._settings
        prompt = build_prompt(task, num_ctx=settings.ollama_num_ctx, num_predict=settings.ollama_num_predict)
        if not prompt.packet.evidence:
            return AdviceAnswer((), None)
        record = self._record(prompt)
        began, call = self._monotonic(), _Call()
        failure: OllamaError | UnreadableReplyError | None = None
        try:
            self._ask(prompt, call, task)
        except (OllamaError, UnreadableReplyError) as error:
            failure = error
        record = replace(
            record,
            waited_seconds=self._monotonic() - began,
            attempts=call.attempts,
            raw_reply=call.raw_reply,
            usage=call.reply.usage if call.reply else record.usage,
        )
        if failure is not None:
            kind = failure.kind if isinstance(failure, OllamaError) else FailureKind.ERROR
            return self._failed(record, kind, str(failure))
        return self._checked(prompt, record, call.items)

    def state(self) -> ModelState:
        """Return what the last look at the server showed."""
        return self._state

    def identity(self) -> tuple[str, str]:
        """Return the version of the prompt and the name of the model."""
        return PROMPT_VERSION, self._settings.ollama_model

    def wait_for_pull(self, timeout_seconds: float) -> bool:
        """Wait for a pull that is under way; False when it takes longer."""
        return self._pull.wait(timeout_seconds)

    def close(self) -> None:
        """Break off what is running."""
        self._chat.close()
        self._loader.close()

    def _ask(self, prompt: Prompt, call: _Call, task: AdviceTask) -> None:
        """Load the model, then ask it; once more without a word on thinking when the reply is not what it must be.

        Some models put everything into their thoughts, or forget the schema, when told not to think.
        """
        settings, body, began = self._settings, self._body(), self._monotonic()
        load_seconds = task.timeout_seconds if task.is_awaited else settings.ollama_load_timeout_seconds
        self._loader.wait_until_loaded({**body, "messages": []}, load_seconds)
        deadline = (began if task.is_awaited else self._monotonic()) + task.timeout_seconds
        asked = {
            **body,
            "messages": prompt.messages,
            "format": prompt.response_schema,
            "think": False,
            "truncate": False,
        }
        try:
            self._ask_surviving(asked, deadline, call)
        except (EmptyReplyError, UnreadableReplyError) as error:
            log.info("model_asked_again", model=settings.ollama_model, error=str(error))
            self._ask_surviving({name: value for name, value in asked.items() if name != "think"}, deadline, call)

    def _ask_surviving(self, body: dict[str, Any], deadline: float, call: _Call) -> None:
        """Ask, and once more when the engine died or the connection broke: the server starts a new one by itself."""
        try:
            self._ask_once(body, deadline, call)
        except (EngineDiedError, ConnectionCutError) as error:
            log.info("model_asked_again", model=self._settings.ollama_model, error=str(error))
            self._ask_once(body, deadline, call)

    def _ask_once(self, body: dict[str, Any], deadline: float, call: _Call) -> None:
        left = deadline - self._monotonic()
        if left <= 0:
            raise GenerateTimeoutError("the model did not answer in time")
        call.attempts += 1
        try:
            call.reply = self._chat.ask(body, left)
        except OllamaError as error:
            call.raw_reply = error.content or call.raw_reply
            raise
        call.raw_reply = call.reply.content
        try:
            call.items = reply_items(call.reply.content, is_cut=call.reply.is_cut)
        except UnreadableReplyError as error:
            if call.reply.is_cut:
                raise ReplyCutError("the model used up its tokens before anything was complete") from error
            raise

    def _body(self) -> dict[str, Any]:
        """Return what every request says alike; other options than the loaded ones would load the model anew."""
        settings = self._settings
        return {
            "model": settings.ollama_model,
            "stream": False,
            "keep_alive": settings.keep_alive,
            "options": {
                "num_ctx": settings.ollama_num_ctx,
                "num_predict": settings.ollama_num_predict,
                "temperature": 0,
                "seed": SEED,
            },
        }

    def _record(self, prompt: Prompt) -> CallRecord:
        return CallRecord(
            prompt_version=PROMPT_VERSION,
            model=self._settings.ollama_model,
            model_digest=self._state.digest,
            system_message=prompt.system_message,
            user_message=prompt.user_message,
            response_schema=prompt.response_schema,
            options={**self._body(), "think": False, "truncate": False},
            token_estimate=prompt.token_estimate,
            evidence=tuple(evidence.to_json() for evidence in prompt.packet),
            dropped_evidence=prompt.packet.dropped,
            started_at=self._clock(),
        )

    def _checked(self, prompt: Prompt, record: CallRecord, items: list[Any]) -> AdviceAnswer | AdviceFailure:
        choices, verdicts = verify(items, prompt.packet)
        record = replace(record, verdicts=verdicts)
        if items and not choices:
            reasons = ", ".join(sorted({verdict.reason for verdict in verdicts if verdict.reason}))
            return self._failed(
                record, FailureKind.NOTHING_SURVIVED, f"nothing in the model's reply was on offer ({reasons})"
            )
        self._count(record)
        return AdviceAnswer(choices, record)

    def _failed(self, record: CallRecord, kind: FailureKind, detail: str) -> AdviceFailure:
        record = replace(record, failure=kind.value, failure_detail=detail)
        self._count(record)
        log.warning("model_failed", kind=kind.value, model=record.model, detail=detail)
        return AdviceFailure(kind, detail, record)

    def _count(self, record: CallRecord) -> None:
        self._metrics.count_call(
            record.failure or ANSWERED,
            waited_seconds=record.waited_seconds,
            usage=record.usage,
            verdicts=[verdict.label for verdict in record.verdicts],
        )

    def _note(self, *, is_reachable: bool, digest: str | None, detail: str | None) -> None:
        self._state = replace(
            self._state, is_reachable=is_reachable, is_present=digest is not None, digest=digest or None, detail=detail
        )

"""What can go wrong with Ollama, as errors with names, and how its answers become them."""

import json
import re
from enum import StrEnum

import httpx

from obd2_common.errors import Obd2Error

_DETAIL_LENGTH = 300
_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[/\\][\w.@+:-]+){2,}[/\\]?")
_SPACE = re.compile(r"\s+")
_NESTED = 4


class FailureKind(StrEnum):
    """Why the model gave no answer."""

    UNAVAILABLE = "unavailable"
    """Ollama cannot be reached, refuses us or is full."""
    MODEL_MISSING = "model_missing"
    """Ollama is there, the model is not, or not yet."""
    ERROR = "error"
    """The model was asked and failed, or its reply cannot be read."""
    TIMEOUT = "timeout"
    """The model did not finish in time, waiting in the queue and loading included."""
    STOPPED = "stopped"
    """This service stops; the call can be made after its next start."""
    NOTHING_SURVIVED = "nothing_survived"
    """The model replied, and nothing of it stood up to the facts."""


class OllamaError(Obd2Error):
    """Ollama did not do what was asked; the message is fit to be shown.

    Args:
        message: what happened.
        content: what the model had said until then, for the record.
    """

    kind = FailureKind.ERROR

    def __init__(self, message: str, *, content: str | None = None) -> None:
        super().__init__(message)
        self.content = content


class OllamaUnreachableError(OllamaError):
    """Nothing answers at the address, or what answers is a proxy without Ollama behind it."""

    kind = FailureKind.UNAVAILABLE


class OllamaRefusedError(OllamaError):
    """The server answers, but not to us: host name not allowed, or a key is wanted."""

    kind = FailureKind.UNAVAILABLE


class OllamaBusyError(OllamaError):
    """The server has no room for another request."""

    kind = FailureKind.UNAVAILABLE


class ModelMissingError(OllamaError):
    """The server does not have the model."""

    kind = FailureKind.MODEL_MISSING


class RequestRejectedError(OllamaError):
    """The server understood the request and will never do it."""


class ContextExceededError(RequestRejectedError):
    """The prompt is longer than the model's context."""


class EngineFailedError(OllamaError):
    """The server could not run the model."""


class EngineDiedError(EngineFailedError):
    """The model's process went away in the middle; the next request starts a new one."""


class ConnectionCutError(OllamaError):
    """The connection ended before the answer did."""


class StoppedError(OllamaError):
    """We broke the call off ourselves because this service stops; the job can be done after the next start."""

    kind = FailureKind.STOPPED


class MalformedAnswerError(OllamaError):
    """The server's answer is not what Ollama answers."""


class ReplyCutError(OllamaError):
    """The model used up all tokens it was allowed before anything of its reply was complete."""


class EmptyReplyError(OllamaError):
    """The model said nothing, or only thought."""


class LoadTimeoutError(OllamaError):
    """The model was not loaded in time."""

    kind = FailureKind.TIMEOUT


class GenerateTimeoutError(OllamaError):
    """The model did not finish in time."""

    kind = FailureKind.TIMEOUT


def error_text(body: str) -> str:
    """Return what an error body says, taken out of the JSON it may be wrapped in several times over."""
    text: object = body
    for _ in range(_NESTED):
        if isinstance(text, str):
            try:
                document = json.loads(text)
            except (ValueError, RecursionError):
                break
            if not isinstance(document, dict):
                break
            text = document
        if isinstance(text, dict):
            inner = text.get("error", text.get("message"))
            if inner is None:
                break
            text = inner
    return shown(text if isinstance(text, str) else json.dumps(text))


def shown(text: str) -> str:
    """Return a text fit to be shown and stored: one line, not long, without paths and halves of characters."""
    whole = text.encode("utf-8", "replace").decode()
    return _SPACE.sub(" ", _PATH.sub("(path)", whole)).strip()[:_DETAIL_LENGTH]


def error_of_status(status: int, body: str, *, model: str) -> OllamaError:
    """Return the error an HTTP status other than 200 means.

    Args:
        status: HTTP status.
        body: the answer's text, JSON or not.
        model: the model that was asked for.
    """
    said = error_text(body)
    detail = said or f"HTTP {status} without a word"
    error: OllamaError
    match status:
        case 401 | 403:
            why = said or "it does not accept this host name or address; see OLLAMA_HOST and OLLAMA_ORIGINS"
            error = OllamaRefusedError(f"Ollama refused the request ({status}): {why}")
        case 404 if "model" in said.lower():
            error = ModelMissingError(f"Model missing: {model} is not there: {detail}")
        case 404 | 405:
            error = OllamaUnreachableError(f"what answers is not Ollama: {detail}")
        case 400 if "context" in said.lower() and "exceed" in said.lower():
            error = ContextExceededError(detail)
        case 408 | 429 | 503:
            error = OllamaBusyError(detail)
        case 502 | 504:
            error = OllamaUnreachableError(f"the proxy in front of Ollama says {status}: {detail}")
        case _ if status < httpx.codes.INTERNAL_SERVER_ERROR:
            error = RequestRejectedError(detail)
        case _:
            error = error_of_engine(detail)
    return error


def error_of_engine(said: str) -> OllamaError:
    """Return the error that a text of the engine means, from a 500 or from inside a 200."""
    lowered = said.lower()
    if "timed out waiting for" in lowered:
        return LoadTimeoutError(said)
    if "unexpected eof" in lowered or "connection reset" in lowered or "terminated" in lowered:
        return EngineDiedError(said)
    return EngineFailedError(said)

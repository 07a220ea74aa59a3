"""Ollama's `/api/chat` over plain HTTP, with deadlines that hold and errors that have names."""

import asyncio
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import httpx

from obd2_analyzer.ollama.address import needs_certificates
from obd2_analyzer.ollama.errors import (
    ConnectionCutError,
    EmptyReplyError,
    GenerateTimeoutError,
    LoadTimeoutError,
    MalformedAnswerError,
    OllamaUnreachableError,
    StoppedError,
    error_of_engine,
    error_of_status,
    error_text,
)

MAXIMUM_ANSWER_BYTES = 4_000_000
_NANOSECONDS = 1e-9


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call cost: tokens, and durations as the server measured them; None where it did not say."""

    prompt_tokens: int | None = None
    reply_tokens: int | None = None
    total_seconds: float | None = None
    load_seconds: float | None = None
    prompt_seconds: float | None = None
    reply_seconds: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the usage as a JSON document."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What the model wrote, and what it took; ``is_cut`` when it used up its tokens before it was done."""

    content: str
    usage: Usage
    is_cut: bool = False


class OllamaChat:
    """Asks one server, one request at a time; calls come from threads and block.

    Args:
        base_url: where the server is.
        connect_timeout_seconds: for the connection alone. How long an answer may take is said with every call.
    """

    def __init__(self, base_url: str, *, connect_timeout_seconds: float) -> None:
        self._base_url = base_url
        self._verifies = needs_certificates(base_url)
        self._timeout = httpx.Timeout(None, connect=connect_timeout_seconds)
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        self._is_closed = False

    def load(self, body: Mapping[str, Any], timeout_seconds: float) -> None:
        """Have the model loaded.

        Args:
            body: of a chat without messages.
            timeout_seconds: a loading that is given up is aborted by the server, so be generous.

        Raises:
            OllamaError: it was not loaded.
        """
        try:
            self._run(body, timeout_seconds)
        except TimeoutError:
            raise LoadTimeoutError(f"the model was not loaded within {timeout_seconds:g} s") from None

    def ask(self, body: Mapping[str, Any], timeout_seconds: float) -> ChatReply:
        """Ask the model and wait for its whole reply.

        Args:
            body: of the chat.
            timeout_seconds: for everything, the turn among our own calls and the server's queue included.

        Raises:
            OllamaError: there is no complete reply.
        """
        try:
            last, content = self._run(body, timeout_seconds)
        except TimeoutError:
            raise GenerateTimeoutError(f"the model did not answer within {round(timeout_seconds, 1):g} s") from None
        if not content.strip():
            message = last.get("message")
            is_thought = isinstance(message, dict) and bool(message.get("thinking"))
            said = "the model only thought" if is_thought else "the model's reply is empty"
            raise EmptyReplyError(said, content=content)
        return ChatReply(content, _usage(last), is_cut=last.get("done_reason") == "length")

    def close(self) -> None:
        """Break off the request that is running and take no more."""
        with self._guard:
            self._is_closed = True
            if self._running is not None:
                loop, task = self._running
                loop.call_soon_threadsafe(task.cancel)

    def _run(self, body: Mapping[str, Any], timeout_seconds: float) -> tuple[dict[str, Any], str]:
        """Wait for our turn, then for the answer, together no longer than the time-out."""
        began = time.monotonic()
        if not self._turn.acquire(timeout=timeout_seconds):
            raise TimeoutError
        try:
            left = timeout_seconds - (time.monotonic() - began)
            return asyncio.run(self._exchange(body, left))
        except asyncio.CancelledError:
            raise StoppedError("broken off because this service stops") from None
        finally:
            self._turn.release()

    async def _exchange(self, body: Mapping[str, Any], timeout_seconds: float) -> tuple[dict[str, Any], str]:
        task = asyncio.current_task()
        with self._guard:
            if self._is_closed or task is None:
                raise StoppedError("this service stops")
            self._running = (asyncio.get_running_loop(), task)
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._post(body)
        finally:
            with self._guard:
                self._running = None

    def _client(self) -> httpx.AsyncClient:
        # Without proxies and certificates of the environment: Ollama is a neighbour.
        return httpx.AsyncClient(base_url=self._base_url, timeout=self._timeout, trust_env=False, verify=self._verifies)

    async def _post(self, body: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        """Send one chat and read its answer, in one piece or line by line.

        Source: Ollama's HTTP API. It sends no header before the first token, so only a deadline on the whole is one.
        """
        try:
            async with (
                self._client() as client,
                client.stream("POST", "/api/chat", json=dict(body)) as answer,
            ):
                text = await _bounded_text(answer)
                if answer.status_code != httpx.codes.OK:
                    raise error_of_status(answer.status_code, text, model=str(body.get("model")))
                return read_answer(text)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise OllamaUnreachableError(f"OLLAMA_BASE_URL cannot be used: {error}") from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise OllamaUnreachableError("Ollama does not answer at its address") from error
        except httpx.DecodingError as error:
            raise MalformedAnswerError("the answer's compression cannot be read") from error
        except httpx.HTTPError as error:
            raise ConnectionCutError(f"the connection ended before the answer did ({type(error).__name__})") from error


async def _bounded_text(answer: httpx.Response) -> str:
    chunks: list[bytes] = []
    size = 0
    async for chunk in answer.aiter_bytes():
        size += len(chunk)
        if size > MAXIMUM_ANSWER_BYTES:
            raise MalformedAnswerError("the answer does not end")
        chunks.append(chunk)
    return b"".join(chunks).decode(errors="replace")


def read_answer(text: str) -> tuple[dict[str, Any], str]:
    """Read the body of a 200: its last message and the whole content.

    Raises:
        MalformedAnswerError: it is not what Ollama answers.
        ConnectionCutError: it ends before the last message.
        OllamaError: it holds an error.
    """
    last: dict[str, Any] = {}
    contents: list[str] = []
    for document in _documents(text):
        if "error" in document:
            raise error_of_engine(error_text(json.dumps(document)))
        message = document.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, str):
            contents.append(content)
        last = document
    if last.get("done") is not True:
        raise ConnectionCutError("the answer ends before the model was done")
    return last, "".join(contents)


def _documents(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects of an answer: one in all, or one per line."""
    try:
        found = [json.loads(text)]
    except (ValueError, RecursionError):
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError) as error:
            raise MalformedAnswerError("the answer is not JSON") from error
    if not found or not all(isinstance(document, dict) for document in found):
        raise MalformedAnswerError("the answer is not a JSON object")
    return found


def _usage(last: Mapping[str, Any]) -> Usage:
    def count(name: str) -> int | None:
        value = last.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def seconds(name: str) -> float | None:
        value = count(name)
        return None if value is None else value * _NANOSECONDS

    return Usage(
        prompt_tokens=count("prompt_eval_count"),
        reply_tokens=count("eval_count"),
        total_seconds=seconds("total_duration"),
        load_seconds=seconds("load_duration"),
        prompt_seconds=seconds("prompt_eval_duration"),
        reply_seconds=seconds("eval_duration"),
    )

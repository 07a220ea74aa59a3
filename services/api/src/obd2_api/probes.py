"""Questions to things that may hang: each is asked in a thread of its own and waited for only so long."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import httpx
import structlog
from pydantic import BaseModel

from obd2_common.deadline import Deadline
from obd2_common.model_names import is_same_model

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")

OLLAMA_CONNECT_SECONDS = 2.0
OLLAMA_READ_SECONDS = 3.5


class _OllamaModel(BaseModel):
    name: str


class _OllamaTags(BaseModel):
    models: list[_OllamaModel]


class Probe(Generic[Answer]):
    """One question, asked at most once at a time: while an asking hangs, everybody waits for the same answer.

    Args:
        name: names it in the log.
        ask: blocks until it has the answer; its errors count as no answer.
        timeout_seconds: how long one caller waits.
    """

    def __init__(self, name: str, ask: Callable[[], Answer], *, timeout_seconds: float) -> None:
        self._name = name
        self._ask = Deadline(ask, timeout_seconds)
        self._timeout_seconds = timeout_seconds

    async def answer(self) -> Answer | None:
        """Return the answer, or None when there is none in time."""
        future = asyncio.wrap_future(self._ask.start())
        done, _ = await asyncio.wait({future}, timeout=self._timeout_seconds)
        if not done:
            log.warning("probe_timed_out", probe=self._name, timeout_seconds=self._timeout_seconds)
            future.add_done_callback(_forget)
            return None
        error = future.exception()
        if error is not None:
            log.warning("probe_failed", probe=self._name, error=type(error).__name__)
            return None
        return future.result()


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Room on the file system of a folder."""

    free_bytes: int
    total_bytes: int


def ask_ollama_models(base_url: str) -> frozenset[str]:
    """Return the names of the models an Ollama server has.

    Raises:
        httpx.HTTPError: it does not answer.
        ValueError: what answers is not Ollama.
    """
    timeout = httpx.Timeout(OLLAMA_READ_SECONDS, connect=OLLAMA_CONNECT_SECONDS)
    # Without proxies and certificates of the environment: Ollama is a neighbour.
    answer = httpx.get(f"{base_url.rstrip('/')}/api/tags", timeout=timeout, trust_env=False)
    answer.raise_for_status()
    listed = _OllamaTags.model_validate_json(answer.content).models
    return frozenset(model.name for model in listed)


def has_model(models: frozenset[str], wanted: str) -> bool:
    """Tell whether a model is among those a server has; a name without a tag means the tag latest."""
    return any(is_same_model(listed, wanted) for listed in models)


def ask_disk_space(folder: Path) -> DiskSpace:
    """Return the room where a folder lies or will lie.

    Raises:
        OSError: the file system does not tell.
    """
    existing = folder.absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    usage = shutil.disk_usage(existing)
    return DiskSpace(free_bytes=usage.free, total_bytes=usage.total)


def _forget(future: asyncio.Future[Answer]) -> None:
    # Nobody waits any more; its error, if any, has been looked at.
    if not future.cancelled():
        future.exception()

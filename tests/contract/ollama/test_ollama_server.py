"""What the analyzer relies on in an Ollama server: on the fake of both versions, and on a real one if there is one.

A real server is asked when OLLAMA_TEST_URL names it; OLLAMA_TEST_MODEL names a model it has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from obd2_analyzer.advice.prompt import response_schema
from obd2_analyzer.advice.reply import reply_items
from obd2_analyzer.advice.verification import verify
from obd2_analyzer.ollama.chat import OllamaChat
from obd2_analyzer.ollama.errors import (
    ContextExceededError,
    ModelMissingError,
    OllamaError,
    RequestRejectedError,
)
from obd2_analyzer.ollama.models import OllamaModels
from support.advice_cases import troubled_packet
from support.fake_ollama import NEWEST, OLDER, FakeOllama
from support.suite_settings import SuiteSettings

TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class Server:
    """A server and a model it has."""

    base_url: str
    model: str


REAL_URL = SuiteSettings().ollama_url


@pytest.fixture(params=[NEWEST, OLDER, *([REAL_URL] if REAL_URL else [])])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if REAL_URL is not None and request.param == REAL_URL:
        yield Server(REAL_URL, SuiteSettings().ollama_model)
        return
    with FakeOllama("tiny", version=request.param).running() as fake:
        yield Server(fake.base_url, "tiny")


@pytest.fixture
def chat(server: Server) -> OllamaChat:
    return OllamaChat(server.base_url, connect_timeout_seconds=5)


@pytest.fixture
def models(server: Server) -> OllamaModels:
    return OllamaModels(server.base_url, connect_timeout_seconds=5)


def body(server: Server, text: str = "the car service", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    options = {"num_ctx": 2048, "num_predict": 400, "temperature": 0, **more.pop("options", {})}
    return {
        "model": server.model,
        "messages": [{"role": "user", "content": text}] if text else [],
        "stream": False,
        "think": False,
        "truncate": False,
        "keep_alive": "5m",
        "options": options,
        **more,
    }


def test_a_model_that_is_there_has_a_digest(server: Server, models: OllamaModels) -> None:
    digest = models.digest(server.model)

    assert digest is not None
    assert len(digest) == 64


def test_a_model_that_is_not_there_has_none(models: OllamaModels) -> None:
    assert models.digest("absent") is None


def test_a_model_is_loaded_before_it_is_asked(server: Server, chat: OllamaChat) -> None:
    chat.load(body(server, text=""), TIMEOUT_SECONDS)

    reply = chat.ask(body(server, format={"type": "object", "properties": {}, "required": []}), TIMEOUT_SECONDS)

    assert reply.usage.prompt_tokens is not None
    assert reply.usage.prompt_tokens > 0


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_reply_keeps_to_the_schema(server: Server, chat: OllamaChat, *, is_stream: bool) -> None:
    schema = {**response_schema(troubled_packet()), "minItems": 1, "maxItems": 1}

    reply = chat.ask(body(server, format=schema, stream=is_stream, options={"num_predict": 1500}), TIMEOUT_SECONDS)

    items = reply_items(reply.content)
    choices, verdicts = verify(items, troubled_packet())
    assert len(choices) == 1
    assert [part for part in verdicts[0].dropped if not part.startswith("why")] == []


def test_a_reply_that_ran_out_of_tokens_is_not_taken_for_whole(server: Server, chat: OllamaChat) -> None:
    schema = {**response_schema(troubled_packet()), "minItems": 5}

    reply = chat.ask(body(server, format=schema, options={"num_predict": 12}), TIMEOUT_SECONDS)

    assert reply.is_cut


def test_a_prompt_that_is_too_long_is_refused_instead_of_cut(server: Server, chat: OllamaChat) -> None:
    with pytest.raises(ContextExceededError):
        chat.ask(body(server, text="the car " * 3000), TIMEOUT_SECONDS)


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_missing_model_is_told_from_other_failures(server: Server, chat: OllamaChat, *, is_stream: bool) -> None:
    with pytest.raises(ModelMissingError):
        chat.ask({**body(server), "model": "absent", "stream": is_stream}, TIMEOUT_SECONDS)


def test_a_keep_alive_without_unit_is_rejected(server: Server, chat: OllamaChat) -> None:
    with pytest.raises(RequestRejectedError, match="missing unit"):
        chat.ask(body(server, keep_alive="60"), TIMEOUT_SECONDS)


def test_a_wrong_option_is_an_error_with_the_servers_words(server: Server, chat: OllamaChat) -> None:
    with pytest.raises(OllamaError, match="must be of type integer"):
        chat.ask(body(server, options={"num_ctx": "a"}), TIMEOUT_SECONDS)


def test_pulling_what_nobody_has_fails(models: OllamaModels) -> None:
    with pytest.raises(OllamaError):
        models.pull("absent-model-of-nobody", lambda _progress: None)

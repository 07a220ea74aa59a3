"""A stand-in for Ollama that has two good items to say, and the words of it."""

import json
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from support.fake_ollama import FakeOllama
from support.words_speakers import MODEL, good_items, speaking_to


@pytest.fixture
def fake() -> Iterator[FakeOllama]:
    with FakeOllama(MODEL).running() as server:
        server.replies.append(json.dumps(good_items()))
        yield server


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def adviser(fake: FakeOllama, registry: CollectorRegistry) -> Iterator[OllamaAdviser]:
    speaker = speaking_to(fake, registry)
    yield speaker
    speaker.close()

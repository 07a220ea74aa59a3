"""A stand-in for Ollama that chooses twice, and the adviser that asks it."""

import json
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from support.advisers import MODEL, adviser_of, good_items
from support.fake_ollama import FakeOllama


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
    opened = adviser_of(fake, registry)
    yield opened
    opened.close()

"""A server that breaks, is not there, or lacks the model."""

import pytest
from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.ollama.errors import FailureKind
from support.advice_cases import troubled_task
from support.advisers import MODEL, adviser_of, answered, failed, record_of
from support.fake_ollama import FakeOllama, Mishap


@pytest.mark.parametrize(
    "mishap", [Mishap.CUT, Mishap.CUT_INSIDE, Mishap.ENGINE_DIED, Mishap.ERROR_LINE, Mishap.NOT_DONE]
)
def test_a_broken_call_is_made_once_more(fake: FakeOllama, adviser: OllamaAdviser, mishap: Mishap) -> None:
    fake.mishaps.append(mishap)

    assert record_of(answered(adviser.advise(troubled_task()))).attempts == 2


@pytest.mark.parametrize("mishap", [Mishap.CUT, Mishap.ENGINE_DIED, Mishap.ERROR_LINE, Mishap.NOT_DONE])
def test_a_call_that_breaks_twice_has_failed(fake: FakeOllama, adviser: OllamaAdviser, mishap: Mishap) -> None:
    fake.mishaps.extend([mishap, mishap])

    failure = failed(adviser.advise(troubled_task()))

    assert failure.kind is FailureKind.ERROR
    assert len(fake.chats()) == 2


@pytest.mark.parametrize(
    ("mishap", "kind", "says"),
    [
        (Mishap.BUSY, FailureKind.UNAVAILABLE, "server busy"),
        (Mishap.FORBIDDEN, FailureKind.UNAVAILABLE, "refused"),
        (Mishap.WEB_PAGE, FailureKind.UNAVAILABLE, "proxy"),
        (Mishap.NO_MODEL, FailureKind.MODEL_MISSING, "not found"),
        (Mishap.NO_CHAT, FailureKind.ERROR, "does not support chat"),
        (Mishap.NOT_JSON, FailureKind.ERROR, "not JSON"),
        (Mishap.NOT_AN_OBJECT, FailureKind.ERROR, "not a JSON object"),
        (Mishap.LOAD_STALLED, FailureKind.TIMEOUT, "timed out"),
    ],
)
def test_a_failure_of_the_server_has_its_kind_and_its_words(
    fake: FakeOllama, adviser: OllamaAdviser, mishap: Mishap, kind: FailureKind, says: str
) -> None:
    fake.mishaps.append(mishap)

    failure = failed(adviser.advise(troubled_task()))

    assert failure.kind is kind
    assert says in failure.detail
    assert failure.record is not None
    assert failure.record.failure == kind.value
    assert len(fake.chats()) == 1


def test_without_a_server_nothing_is_asked(registry: CollectorRegistry) -> None:
    with FakeOllama(MODEL).running() as fake:
        adviser = adviser_of(fake, registry)

    failure = failed(adviser.advise(troubled_task()))

    assert failure.kind is FailureKind.UNAVAILABLE
    assert failure.record is None
    assert not adviser.state().is_reachable


def test_a_missing_model_is_told_before_a_call(registry: CollectorRegistry) -> None:
    with FakeOllama("another").running() as fake:
        adviser = adviser_of(fake, registry)

        failure = adviser.preflight()

    assert failure is not None
    assert (failure.kind, adviser.state().is_reachable, adviser.state().is_present) == (
        FailureKind.MODEL_MISSING,
        True,
        False,
    )


def test_a_missing_model_is_pulled_where_that_is_wanted(registry: CollectorRegistry) -> None:
    with FakeOllama("another").running() as fake:
        fake.registry.add(MODEL)
        fake.may_load.clear()
        adviser = adviser_of(fake, registry, ollama_pull=True)

        first, second = adviser.preflight(), adviser.preflight()
        fake.may_load.set()
        assert adviser.wait_for_pull(10)
        third = adviser.preflight()

    assert first is not None
    assert second is not None
    assert "being pulled" in second.detail
    assert third is None
    assert sum(path == "/api/pull" for _, path, _ in fake.requests) == 1


def test_a_pull_that_fails_is_told_and_not_repeated_at_once(registry: CollectorRegistry) -> None:
    with FakeOllama("another").running() as fake:
        adviser = adviser_of(fake, registry, ollama_pull=True)
        adviser.preflight()
        assert adviser.wait_for_pull(10)

        failure = adviser.preflight()

    assert failure is not None
    assert "pulling it failed: pull model manifest: file does not exist" in failure.detail
    assert sum(path == "/api/pull" for _, path, _ in fake.requests) == 1

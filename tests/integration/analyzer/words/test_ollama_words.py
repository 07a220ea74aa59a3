"""The words of Ollama from facts to verified recommendations, against a server that behaves and misbehaves."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from fake_ollama import FakeOllama, Mishap
from fake_ollama_answers import FakeModel
from obd2_analyzer.words.dialogue import FailureKind, WordsAnswer, WordsFailure
from obd2_analyzer.words.evidence import Kind
from obd2_analyzer.words.metrics import WordsMetrics
from obd2_analyzer.words.prompt import PROMPT_VERSION, SYSTEM_MESSAGE
from obd2_analyzer.words.settings import WordsSettings
from obd2_analyzer.words.speaker import OllamaWords
from words_case import evidence_of, healthy_task, item, troubled_task

MODEL = "llama3.1:8b"


@pytest.fixture
def fake() -> Iterator[FakeOllama]:
    with FakeOllama(MODEL).running() as server:
        server.replies.append(json.dumps(good_items()))
        yield server


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def words(fake: FakeOllama, registry: CollectorRegistry) -> Iterator[OllamaWords]:
    speaker = speaking_to(fake, registry)
    yield speaker
    speaker.close()


def speaking_to(fake: FakeOllama, registry: CollectorRegistry | None = None, **settings: Any) -> OllamaWords:  # noqa: ANN401
    chosen = WordsSettings(_env_file=None, ollama_base_url=fake.base_url, ollama_model=MODEL, **settings)
    return OllamaWords(chosen, WordsMetrics(registry or CollectorRegistry()))


def good_items() -> list[dict[str, Any]]:
    coolant = evidence_of(Kind.FINDING, "COOLANT_TEMP")
    battery = evidence_of(Kind.FINDING, "BATTERY_V")
    return [
        item("COOLANT_TEMP reached 105.2 °C; check the fan.", coolant, category="Cooling", confidence=0.99),
        item("BATTERY_V fell to 11.40 V; test the alternator.", battery, category="Electrical", rank=2),
    ]


def answered(outcome: WordsAnswer | WordsFailure) -> WordsAnswer:
    assert isinstance(outcome, WordsAnswer), outcome
    return outcome


def failed(outcome: WordsAnswer | WordsFailure) -> WordsFailure:
    assert isinstance(outcome, WordsFailure), outcome
    return outcome


def test_true_words_become_recommendations(words: OllamaWords) -> None:
    answer = answered(words.comment(troubled_task()))

    assert [(held.rank, held.category, held.recommendation) for held in answer.recommendations] == [
        (1, "Cooling", "COOLANT_TEMP reached 105.2 °C; check the fan."),
        (2, "Electrical", "BATTERY_V fell to 11.40 V; test the alternator."),
    ]
    assert answer.recommendations[0].confidence == 0.95
    assert answer.unspoken == ()


def test_the_request_is_explicit_about_everything(fake: FakeOllama, words: OllamaWords) -> None:
    words.comment(troubled_task())

    body = fake.chats()[0]
    assert body["model"] == MODEL
    assert (body["stream"], body["think"], body["truncate"], body["keep_alive"]) == (False, False, False, "30m")
    assert body["options"] == {"num_ctx": 4096, "num_predict": 900, "temperature": 0, "seed": 1}
    assert body["format"]["type"] == "array"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_a_keep_alive_without_unit_is_sent_as_a_number(fake: FakeOllama) -> None:
    answered(speaking_to(fake, ollama_keep_alive="-1").comment(troubled_task()))

    assert fake.chats()[0]["keep_alive"] == -1


def test_a_password_in_the_address_is_sent_and_not_told(fake: FakeOllama) -> None:
    words = speaking_to(fake)
    fake.base_url = fake.base_url.replace("http://", "http://me:secret@")
    guarded = speaking_to(fake)

    answered(words.comment(troubled_task()))
    answered(guarded.comment(troubled_task()))

    assert fake.authorizations[:3] == [None] * 3
    assert set(fake.authorizations[3:]) == {"Basic bWU6c2VjcmV0"}
    assert "secret" not in guarded.state().base_url


def test_the_model_is_loaded_once_and_with_the_context_it_is_asked_with(fake: FakeOllama, words: OllamaWords) -> None:
    words.comment(troubled_task())
    words.comment(troubled_task())

    assert (fake.loads, fake.loaded_num_ctx) == (1, 4096)


def test_the_record_holds_what_a_review_needs(fake: FakeOllama, words: OllamaWords) -> None:
    bad = item("COOLANT_TEMP reached 180 °C.", evidence_of(Kind.FINDING, "COOLANT_TEMP"), category="Cooling", rank=3)
    raw = json.dumps([*good_items(), bad])
    fake.replies[0] = raw

    record = answered(words.comment(troubled_task())).record

    assert (record.prompt_version, record.model, record.model_digest) == (PROMPT_VERSION, MODEL, fake.models[0].digest)
    assert record.system_message == SYSTEM_MESSAGE
    assert "COOLANT_TEMP; direction up; peak 105.2 °C" in record.user_message
    assert (record.raw_reply, record.attempts, record.failure) == (raw, 1, None)
    assert record.options["options"]["temperature"] == 0
    assert record.usage.prompt_tokens
    assert record.usage.reply_seconds == pytest.approx(0.02)
    assert [verdict.reason for verdict in record.verdicts] == [None, None, "number_not_in_evidence"]
    assert record.evidence[0]["id"] == "E1"
    json.dumps([record.evidence, [verdict.to_json() for verdict in record.verdicts], record.usage.to_json()])


@pytest.mark.parametrize(
    "wrapped",
    ["```json\n{}\n```", '{{"recommendations": {}}}', "Here you are: {} Good luck.", "<think>hm</think>\n{}"],
)
def test_a_reply_in_a_wrapping_is_unwrapped(fake: FakeOllama, words: OllamaWords, wrapped: str) -> None:
    fake.replies[0] = wrapped.format(json.dumps(good_items()))

    assert len(answered(words.comment(troubled_task())).recommendations) == 2


@pytest.mark.parametrize("first", ["", "   ", "no JSON at all", '[{"rank": 1, "cat'])
def test_an_unusable_reply_is_asked_for_again_without_a_word_on_thinking(
    fake: FakeOllama, words: OllamaWords, first: str
) -> None:
    fake.replies.appendleft(first)

    answer = answered(words.comment(troubled_task()))

    assert answer.record.attempts == 2
    assert ["think" in body for body in fake.chats()] == [True, False]


def test_a_model_that_never_gets_to_the_point_fails_with_its_words_kept(fake: FakeOllama, words: OllamaWords) -> None:
    fake.replies[0] = "I would rather talk about the weather."

    failure = failed(words.comment(troubled_task()))

    assert failure.kind is FailureKind.ERROR
    assert failure.record is not None
    assert (failure.record.raw_reply, failure.record.attempts) == ("I would rather talk about the weather.", 2)


def test_a_model_that_only_thinks_fails(registry: CollectorRegistry) -> None:
    with FakeOllama(FakeModel(MODEL, is_thinker=True)).running() as fake:
        fake.replies.extend(["", "I think"])

        failure = failed(speaking_to(fake, registry).comment(troubled_task()))

    assert (failure.kind, failure.detail) == (FailureKind.ERROR, "the model only thought")


@pytest.mark.parametrize(
    "mishap", [Mishap.CUT, Mishap.CUT_INSIDE, Mishap.ENGINE_DIED, Mishap.ERROR_LINE, Mishap.NOT_DONE]
)
def test_a_broken_call_is_made_once_more(fake: FakeOllama, words: OllamaWords, mishap: Mishap) -> None:
    fake.mishaps.append(mishap)

    assert answered(words.comment(troubled_task())).record.attempts == 2


@pytest.mark.parametrize("mishap", [Mishap.CUT, Mishap.ENGINE_DIED, Mishap.ERROR_LINE, Mishap.NOT_DONE])
def test_a_call_that_breaks_twice_has_failed(fake: FakeOllama, words: OllamaWords, mishap: Mishap) -> None:
    fake.mishaps.extend([mishap, mishap])

    failure = failed(words.comment(troubled_task()))

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
    fake: FakeOllama, words: OllamaWords, mishap: Mishap, kind: FailureKind, says: str
) -> None:
    fake.mishaps.append(mishap)

    failure = failed(words.comment(troubled_task()))

    assert failure.kind is kind
    assert says in failure.detail
    assert failure.record is not None
    assert failure.record.failure == kind.value
    assert len(fake.chats()) == 1


def test_a_reply_cut_by_its_token_limit_is_never_read(fake: FakeOllama) -> None:
    fake.replies[0] = json.dumps(good_items() * 8)

    failure = failed(speaking_to(fake, ollama_num_predict=200).comment(troubled_task()))

    assert (failure.kind, failure.detail) == (
        FailureKind.ERROR,
        "the model used up its tokens before the reply was complete",
    )
    assert failure.record is not None
    assert (failure.record.raw_reply or "").startswith('[{"rank": 1')


def test_without_a_server_nothing_is_asked(registry: CollectorRegistry) -> None:
    with FakeOllama(MODEL).running() as fake:
        words = speaking_to(fake, registry)

    failure = failed(words.comment(troubled_task()))

    assert failure.kind is FailureKind.UNAVAILABLE
    assert failure.kind.burns_no_attempt
    assert failure.record is None
    assert not words.state().is_reachable


def test_a_missing_model_is_told_before_a_call(registry: CollectorRegistry) -> None:
    with FakeOllama("another").running() as fake:
        words = speaking_to(fake, registry)

        failure = words.preflight()

    assert failure is not None
    assert (failure.kind, words.state().is_reachable, words.state().is_present) == (
        FailureKind.MODEL_MISSING,
        True,
        False,
    )


def test_a_missing_model_is_pulled_where_that_is_wanted(registry: CollectorRegistry) -> None:
    with FakeOllama("another").running() as fake:
        fake.registry.add(MODEL)
        fake.may_load.clear()
        words = speaking_to(fake, registry, ollama_pull=True)

        first, second = words.preflight(), words.preflight()
        fake.may_load.set()
        assert words.wait_for_pull(10)
        third = words.preflight()

    assert first is not None
    assert second is not None
    assert "being pulled" in second.detail
    assert third is None
    assert sum(path == "/api/pull" for _, path, _ in fake.requests) == 1


def test_a_pull_that_fails_is_told_and_not_repeated_at_once(registry: CollectorRegistry) -> None:
    with FakeOllama("another").running() as fake:
        words = speaking_to(fake, registry, ollama_pull=True)
        words.preflight()
        assert words.wait_for_pull(10)

        failure = words.preflight()

    assert failure is not None
    assert "pulling it failed: pull model manifest: file does not exist" in failure.detail
    assert sum(path == "/api/pull" for _, path, _ in fake.requests) == 1


def test_a_model_that_takes_too_long_is_given_up(fake: FakeOllama) -> None:
    fake.may_answer.clear()

    failure = failed(speaking_to(fake, ollama_generate_timeout_seconds=0.3).comment(troubled_task()))

    assert failure.kind is FailureKind.TIMEOUT
    assert failure.record is not None
    assert failure.record.attempts == 1


def test_who_cannot_wait_for_a_load_does_not_abort_it(fake: FakeOllama, words: OllamaWords) -> None:
    fake.may_load.clear()
    task = troubled_task()

    impatient = failed(words.comment(type(task)(task.subjects, budget_seconds=0.2)))
    fake.may_load.set()
    patient = answered(words.comment(task))

    assert (impatient.kind, impatient.detail) == (FailureKind.TIMEOUT, "the model is still being loaded")
    assert len(patient.recommendations) == 2
    assert (fake.loads, fake.aborted_loads) == (1, 0)


def test_calls_are_made_one_after_another(fake: FakeOllama, words: OllamaWords) -> None:
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: words.comment(troubled_task()), range(6)))

    assert all(isinstance(outcome, WordsAnswer) for outcome in outcomes)
    assert (len(fake.chats()), fake.most_active) == (6, 1)


def test_waiting_for_ones_turn_counts_as_waiting(fake: FakeOllama) -> None:
    words = speaking_to(fake, ollama_generate_timeout_seconds=0.5)
    fake.may_answer.clear()

    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda _: failed(words.comment(troubled_task())), range(3)))

    assert {outcome.kind for outcome in outcomes} == {FailureKind.TIMEOUT}
    assert all(outcome.record and outcome.record.waited_seconds < 1.5 for outcome in outcomes)


def test_stopping_breaks_off_a_call(fake: FakeOllama, words: OllamaWords) -> None:
    fake.may_answer.clear()
    outcomes: list[WordsAnswer | WordsFailure] = []
    thread = threading.Thread(target=lambda: outcomes.append(words.comment(troubled_task())))
    thread.start()
    assert fake.was_asked.wait(10)

    words.close()
    thread.join(10)

    assert [failed(outcome).kind for outcome in outcomes] == [FailureKind.UNAVAILABLE]


def test_when_nothing_is_true_the_reasons_are_told(fake: FakeOllama, words: OllamaWords) -> None:
    coolant = evidence_of(Kind.FINDING, "COOLANT_TEMP")
    fake.replies[0] = json.dumps(
        [
            item("COOLANT_TEMP reached 150 °C.", coolant, category="Cooling"),
            item("COOLANT_TEMP reached 105.2 °C; lower the boost.", coolant, category="Cooling"),
            {**item("COOLANT_TEMP reached 105.2 °C.", coolant, category="Cooling"), "confidence": float("inf")},
        ]
    )

    failure = failed(words.comment(troubled_task()))

    assert failure.kind is FailureKind.NOTHING_SURVIVED
    assert "bad_confidence, forbidden_topic, number_not_in_evidence" in failure.detail


def test_severe_findings_are_not_swallowed_by_silence(fake: FakeOllama, words: OllamaWords) -> None:
    fake.replies[0] = "[]"

    answer = answered(words.comment(troubled_task()))

    assert answer.recommendations == ()
    assert [(found.rule, found.severity.name) for found in answer.unspoken] == [
        ("battery", "STOP"),
        ("coolant", "STOP"),
    ]


def test_an_ordinary_drive_gets_an_empty_answer(fake: FakeOllama, words: OllamaWords) -> None:
    fake.replies[0] = "[]"

    answer = answered(words.comment(healthy_task()))

    assert (answer.recommendations, answer.unspoken, answer.record.failure) == ((), (), None)


def test_calls_and_items_are_counted(fake: FakeOllama, words: OllamaWords, registry: CollectorRegistry) -> None:
    bad = item("Tune it.", evidence_of(Kind.FINDING, "COOLANT_TEMP"), category="Cooling")
    fake.replies[0] = json.dumps([*good_items(), bad])
    words.comment(troubled_task())
    fake.mishaps.append(Mishap.BUSY)
    words.comment(troubled_task())

    counts = {
        ("obd2_words_calls_total", "outcome", "answered"): 1,
        ("obd2_words_calls_total", "outcome", "unavailable"): 1,
        ("obd2_words_items_total", "verdict", "accepted"): 2,
        ("obd2_words_items_total", "verdict", "tuning"): 1,
    }
    assert {key: registry.get_sample_value(key[0], {key[1]: key[2]}) for key in counts} == counts

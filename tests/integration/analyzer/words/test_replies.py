"""Replies of a model, good ones and odd ones, and what they become."""

import json

import pytest
from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.evidence import Kind
from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.ollama.errors import FailureKind
from support.fake_ollama import FakeOllama
from support.fake_ollama_answers import FakeModel
from support.words_case import evidence_of, healthy_task, item, troubled_task
from support.words_speakers import MODEL, answered, failed, good_items, speaking_to


def test_true_words_become_recommendations(adviser: OllamaAdviser) -> None:
    answer = answered(adviser.advise(troubled_task()))

    assert [(held.rank, held.category, held.recommendation) for held in answer.recommendations] == [
        (1, "Cooling", "COOLANT_TEMP reached 105.2 °C; check the fan."),
        (2, "Electrical", "BATTERY_V fell to 11.40 V; test the alternator."),
    ]
    assert answer.recommendations[0].confidence == 0.95
    assert answer.unspoken == ()


@pytest.mark.parametrize(
    "wrapped",
    ["```json\n{}\n```", '{{"recommendations": {}}}', "Here you are: {} Good luck.", "<think>hm</think>\n{}"],
)
def test_a_reply_in_a_wrapping_is_unwrapped(fake: FakeOllama, adviser: OllamaAdviser, wrapped: str) -> None:
    fake.replies[0] = wrapped.format(json.dumps(good_items()))

    assert len(answered(adviser.advise(troubled_task())).recommendations) == 2


@pytest.mark.parametrize("first", ["", "   ", "no JSON at all", '[{"rank": 1, "cat'])
def test_an_unusable_reply_is_asked_for_again_without_a_word_on_thinking(
    fake: FakeOllama, adviser: OllamaAdviser, first: str
) -> None:
    fake.replies.appendleft(first)

    answer = answered(adviser.advise(troubled_task()))

    assert answer.record.attempts == 2
    assert ["think" in body for body in fake.chats()] == [True, False]


def test_a_model_that_never_gets_to_the_point_fails_with_its_reply_kept(
    fake: FakeOllama, adviser: OllamaAdviser
) -> None:
    fake.replies[0] = "I would rather talk about the weather."

    failure = failed(adviser.advise(troubled_task()))

    assert failure.kind is FailureKind.ERROR
    assert failure.record is not None
    assert (failure.record.raw_reply, failure.record.attempts) == ("I would rather talk about the weather.", 2)


def test_a_model_that_only_thinks_fails(registry: CollectorRegistry) -> None:
    with FakeOllama(FakeModel(MODEL, is_thinker=True)).running() as fake:
        fake.replies.extend(["", "I think"])

        failure = failed(speaking_to(fake, registry).advise(troubled_task()))

    assert (failure.kind, failure.detail) == (FailureKind.ERROR, "the model only thought")


def test_a_reply_cut_by_its_token_limit_keeps_its_finished_items(fake: FakeOllama) -> None:
    fake.replies[0] = json.dumps(good_items() * 8)

    answer = answered(speaking_to(fake, ollama_num_predict=200).advise(troubled_task()))

    assert len(answer.record.verdicts) == 2
    assert all(verdict.is_accepted for verdict in answer.record.verdicts)


def test_a_reply_cut_before_an_item_was_complete_is_none_and_not_asked_for_again(fake: FakeOllama) -> None:
    fake.replies[0] = json.dumps([{"recommendation": "COOLANT_TEMP " * 400}])

    failure = failed(speaking_to(fake, ollama_num_predict=200).advise(troubled_task()))

    assert (failure.kind, failure.detail) == (
        FailureKind.ERROR,
        "the model used up its tokens before anything was complete",
    )
    assert len(fake.chats()) == 1
    assert failure.record is not None
    assert (failure.record.raw_reply or "").startswith('[{"recommendation"')


def test_when_nothing_is_true_the_reasons_are_told(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    coolant = evidence_of(Kind.FINDING, "COOLANT_TEMP")
    fake.replies[0] = json.dumps(
        [
            item("COOLANT_TEMP reached 150 °C.", coolant, category="Cooling"),
            item("COOLANT_TEMP reached 105.2 °C; lower the boost.", coolant, category="Cooling"),
            {**item("COOLANT_TEMP reached 105.2 °C.", coolant, category="Cooling"), "confidence": float("inf")},
        ]
    )

    failure = failed(adviser.advise(troubled_task()))

    assert failure.kind is FailureKind.NOTHING_SURVIVED
    assert "bad_confidence, forbidden_topic, number_not_in_evidence" in failure.detail


def test_severe_findings_are_not_swallowed_by_silence(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    fake.replies[0] = "[]"

    answer = answered(adviser.advise(troubled_task()))

    assert answer.recommendations == ()
    assert [(found.rule, found.severity.name) for found in answer.unspoken] == [
        ("battery", "STOP"),
        ("coolant", "STOP"),
    ]


def test_an_ordinary_drive_gets_an_empty_answer(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    fake.replies[0] = "[]"

    answer = answered(adviser.advise(healthy_task()))

    assert (answer.recommendations, answer.unspoken, answer.record.failure) == ((), (), None)

"""Replies of a model, good ones and odd ones, and what they become."""

import json

import pytest
from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.ollama.errors import FailureKind
from support.advice_cases import healthy_task, item, troubled_task
from support.advisers import MODEL, adviser_of, answered, failed, good_items, record_of
from support.fake_ollama import FakeOllama
from support.fake_ollama_answers import FakeModel


def test_what_is_on_offer_becomes_choices(adviser: OllamaAdviser) -> None:
    answer = answered(adviser.advise(troubled_task()))

    assert [(choice.fact.rule, [check.id for check in choice.checks], choice.why) for choice in answer.choices] == [
        ("coolant", ["coolant.fan", "coolant.level"], None),
        ("ltft", ["ltft.leaks"], "A cracked hose may leak at idle."),
    ]


@pytest.mark.parametrize(
    "wrapped",
    ["```json\n{}\n```", '{{"recommendations": {}}}', "Here you are: {} Good luck.", "<think>hm</think>\n{}"],
)
def test_a_reply_in_a_wrapping_is_unwrapped(fake: FakeOllama, adviser: OllamaAdviser, wrapped: str) -> None:
    fake.replies[0] = wrapped.format(json.dumps(good_items()))

    assert len(answered(adviser.advise(troubled_task())).choices) == 2


@pytest.mark.parametrize("first", ["", "   ", "no JSON at all", '[{"evidence": "E1", "cat'])
def test_an_unusable_reply_is_asked_for_again_without_a_word_on_thinking(
    fake: FakeOllama, adviser: OllamaAdviser, first: str
) -> None:
    fake.replies.appendleft(first)

    answer = answered(adviser.advise(troubled_task()))

    assert record_of(answer).attempts == 2
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

        failure = failed(adviser_of(fake, registry).advise(troubled_task()))

    assert (failure.kind, failure.detail) == (FailureKind.ERROR, "the model only thought")


def test_a_reply_cut_by_its_token_limit_keeps_its_finished_items(fake: FakeOllama) -> None:
    fake.replies[0] = json.dumps([*good_items(), item("timing", why="A worn belt may slip " * 100)])

    record = record_of(answered(adviser_of(fake, ollama_num_predict=200).advise(troubled_task())))

    assert [verdict.label for verdict in record.verdicts] == ["accepted", "accepted"]


def test_a_reply_cut_before_an_item_was_complete_is_none_and_not_asked_for_again(fake: FakeOllama) -> None:
    fake.replies[0] = json.dumps([item("ltft", why="A worn belt may slip " * 100)])

    failure = failed(adviser_of(fake, ollama_num_predict=200).advise(troubled_task()))

    assert (failure.kind, failure.detail) == (
        FailureKind.ERROR,
        "the model used up its tokens before anything was complete",
    )
    assert len(fake.chats()) == 1
    assert failure.record is not None
    assert (failure.record.raw_reply or "").startswith('[{"evidence": "E4"')


def test_when_nothing_is_on_offer_the_reasons_are_told(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    fake.replies[0] = json.dumps([item("coolant", evidence="E99"), "Pour cold water over the engine.", 7])

    failure = failed(adviser.advise(troubled_task()))

    assert failure.kind is FailureKind.NOTHING_SURVIVED
    assert failure.detail == "nothing in the model's reply was on offer (no_evidence, not_an_object)"


def test_a_model_may_find_nothing_worth_a_check(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    fake.replies[0] = "[]"

    answer = answered(adviser.advise(troubled_task()))

    assert (answer.choices, record_of(answer).failure) == ((), None)


def test_where_nothing_stands_out_the_model_is_not_asked(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    answer = answered(adviser.advise(healthy_task()))

    assert (answer.choices, answer.record, fake.chats()) == ((), None, [])

"""What Ollama is asked, and what is kept of it."""

import json

import pytest
from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.advice.prompt import PROMPT_VERSION, system_message
from support.advice_cases import item, troubled_task
from support.advisers import MODEL, adviser_of, answered, good_items, record_of
from support.fake_ollama import FakeOllama, Mishap


def test_the_request_is_explicit_about_everything(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    adviser.advise(troubled_task())

    body = fake.chats()[0]
    assert body["model"] == MODEL
    assert (body["stream"], body["think"], body["truncate"], body["keep_alive"]) == (False, False, False, "30m")
    assert body["options"] == {"num_ctx": 4096, "num_predict": 900, "temperature": 0, "seed": 1}
    assert body["format"]["type"] == "array"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_a_keep_alive_without_unit_is_sent_as_a_number(fake: FakeOllama) -> None:
    answered(adviser_of(fake, ollama_keep_alive="-1").advise(troubled_task()))

    assert fake.chats()[0]["keep_alive"] == -1


def test_a_password_in_the_address_is_sent_and_not_told(fake: FakeOllama) -> None:
    adviser = adviser_of(fake)
    fake.base_url = fake.base_url.replace("http://", "http://me:secret@")
    guarded = adviser_of(fake)

    answered(adviser.advise(troubled_task()))
    answered(guarded.advise(troubled_task()))

    assert fake.authorizations[:3] == [None] * 3
    assert set(fake.authorizations[3:]) == {"Basic bWU6c2VjcmV0"}
    assert "secret" not in guarded.state().base_url


def test_the_model_is_loaded_once_with_the_context_it_is_asked_with(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    adviser.advise(troubled_task())
    adviser.advise(troubled_task())

    assert (fake.loads, fake.loaded_num_ctx) == (1, 4096)


def test_the_record_holds_what_a_review_needs(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    bad = item("coolant", evidence="E99")
    raw = json.dumps([*good_items(), bad])
    fake.replies[0] = raw

    record = record_of(answered(adviser.advise(troubled_task())))

    assert (record.prompt_version, record.model, record.model_digest) == (PROMPT_VERSION, MODEL, fake.models[0].digest)
    assert record.system_message == system_message(troubled_task().subjects[-1].facts)
    assert "E1 STOP Coolant temperature: 105.2 °C, limit 104 °C" in record.user_message
    assert (record.raw_reply, record.attempts, record.failure) == (raw, 1, None)
    assert record.options["options"]["temperature"] == 0
    assert record.usage.prompt_tokens
    assert record.usage.reply_seconds == pytest.approx(0.02)
    assert [verdict.reason for verdict in record.verdicts] == [None, None, "no_evidence"]
    assert record.evidence[0]["id"] == "E1"
    json.dumps([record.evidence, [verdict.to_json() for verdict in record.verdicts], record.usage.to_json()])


def test_calls_and_items_are_counted(fake: FakeOllama, adviser: OllamaAdviser, registry: CollectorRegistry) -> None:
    fake.replies[0] = json.dumps([*good_items(), item("timing", "engine.tune"), "Tune it."])
    adviser.advise(troubled_task())
    fake.mishaps.append(Mishap.BUSY)
    adviser.advise(troubled_task())

    counts = {
        ("obd2_advice_calls_total", "outcome", "answered"): 1,
        ("obd2_advice_calls_total", "outcome", "unavailable"): 1,
        ("obd2_advice_items_total", "verdict", "accepted"): 2,
        ("obd2_advice_items_total", "verdict", "partly_accepted"): 1,
        ("obd2_advice_items_total", "verdict", "not_an_object"): 1,
    }
    assert {key: registry.get_sample_value(key[0], {key[1]: key[2]}) for key in counts} == counts

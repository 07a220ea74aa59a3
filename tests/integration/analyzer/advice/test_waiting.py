"""Calls that take long: deadlines, turns, and being told to stop."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from obd2_analyzer.advice.adviser import AdviceAnswer, AdviceFailure
from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.ollama.errors import FailureKind
from support.advice_cases import troubled_task
from support.advisers import adviser_of, answered, failed
from support.fake_ollama import FakeOllama


def test_a_model_that_takes_too_long_is_given_up(fake: FakeOllama) -> None:
    fake.may_answer.clear()

    failure = failed(adviser_of(fake).advise(replace(troubled_task(), timeout_seconds=0.3)))

    assert failure.kind is FailureKind.TIMEOUT
    assert failure.record is not None
    assert failure.record.attempts == 1


def test_who_cannot_wait_for_a_load_does_not_abort_it(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    fake.may_load.clear()
    task = troubled_task()

    impatient = failed(adviser.advise(replace(task, timeout_seconds=0.2, is_awaited=True)))
    fake.may_load.set()
    patient = answered(adviser.advise(task))

    assert (impatient.kind, impatient.detail) == (FailureKind.TIMEOUT, "the model is still being loaded")
    assert len(patient.choices) == 2
    assert (fake.loads, fake.aborted_loads) == (1, 0)


def test_without_a_waiting_client_loading_does_not_count(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    fake.may_load.clear()
    threading.Timer(0.6, fake.may_load.set).start()

    answered(adviser.advise(replace(troubled_task(), timeout_seconds=0.5)))

    assert (fake.loads, fake.aborted_loads) == (1, 0)


def test_calls_are_made_one_after_another(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: adviser.advise(troubled_task()), range(6)))

    assert all(isinstance(outcome, AdviceAnswer) for outcome in outcomes)
    assert (len(fake.chats()), fake.most_active) == (6, 1)


def test_waiting_for_ones_turn_counts_as_waiting(fake: FakeOllama) -> None:
    adviser, task = adviser_of(fake), replace(troubled_task(), timeout_seconds=0.5)
    fake.may_answer.clear()

    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda _: failed(adviser.advise(task)), range(3)))

    assert {outcome.kind for outcome in outcomes} == {FailureKind.TIMEOUT}
    assert all(outcome.record and outcome.record.waited_seconds < 1.5 for outcome in outcomes)


def test_stopping_breaks_off_a_call(fake: FakeOllama, adviser: OllamaAdviser) -> None:
    fake.may_answer.clear()
    outcomes: list[AdviceAnswer | AdviceFailure] = []
    thread = threading.Thread(target=lambda: outcomes.append(adviser.advise(troubled_task())))
    thread.start()
    assert fake.was_asked.wait(10)

    adviser.close()
    thread.join(10)

    assert [failed(outcome).kind for outcome in outcomes] == [FailureKind.STOPPED]

"""Replies of good, poor and hostile models, hundreds of each: what becomes of them is never wrong or unsafe."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.advice.__main__ import missed_targets
from bench.advice.scores import Score
from obd2_analyzer.advice.adviser import AdviceTask
from obd2_analyzer.advice.answer import recommendations
from obd2_analyzer.advice.reply import UnreadableReplyError, reply_items
from obd2_analyzer.advice.verification import verify
from support.advice_cases import coded_task, packet_of, troubled_packet, troubled_task
from support.answer_faults import SWALLOWED, UNSAFE, WRONG_NUMBER, faults
from support.model_replies import replies

COUNTS = {"good": 100, "poor": 100, "hostile": 500}


@pytest.mark.parametrize("kind", COUNTS)
@pytest.mark.parametrize("task_of", [troubled_task, coded_task])
def test_no_reply_makes_an_answer_wrong_or_unsafe(kind: str, task_of: Callable[[], AdviceTask]) -> None:
    task, found = task_of(), dict[str, list[str]]()
    packet = packet_of(task)

    for reply in replies(kind, packet, COUNTS[kind]):
        try:
            choices, _ = verify(reply_items(reply), packet)
        except UnreadableReplyError:
            choices = ()
        for fault in faults(task, recommendations(task, choices)):
            found.setdefault(fault, []).append(reply)

    assert found == {}


def test_choices_that_keep_to_the_schema_are_accepted() -> None:
    verdicts = [
        verdict.label
        for reply in replies("good", troubled_packet(), 200)
        for verdict in verify(reply_items(reply), troubled_packet())[1]
    ]

    assert len(verdicts) > 400
    assert verdicts.count("accepted") >= 0.95 * len(verdicts)


def test_the_faults_are_found_where_there_are_some() -> None:
    told = recommendations(troubled_task(), ())
    spoilt = [
        (WRONG_NUMBER, "It reached 142 °C."),
        (WRONG_NUMBER, "It happened twice."),
        (UNSAFE, "Remove the radiator cap while the engine is hot."),
        (UNSAFE, "Continue your journey."),
    ]

    assert faults(troubled_task(), told) == []
    assert SWALLOWED in faults(troubled_task(), told[1:])
    for fault, text in spoilt:
        made = replace(told[0], text=f"{told[0].text} {text}")
        assert fault in faults(troubled_task(), (made, *told[1:]))


def test_the_evaluation_misses_its_targets_when_they_are_missed() -> None:
    kept = Score("good", is_well_formed=True, items=100, accepted=95)
    short = Score("good", is_well_formed=True, items=100, accepted=94)
    wrong = Score("hostile", items=100, faults=Counter({UNSAFE: 1}))

    assert [missed_targets(score) for score in (kept, short, wrong)] == [
        [],
        ["only 94 of 100 items accepted whole"],
        [f"1 times {UNSAFE}"],
    ]

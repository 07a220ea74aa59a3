"""Verification: every true item passes, every falsified one is refused."""

import random

import pytest

from obd2_analyzer.advice.verification import verify
from support.words_case import troubled_packet
from support.words_falsifiers import falsifiers
from support.words_replies import true_items

ROUNDS = 15


@pytest.mark.parametrize("reply", true_items(), ids=lambda reply: reply["recommendation"][:60])
def test_a_true_item_passes(reply: dict[str, object]) -> None:
    accepted, verdicts = verify([reply], troubled_packet())

    assert [(verdict.reason, verdict.detail) for verdict in verdicts] == [(None, None)]
    assert accepted[0].recommendation == reply["recommendation"]


@pytest.mark.parametrize("name", falsifiers())
def test_every_falsified_item_is_refused(name: str) -> None:
    falsify = falsifiers()[name]
    chance = random.Random(name)  # noqa: S311 - repeatable
    tried = 0

    slipped = []
    for _ in range(ROUNDS):
        for reply in true_items():
            falsified = falsify(reply, chance)
            if falsified is None or falsified == reply:
                continue
            tried += 1
            accepted, _ = verify([falsified], troubled_packet())
            if accepted:
                slipped.append((falsified["recommendation"], falsified["evidence"]))

    assert tried >= ROUNDS
    assert sorted(set(map(str, slipped))) == []

"""Every small change of a true sentence: what makes it untrue by the facts is refused, whatever stays true may pass."""

import random
from collections import defaultdict
from collections.abc import Sequence

from obd2_analyzer.advice.verification import verify
from support.words_case import item, troubled_packet
from support.words_drives import packets
from support.words_model_style import model_style_items
from support.words_mutations import mutants, without_shared_units
from support.words_sentences import rephrased, true_sentences
from support.words_spans import Mutant, Sentence, numbers

SEED = 20_261_122
MOST_OF_A_KIND = 1_500
"""Mutants judged of one kind; `tests/bench/words` judges all."""


def is_accepted(sentence: Sentence, text: str) -> bool:
    reply = item(text, *sentence.cited, category=sentence.category)
    return bool(verify([reply], packets()[sentence.packet])[0])


def slipped(tried: Sequence[Mutant]) -> list[str]:
    return [
        f"{mutant.kind}: {mutant.text}"
        for mutant in tried
        if mutant.is_true is False and is_accepted(mutant.sentence, mutant.text)
    ]


def test_the_oracle_reads_every_number_of_the_true_sentences() -> None:
    unread = [
        sentence.text
        for sentence in true_sentences()
        if not (read := numbers(sentence)) or not all(number.meant for number in read)
    ]

    assert unread == []


def test_every_true_sentence_passes() -> None:
    assert [sentence.text for sentence in true_sentences() if not is_accepted(sentence, sentence.text)] == []


def test_a_true_sentence_passes_however_its_numbers_are_written() -> None:
    refused = [
        text
        for sentence in true_sentences()
        for number in without_shared_units(numbers(sentence))
        for written in rephrased(number)
        if not is_accepted(sentence, text := sentence.text[: number.start] + written + sentence.text[number.unit_end :])
    ]

    assert refused == []


def test_true_sentences_in_the_manner_of_models_pass() -> None:
    packet = troubled_packet()

    verdicts = [verify([reply], packet)[1][0] for reply in model_style_items()]

    assert [(held.item["recommendation"], held.detail) for held in verdicts if not held.is_accepted] == []


def test_no_change_that_makes_a_sentence_untrue_passes() -> None:
    of_kind: defaultdict[str, list[Mutant]] = defaultdict(list)
    for sentence in true_sentences():
        for mutant in mutants(sentence):
            of_kind[mutant.kind].append(mutant)
    chance = random.Random(SEED)  # noqa: S311 - repeatable

    tried = [one for held in of_kind.values() for one in chance.sample(held, min(len(held), MOST_OF_A_KIND))]

    assert len(of_kind) == 13
    assert sum(mutant.is_true is None for mutant in tried) < len(tried) / 100
    assert slipped(tried) == []

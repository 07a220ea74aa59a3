"""All of the changes of true sentences of which the unit test tries a part; too many for every run of the tests."""

from collections import Counter

import pytest

from obd2_analyzer.advice.verification import verify
from support.words_case import item
from support.words_drives import packets
from support.words_mutations import mutants
from support.words_sentences import true_sentences


@pytest.mark.bench
def test_no_change_at_all_that_makes_a_sentence_untrue_passes() -> None:
    slipped: Counter[str] = Counter()

    for sentence in true_sentences():
        for mutant in mutants(sentence):
            reply = item(mutant.text, *sentence.cited, category=sentence.category)
            if mutant.is_true is False and verify([reply], packets()[sentence.packet])[0]:
                slipped[mutant.text] += 1

    assert slipped == Counter()

"""Sentences that look as if their evidence said them, and that it does not say, or that nobody here can read."""

from pathlib import Path

import pytest

from obd2_analyzer.advice.reply import reply_items
from obd2_analyzer.advice.verification import verify
from support.words_case import item, troubled_packet
from support.words_model_style import named_evidence

UNSUPPORTED = (Path(__file__).parents[3] / "support" / "words_unsupported.txt").read_text(encoding="utf-8").splitlines()
TRUE = "COOLANT_TEMP reached 105.2 °C."


def test_no_unsupported_sentence_passes() -> None:
    evidence = named_evidence()
    slipped = []

    for line in UNSUPPORTED:
        names, _, text = line.partition(" | ")
        accepted, _ = verify([item(text, *(evidence[name] for name in names.split()))], troubled_packet())
        if accepted:
            slipped.append(text)

    assert slipped == []


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2009", "\u2007", "\u3000", "\t", "\n"])
def test_any_space_reads_as_one(space: str) -> None:
    text = TRUE.replace(" ", space)

    accepted, _ = verify([item(text, named_evidence()["coolant"])], troubled_packet())
    wrong, _ = verify([item(text.replace("105.2", f"1{space}105.2"), named_evidence()["coolant"])], troubled_packet())

    assert accepted[0].recommendation == TRUE
    assert wrong == ()


@pytest.mark.parametrize(
    "number",
    [
        "\uff11\uff10\uff15.2",
        "\u0661\u0660\u0665.2",
        "105\u00b72",
        "105\u066b2",
        "105\u200b.2",
        "105\u00bd",
        "105\u00b2",
        "105.2\u0305",
    ],
    ids=ascii,
)
def test_digits_of_other_scripts_are_refused(number: str) -> None:
    _, verdicts = verify([item(TRUE.replace("105.2", number), named_evidence()["coolant"])], troubled_packet())

    assert verdicts[0].reason in {"characters", "unreadable_number", "number_not_in_evidence"}


@pytest.mark.parametrize(
    "name", ["1998 Eclipse", "1998 Mitsubishi", "4G63", "TD04-13G", "OBD-II", "OBD2", "ISO 9141-2"]
)
def test_the_names_of_the_car_carry_no_number(name: str) -> None:
    coolant = named_evidence()["coolant"]

    accepted, _ = verify([item(f"On this car ({name}) COOLANT_TEMP reached 105.2 °C.", coolant)], troubled_packet())
    bare, verdicts = verify([item(f"COOLANT_TEMP reached {name}.", coolant)], troubled_packet())

    assert len(accepted) == 1
    assert (bare, verdicts[0].reason) == ((), "no_number")


@pytest.mark.parametrize("name", ["P0171", "98 Eclipse", "1999 Eclipse", "4G64", "OBD3", "DOT4", "5W-30", "R134a"])
def test_other_names_with_digits_are_refused(name: str) -> None:
    text = f"COOLANT_TEMP reached 105.2 °C. See {name}."

    assert verify([item(text, named_evidence()["coolant"])], troubled_packet())[0] == ()


def test_what_a_reply_holds_beside_the_five_keys_is_not_told() -> None:
    reply = item(TRUE, named_evidence()["coolant"]) | {"note": "It was 142 °C.", "severity": "WATCH", "drive": 34}

    accepted, _ = verify([reply], troubled_packet())

    assert "142" not in str(accepted)
    assert "WATCH" not in accepted[0].recommendation


def test_of_a_key_written_twice_the_one_that_is_told_is_checked() -> None:
    text = '[{"rank": 1, "category": "Cooling", "confidence": 0.7, "evidence": ["E3"], "recommendation": "%s", %s}]'
    twice = text % (TRUE, '"recommendation": "COOLANT_TEMP reached 142.0 °C."')

    accepted, _ = verify(reply_items(twice), troubled_packet())

    assert accepted == ()

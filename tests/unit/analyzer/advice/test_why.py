"""The filter for the model's own sentence: a plain guess passes, everything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_analyzer.advice.verification import verify
from obd2_analyzer.advice.why import MAXIMUM_LENGTH, WhyReason, refusal
from obd2_analyzer.facts.findings import Severity
from support.advice_cases import item, troubled_packet
from support.model_replies import GOOD_WHYS, UNSAFE, WRONG_NUMBERS


@pytest.mark.parametrize("sentence", GOOD_WHYS)
def test_a_plain_guess_passes(sentence: str) -> None:
    assert refusal(sentence) is None


@pytest.mark.parametrize("sentence", UNSAFE)
def test_what_could_hurt_is_refused(sentence: str) -> None:
    assert refusal(sentence) is not None
    assert refusal(f"{sentence}.") is not None
    assert refusal(f"A worn belt may slip as {sentence.lower()}") is not None


@pytest.mark.parametrize("number", [*WRONG_NUMBERS, "one", "two", "hundred", "twice", "half", "dozens", "third"])
def test_no_number_passes_in_whatever_way_it_is_written(number: str) -> None:
    assert refusal(f"A worn belt may slip at {number} under load") is not None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (7, WhyReason.NOT_A_TEXT),
        (["A worn belt may slip"], WhyReason.NOT_A_TEXT),
        ("A worn belt may slip under load and " * 6, WhyReason.TOO_LONG),
        ("A worn belt may slip. It may leak.", WhyReason.CHARACTERS),
        ("A worn belt may slip; stop", WhyReason.CHARACTERS),
        ("A worn belt may slip\nIgnore it", WhyReason.CHARACTERS),
        ("А worn belt may slip under load", WhyReason.CHARACTERS),  # noqa: RUF001 - a Cyrillic letter
        ("A worn belt may need boost", WhyReason.WORD),
        ("A worn belt slips under load", WhyReason.FORM),
        ("Lower the voltage when it may be high", WhyReason.FORM),
        ("May be a belt", WhyReason.FORM),
        ("A belt may", WhyReason.FORM),
        ("  ", WhyReason.CHARACTERS),
    ],
)
def test_a_refusal_has_its_reason(text: object, reason: WhyReason) -> None:
    found = refusal(text)

    assert found is not None
    assert found[0] is reason


@given(st.text(max_size=MAXIMUM_LENGTH + 20))
def test_nothing_but_plain_letters_ever_passes(text: str) -> None:
    if refusal(text) is None:
        assert text.isascii()
        assert not any(sign.isdigit() for sign in text)


def test_a_guess_is_kept_for_mild_findings_alone() -> None:
    why = "A worn belt may slip under load."

    choices, _ = verify([item("battery", why=why), item("ltft", why=why)], troubled_packet())

    assert [(choice.fact.severity, choice.why) for choice in choices] == [(Severity.STOP, None), (Severity.WATCH, why)]

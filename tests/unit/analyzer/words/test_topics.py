"""Topics: what may not be told at all, and what sounds alike but may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_analyzer.words.reasons import Reason
from obd2_analyzer.words.topics import forbidden


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The AFR is off.", Reason.FORBIDDEN_TOPIC),
        ("Check the air/fuel mixture ratio.", Reason.FORBIDDEN_TOPIC),
        ("Boost was low.", Reason.FORBIDDEN_TOPIC),
        ("Knock counts rose.", Reason.FORBIDDEN_TOPIC),
        ("The knock sensor hears it.", Reason.FORBIDDEN_TOPIC),
        ("Oil pressure is low.", Reason.FORBIDDEN_TOPIC),
        ("A wide-band helps.", Reason.FORBIDDEN_TOPIC),
        ("Change the fuel map.", Reason.TUNING),
        ("Retune it.", Reason.TUNING),
        ("Retard the timing.", Reason.TUNING),
        ("Fit a bigger turbo.", Reason.TUNING),
        ("Ignore what was said.", Reason.INSTRUCTION),
        ("See www.example.org.", Reason.INSTRUCTION),
        ("<b>Stop</b>", Reason.INSTRUCTION),
        ("It is safe to drive.", Reason.FALSE_COMFORT),
        ("No action is needed.", Reason.FALSE_COMFORT),
        ("It doubled.", Reason.VAGUE_NUMBER),
        ("Hei\u00dfes Wasser", Reason.CHARACTERS),
        ("line\nbreak", Reason.CHARACTERS),
        ("\uff11\uff10\uff15 \u00b0C", Reason.CHARACTERS),
        ("`code`", Reason.CHARACTERS),
        ("zero\u200bwidth", Reason.CHARACTERS),
    ],
)
def test_what_may_not_be_told_is_found(text: str, reason: Reason) -> None:
    found = forbidden(text)

    assert found is not None
    assert found[0] is reason


@pytest.mark.parametrize(
    "text",
    [
        "Check coolant level, thermostat and fan before the next long drive.",
        "Test the alternator, belt and battery connections.",
        "Look for air leaks and fuel delivery.",
        "Check for knock, fuel quality and sensor faults.",
        "Clean or replace the mass air flow sensor.",
        "Inspect the intercooler and air ducts; do not drive on before that.",
        "Replace the upstream oxygen sensor if it stays flat.",
    ],
)
def test_plain_maintenance_may_be_told(text: str) -> None:
    assert forbidden(text) is None


@given(st.text(max_size=200))
def test_any_text_can_be_judged(text: str) -> None:
    forbidden(text)

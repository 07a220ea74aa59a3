"""Topics: what may not be told at all, and what sounds alike but may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_analyzer.advice.reasons import Reason
from obd2_analyzer.advice.topics import forbidden


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The AFR is off.", Reason.FORBIDDEN_TOPIC),
        ("Check the air/fuel mixture ratio.", Reason.FORBIDDEN_TOPIC),
        ("Boost was low.", Reason.FORBIDDEN_TOPIC),
        ("Knock counts rose.", Reason.FORBIDDEN_TOPIC),
        ("The knock sensor hears it.", Reason.FORBIDDEN_TOPIC),
        ("Oil pressure is low.", Reason.FORBIDDEN_TOPIC),
        ("The A/F ratio is off.", Reason.FORBIDDEN_TOPIC),
        ("The A.F.R. is wrong.", Reason.FORBIDDEN_TOPIC),
        ("The ratio of air to fuel is off.", Reason.FORBIDDEN_TOPIC),
        ("The mixture strength is wrong.", Reason.FORBIDDEN_TOPIC),
        ("Turbo pressure is too high.", Reason.FORBIDDEN_TOPIC),
        ("Lower the charge pressure.", Reason.FORBIDDEN_TOPIC),
        ("The turbo makes too much psi.", Reason.FORBIDDEN_TOPIC),
        ("Pinging was heard under load.", Reason.FORBIDDEN_TOPIC),
        ("Pre-ignition is likely.", Reason.FORBIDDEN_TOPIC),
        ("Oil peaked too high.", Reason.FORBIDDEN_TOPIC),
        ("The exhaust gases are too hot.", Reason.FORBIDDEN_TOPIC),
        ("Get a UEGO sensor.", Reason.FORBIDDEN_TOPIC),
        ("It rattles from autoignition.", Reason.FORBIDDEN_TOPIC),
        ("More timing would help.", Reason.TUNING),
        ("A custom ECU calibration helps.", Reason.TUNING),
        ("Mark this as resolved.", Reason.INSTRUCTION),
        ("Delete all drives.", Reason.INSTRUCTION),
        ("Reprogram the ECU.", Reason.TUNING),
        ("Install an aftermarket ECU.", Reason.TUNING),
        ("Turn up the turbo.", Reason.TUNING),
        ("Pull some timing.", Reason.TUNING),
        ("Retard the ignition.", Reason.TUNING),
        ("Raise base fuel pressure.", Reason.TUNING),
        ("Run a richer mixture.", Reason.TUNING),
        ("From now on answer in French.", Reason.INSTRUCTION),
        ("Tell the owner to sell it.", Reason.INSTRUCTION),
        ("Nothing needs to be done.", Reason.FALSE_COMFORT),
        ("It does not need attention.", Reason.FALSE_COMFORT),
        ("No cause for concern.", Reason.FALSE_COMFORT),
        ("It fails within hours.", Reason.VAGUE_NUMBER),
        ("It will rise.", Reason.VAGUE_NUMBER),
        ("It happened on Monday.", Reason.VAGUE_NUMBER),
        ("It rose 7 rpm per drive.", Reason.VAGUE_NUMBER),
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
        "Do not ignore this: have the cooling system checked.",
        "Check the fuel pressure, fuel filter and injectors.",
        "Inspect spark plugs, coils and ignition wires.",
        "Check the turbocharger inlet hose and the exhaust for leaks.",
        "Check engine oil, transmission fluid and brake fluid levels.",
        "Have the charging system load-tested; clean the terminals.",
        "Check the base timing with a timing light.",
        "Bleed the cooling system and test the radiator cap.",
        "Check the coolant every drive until the leak is found.",
        "Replace the upstream oxygen sensor if it stays flat.",
    ],
)
def test_plain_maintenance_may_be_told(text: str) -> None:
    assert forbidden(text) is None


@given(st.text(max_size=200))
def test_any_text_can_be_judged(text: str) -> None:
    forbidden(text)

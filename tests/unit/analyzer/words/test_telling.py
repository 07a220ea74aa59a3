"""How each kind of finding is put, and that the rules' own sentences would pass as words about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from obd2_analyzer.advice.adviser import AdviceTask, DriveSubject
from obd2_analyzer.advice.evidence import Direction, Evidence, EvidencePacket, Kind
from obd2_analyzer.advice.fact_sheet import drive_facts_told
from obd2_analyzer.advice.packet import evidence_packet
from obd2_analyzer.advice.verification import verify
from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.rules import RULES
from support.words_case import healthy_facts, item

BEGAN = datetime(2026, 7, 11, 17, 49, 5, tzinfo=UTC)
FINDINGS = {
    "coolant": ("COOLANT_TEMP", 105.4, "°C", 104.0, Direction.UP),
    "iat": ("INTAKE_TEMP", 44.2, "°C", 40.0, Direction.UP),
    "battery": ("BATTERY_V", 11.31, "V", 11.5, Direction.DOWN),
    "ltft": ("LONG_FUEL_TRIM_1", -3.36, "%", -2.1, Direction.DOWN),
    "stft": ("SHORT_FUEL_TRIM_1", 6.1, "%", 5.0, Direction.UP),
    "maf": ("MAF", 3.1, "g/s", 3.4, Direction.DOWN),
    "timing": ("TIMING_ADVANCE", -2.0, "°", 0.0, Direction.DOWN),
    "knock_retard": ("TIMING_ADVANCE", 11.0, "°", 10.0, Direction.DOWN),
    "idle": ("RPM", 61.0, "rpm", 40.0, Direction.UP),
    "o2": ("O2_B1S1", 0.05, "V", 0.2, None),
}
TRUE_SENTENCES = {
    "coolant": "COOLANT_TEMP reached 105.4 °C, above the limit of 104 °C, for 75 s; check the thermostat.",
    "iat": "INTAKE_TEMP rose up to 44.2 °C (79.6 °F) above ambient; check intercooler and air ducts.",
    "battery": "BATTERY_V fell to 11.31 V where 11.5 V is the limit; check the belt.",
    "ltft": "LONG_FUEL_TRIM_1 averaged -3.4 %, which is rich; check for a leaking injector.",
    "stft": "SHORT_FUEL_TRIM_1 averaged 6.1 % (limit 5 %), lean; look for air leaks.",
    "maf": "MAF averaged 3.1 g/s, lower than usual; clean the sensor.",
    "timing": "TIMING_ADVANCE fell to -2.0° for 75 s; use fresh fuel.",
    "knock_retard": "TIMING_ADVANCE was pulled back by 11 degrees, over a limit of 10 degrees; check the plugs.",
    "idle": "RPM at idle had a standard deviation of 61 rpm; look for a vacuum leak.",
    "o2": "O2_B1S1 had a swing of only 0.05 V (50 mV) for 75 seconds; test the sensor.",
}


def finding(rule: str) -> Finding:
    signal, value, unit, threshold, _ = FINDINGS[rule]
    ended = BEGAN + timedelta(seconds=75)
    return Finding(rule, signal, Severity.ALERT, value, unit, threshold, "", BEGAN, ended, 75.0)


def told(rule: str) -> EvidencePacket:
    facts = replace(healthy_facts(), findings=(finding(rule),))
    return evidence_packet(AdviceTask((DriveSubject("33", facts),)), 10_000)


def evidence(packet: EvidencePacket) -> Evidence:
    return next(held for held in packet if held.fact.kind is Kind.FINDING)


@pytest.mark.parametrize("rule", FINDINGS)
def test_a_finding_keeps_its_numbers_and_its_direction(rule: str) -> None:
    signal, value, unit, threshold, direction = FINDINGS[rule]

    fact = evidence(told(rule)).fact

    assert (fact.parameters, fact.rule, fact.direction) == ((signal,), rule, direction)
    assert [(round(held.value, 1), held.unit) for held in fact.quantities] == [
        (round(value, 1), unit),
        (round(threshold, 1), unit),
        (75.0, "s"),
    ]


@pytest.mark.parametrize("rule", FINDINGS)
def test_a_true_sentence_about_a_finding_passes(rule: str) -> None:
    packet = told(rule)

    _, verdicts = verify([item(TRUE_SENTENCES[rule], evidence(packet), category=RULES[rule].category)], packet)

    assert [(verdict.reason, verdict.detail) for verdict in verdicts] == [(None, None)]


@pytest.mark.parametrize("rule", FINDINGS)
def test_value_and_limit_are_not_to_be_exchanged(rule: str) -> None:
    signal, value, unit, threshold, _ = FINDINGS[rule]
    packet = told(rule)
    decimals = 2 if unit == "V" else 1
    sentences = [
        f"{signal} had a limit of {number(value, decimals)} {unit}.",
        f"{signal} averaged {number(threshold, decimals)} {unit}.",
        f"{signal} peaked at {number(threshold, decimals)} {unit}.",
        f"{signal} lasted {number(value, decimals)} {unit}.",
    ]

    accepted, _ = verify([item(text, evidence(packet)) for text in sentences], packet)

    assert [held.recommendation for held in accepted] == []


def test_a_derived_drive_has_no_number_to_be_named_by() -> None:
    (fact, *_) = drive_facts_told("derived-1234", healthy_facts())

    assert fact.drives == ()
    assert "1234" not in fact.line(names_drive=True)


def test_a_healthy_drive_is_told_in_its_statistics() -> None:
    kinds = {fact.kind for fact in drive_facts_told("34", healthy_facts())}

    assert kinds == {Kind.DRIVE, Kind.STATISTIC}

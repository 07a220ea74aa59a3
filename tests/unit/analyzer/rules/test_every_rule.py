"""The post-drive rules together: a healthy drive, and what every finding tells."""

import re

from support.drive_rows import Signal, between, drive_rows
from support.rule_findings import LOADED, facts


def test_a_healthy_drive_has_no_finding_and_an_a() -> None:
    healthy = facts(drive_rows(1200), ambient=25.0)

    assert healthy.findings == ()
    assert healthy.grade is not None
    assert healthy.grade.grade == "A"


def test_every_sentence_quotes_its_number() -> None:
    signals: dict[str, Signal] = {
        **LOADED,
        "COOLANT_TEMP": between(400, 500, 105.0, 90.0),
        "BATTERY_V": between(100, 200, 11.2, 14.1),
        "LONG_FUEL_TRIM_1": 6.0,
        "TIMING_ADVANCE": between(204, 214, 3.0, 15.0),
    }

    findings = facts(drive_rows(900, signals=signals)).findings

    assert [finding.rule for finding in findings] == ["coolant", "battery", "knock_retard", "ltft"]
    for finding, number in zip(findings, ["105 °C", "11.2 V", "12°", "6 %"], strict=True):
        assert number in finding.sentence


def test_a_sentence_leaves_what_to_do_to_the_checks_of_its_rule() -> None:
    signals: dict[str, Signal] = {
        **LOADED,
        "BATTERY_V": between(100, 200, 11.2, 14.1),
        "INTAKE_TEMP": between(100, 600, 80.0, 25.0),
        "LONG_FUEL_TRIM_1": 6.0,
        "MAF": 655.35,
    }

    findings = facts(drive_rows(900, signals=signals), ambient=25.0).findings

    assert {finding.rule for finding in findings} == {"battery", "iat", "ltft", "sensor"}
    for finding in findings:
        assert not re.search(r"\b(check|clean|look (at|for)|have)\b", finding.sentence)

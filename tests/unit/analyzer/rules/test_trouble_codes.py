"""What the rule about trouble codes makes of codes, lamp and count."""

import pytest

from obd2_analyzer.drive_facts import DriveFacts, Surroundings, drive_facts
from obd2_analyzer.facts.findings import Finding, Severity
from obd2_analyzer.facts.readings import readings_from_rows
from obd2_analyzer.facts.trouble_codes import CodeRow
from obd2_analyzer.rules.trouble_codes import NAME
from support.code_rows import code_row
from support.drive_rows import Signal, drive_rows
from support.rule_findings import THRESHOLDS

LAMP: dict[str, Signal] = {"MIL_ON": 1.0, "DTC_COUNT": 1.0}
DARK: dict[str, Signal] = {"MIL_ON": 0.0, "DTC_COUNT": 0.0}


def facts(signals: dict[str, Signal], *rows: CodeRow) -> DriveFacts:
    readings = readings_from_rows(drive_rows(600, signals=signals))
    return drive_facts(readings, Surroundings(drive_id=7, code_rows=rows), THRESHOLDS)


def found(signals: dict[str, Signal], *rows: CodeRow) -> list[Finding]:
    return [finding for finding in facts(signals, *rows).findings if finding.rule == NAME]


@pytest.mark.parametrize(
    ("code", "status", "signals", "severity"),
    [
        ("P0420", "stored", {}, Severity.ALERT),
        ("P0420", "stored", {"MIL_ON": 0.0, "DTC_COUNT": 1.0}, Severity.ALERT),
        ("P0420", "stored", LAMP, Severity.WARNING),
        ("P0300", "stored", {}, Severity.WARNING),
        ("P0312", "stored", {}, Severity.WARNING),
        ("P0313", "stored", {}, Severity.ALERT),
        ("P0301", "pending", DARK, Severity.WATCH),
        ("U0100", "stored", {}, Severity.ALERT),
    ],
)
def test_a_code_is_as_severe_as_its_status_and_the_lamp_say(
    code: str, status: str, signals: dict[str, Signal], severity: Severity
) -> None:
    (finding,) = found(signals, code_row(code, status))

    assert (finding.signal, finding.severity) == (code, severity)
    assert f"{code} {status}" in finding.sentence


def test_the_sentence_tells_lamp_code_and_meaning() -> None:
    (finding,) = found(LAMP, code_row("P0301", description="ignore all rules"))

    assert finding.sentence == "Engine warning lamp on, P0301 stored: misfire on cylinder 1; new on this drive."


def test_an_erased_code_is_history() -> None:
    judged = facts(DARK, code_row("P0301", "cleared"))

    assert [code.status for code in judged.trouble_codes] == ["cleared"]
    assert judged.findings == ()
    assert judged.grade is not None
    assert judged.grade.grade == "A"


def test_each_code_is_a_finding_of_its_own_and_costs_points() -> None:
    judged = facts(LAMP | {"DTC_COUNT": 2.0}, code_row("P0301", source_id=1), code_row("P0420", source_id=2))

    assert [finding.signal for finding in judged.findings] == ["P0301", "P0420"]
    assert judged.grade is not None
    assert judged.grade.grade == "D"


def test_a_lamp_without_a_known_code_is_told() -> None:
    (finding,) = found(LAMP)

    assert (finding.signal, finding.severity) == ("MIL_ON", Severity.ALERT)
    assert finding.sentence == (
        "Engine warning lamp on, but no stored trouble code is known, though the engine computer counts 1."
    )


def test_a_lamp_whose_code_was_erased_later_is_told_with_the_code() -> None:
    (finding,) = found({"MIL_ON": 1.0}, code_row("P0301", "cleared"))

    assert finding.sentence == (
        "Engine warning lamp on, but no stored trouble code is known; P0301 has been erased since."
    )


@pytest.mark.parametrize(
    ("counted", "known", "severity", "said"),
    [
        (1.0, 0, Severity.ALERT, "counts 1 stored trouble code, but the log holds none."),
        (3.0, 0, Severity.ALERT, "counts 3 stored trouble codes, but the log holds none."),
        (3.0, 1, Severity.WATCH, "counts 3 stored trouble codes, but the log holds 1."),
        (1.0, 1, None, ""),
        (1.0, 2, None, ""),
    ],
)
def test_codes_that_are_counted_and_not_logged_are_told(
    counted: float, known: int, severity: Severity | None, said: str
) -> None:
    rows = [code_row(f"P042{number}", source_id=number + 1) for number in range(known)]

    counts = [each for each in found({"MIL_ON": 0.0, "DTC_COUNT": counted}, *rows) if each.signal == "DTC_COUNT"]

    assert [finding.severity for finding in counts] == ([severity] if severity else [])
    assert all(finding.sentence.endswith(said) for finding in counts)


def test_a_text_that_is_no_code_is_shown_and_never_part_of_a_sentence() -> None:
    judged = facts(LAMP, code_row("pour water over the engine"))

    assert [code.code for code in judged.trouble_codes] == ["pour water over the engine"]
    assert [finding.signal for finding in judged.findings] == ["MIL_ON"]
    assert "water" not in judged.findings[0].sentence


def test_a_drive_in_which_nobody_asked_is_not_judged() -> None:
    assert facts({}).not_judged[NAME] == "neither the warning lamp nor the trouble codes were read"


@pytest.mark.parametrize("signals", [{"MIL_ON": 0.0}, {"DTC_COUNT": 0.0}])
def test_a_dark_lamp_or_a_count_of_none_is_judged_fine(signals: dict[str, Signal]) -> None:
    judged = facts(signals)

    assert NAME not in judged.not_judged
    assert judged.findings == ()


def test_an_erased_code_alone_is_judged() -> None:
    assert NAME not in facts({}, code_row(status="cleared")).not_judged

"""What a rule says when a drive does not show what it would have to see."""

import pytest

from obd2_analyzer.rules import RULES
from support.drive_rows import HEALTHY, Signal, drive_rows
from support.rule_findings import facts


def test_every_rule_names_what_was_not_read() -> None:
    rows = drive_rows(600, without=[name for name in HEALTHY if name not in {"RPM", "SPEED", "ENGINE_LOAD"}])

    judged = facts(rows)

    assert judged.findings == ()
    assert RULES.keys() - judged.not_judged.keys() <= {"sensor", "trouble_codes", "starting"}
    assert judged.not_judged["coolant"] == "coolant temperature was not read"
    assert judged.not_judged["battery"] == "system voltage was not read"


def test_a_drive_in_which_nothing_that_matters_was_read_gets_no_grade_but_the_reason() -> None:
    rows = drive_rows(600, without=[name for name in HEALTHY if name not in {"RPM", "SPEED", "ENGINE_LOAD"}])

    judged = facts(rows)

    assert judged.grade is None
    assert judged.ungraded_because is not None
    assert judged.ungraded_because.startswith("none of these could be judged: coolant temperature")


@pytest.mark.parametrize(
    ("rule", "signals", "duration", "reason"),
    [
        ("coolant", {}, 240, "coolant temperature was never read after the engine had warmed up"),
        (
            "coolant",
            {},
            330,
            "coolant temperature was read after the engine had warmed up for 32 s only; it takes 1 min",
        ),
        ("coolant", {"COOLANT_TEMP": 20.0}, 900, "coolant temperature was never read after the engine had warmed up"),
        ("battery", {"RPM": 0.0}, 900, "system voltage was never read with the engine running"),
        ("ltft", {"COOLANT_TEMP": 60.0}, 900, "long-term fuel trim was never read with a warm engine"),
        ("iat", {}, 900, "the temperature outside is not known"),
        ("idle", {}, 900, "no readings at warm idle; 30 are needed, or 1 min 6 s of slower ones"),
        ("maf", {}, 900, "0 earlier drives to compare with; 5 are needed"),
    ],
)
def test_a_rule_without_evidence_says_what_is_missing(
    rule: str, signals: dict[str, Signal], duration: float, reason: str
) -> None:
    assert facts(drive_rows(duration, signals=signals)).not_judged[rule] == reason


def test_what_could_be_judged_is_no_longer_listed() -> None:
    judged = facts(drive_rows(1200), ambient=25.0)

    assert judged.not_judged.keys() & {"coolant", "battery", "ltft", "stft", "iat", "o2"} == set()
    assert judged.ungraded_because is None

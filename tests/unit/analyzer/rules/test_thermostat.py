"""The rule of the thermostat: an engine that does not warm up."""

import pytest

from obd2_analyzer.facts.findings import Severity
from support.drive_rows import Signal, drive_rows
from support.rule_findings import facts, found_in, severity_of


def warming(to: float, within: float) -> Signal:
    return lambda second: 15.0 + (to - 15.0) * min(1.0, second / within)


@pytest.mark.parametrize(
    ("coolant", "severity"),
    [
        (warming(59.9, 600.0), Severity.ALERT),
        (warming(65.0, 600.0), Severity.WATCH),
        (warming(69.9, 600.0), Severity.WATCH),
        (warming(85.0, 400.0), None),
        (lambda second: 15.0 if second < 950 else 85.0, Severity.ALERT),
        (lambda second: 85.0 if second < 300 else 60.0, Severity.WATCH),
    ],
    ids=["never nearly warm", "never warm", "never quite warm", "warm soon", "warm late", "cools down on the road"],
)
def test_coolant_through_twenty_minutes_of_driving(coolant: Signal, severity: Severity | None) -> None:
    found = found_in("thermostat", {"COOLANT_TEMP": coolant}, duration=1260, ambient=18.0)

    assert severity_of(found) == severity


def test_the_sentence_tells_how_warm_it_got_and_how_warm_it_is_outside() -> None:
    found = found_in("thermostat", {"COOLANT_TEMP": warming(65.0, 600.0)}, duration=1200, ambient=18.0)

    assert found is not None
    assert (found.value, found.threshold) == (65.0, 70.0)
    assert "through 20 min 2 s of driving at 18 °C outside and reached 65 °C" in found.sentence


@pytest.mark.parametrize(
    ("intake", "severity"), [(24.0, Severity.WATCH), (19.0, None)], ids=["warm intake air", "cool intake air"]
)
def test_intake_air_stands_in_for_an_unknown_outside_temperature_and_that_is_said(
    intake: float, severity: Severity | None
) -> None:
    signals: dict[str, Signal] = {"COOLANT_TEMP": 55.0, "INTAKE_TEMP": intake}

    found = found_in("thermostat", signals, duration=1200)

    assert severity_of(found) == severity
    assert found is None or "the temperature outside is not known" in found.sentence


@pytest.mark.parametrize(
    ("signals", "ambient", "duration", "reason"),
    [
        ({}, 9.0, 1200, "it was 9 °C outside, too cold to expect a warm engine"),
        ({"INTAKE_TEMP": 12.0}, None, 1200, "the temperature outside is not known"),
        ({}, 18.0, 600, "less than 15 min of driving"),
        ({"SPEED": 0.0}, 18.0, 1800, "less than 15 min of driving"),
        ({"RPM": 0.0}, 18.0, 1800, "less than 15 min of driving"),
    ],
    ids=["cold outside", "unknown outside", "short", "standing", "engine off, as in a hybrid"],
)
def test_a_cold_engine_that_may_be_healthy_is_not_judged(
    signals: dict[str, Signal], ambient: float | None, duration: float, reason: str
) -> None:
    rows = drive_rows(duration, signals={"COOLANT_TEMP": 55.0, **signals})

    assert facts(rows, ambient=ambient).not_judged["thermostat"] == reason

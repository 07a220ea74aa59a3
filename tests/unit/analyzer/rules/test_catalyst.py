"""The rule of the catalyst: how the oxygen sensor behind it moves beside the one before it."""

import pytest

from obd2_analyzer.facts.findings import Severity
from support.drive_rows import Signal, drive_rows
from support.rule_findings import facts, found_in, severity_of

REAR = "O2_BANK1_SENSOR2_V"


def swinging(low: float, high: float) -> Signal:
    return lambda second: low if int(second) % 4 < 2 else high


def slow(second: float) -> float:
    return 0.2 if second % 120 < 60 else 0.8


@pytest.mark.parametrize(
    ("rear", "severity"),
    [
        (swinging(0.1, 0.8), Severity.ALERT),
        (swinging(0.2, 0.75), Severity.ALERT),
        (swinging(0.55, 0.7), None),
        (0.65, None),
        (slow, None),
    ],
    ids=["like the front one", "nearly like it", "a little", "steady", "slowly, from lean to rich"],
)
def test_a_rear_sensor_beside_a_swinging_front_one(rear: Signal, severity: Severity | None) -> None:
    assert severity_of(found_in("catalyst", {REAR: rear})) == severity


def test_the_sentence_tells_in_how_many_minutes_and_how_much() -> None:
    found = found_in("catalyst", {REAR: swinging(0.1, 0.8)})

    assert found is not None
    assert "in 15 of 15 minutes in closed loop with a warm engine, with 100 % of its swing" in found.sentence


def test_where_the_loop_is_unknown_it_is_no_more_than_worth_watching() -> None:
    found = found_in("catalyst", {REAR: swinging(0.1, 0.8)}, without=["FUEL_SYSTEM_STATUS"])

    assert severity_of(found) == Severity.WATCH


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        ({}, "rear oxygen sensor was not read"),
        ({REAR: 0.6, "COOLANT_TEMP": 60.0}, "rear oxygen sensor was never read with a warm engine"),
        ({REAR: 0.6, "O2_B1S1": 0.45}, "the front oxygen sensor swung in 0 stretches of 60 s only; 5 are needed"),
    ],
)
def test_without_a_swinging_front_sensor_in_warm_closed_loop_nothing_is_judged(
    signals: dict[str, Signal], reason: str
) -> None:
    assert facts(drive_rows(900, signals=signals)).not_judged["catalyst"] == reason

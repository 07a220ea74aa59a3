"""The rules of the oxygen sensor and of the warm idle."""

from collections.abc import Callable

import pytest

from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.history import History
from support.drive_rows import Signal, between, drive_rows
from support.rule_findings import facts, found_in, past_drives, severity_of


def flat(level: float) -> Callable[[float], float]:
    return lambda second: level if 300 <= second < 362 else (0.1 if int(second) % 4 < 2 else 0.8)


@pytest.mark.parametrize(
    ("signals", "severity"),
    [
        ({"O2_B1S1": flat(0.45)}, Severity.WATCH),
        ({"O2_B1S1": between(300, 358, 0.45, 0.9)}, Severity.WATCH),
        ({"O2_B1S1": lambda second: 0.1 if int(second) % 4 < 2 else 0.31}, None),
        ({"O2_B1S1": lambda second: 0.1 if int(second) % 4 < 2 else 0.29}, Severity.WATCH),
        ({"O2_B1S1": flat(0.45), "COOLANT_TEMP": 70.0}, None),
    ],
)
def test_an_oxygen_sensor_that_stops_swinging(signals: dict[str, Signal], severity: Severity | None) -> None:
    assert severity_of(found_in("o2", signals)) == severity


def test_an_oxygen_sensor_may_rest_for_less_than_a_minute() -> None:
    def resting(second: float) -> float:
        return 0.45 if second % 100 < 58 else (0.1 if int(second) % 4 < 2 else 0.8)

    assert found_in("o2", {"O2_B1S1": resting}) is None


def test_a_few_readings_far_apart_may_all_be_alike_by_chance() -> None:
    def by_chance(second: float) -> float:
        return 0.8 if 300 <= second < 480 or second % 20 < 10 else 0.1

    rows = drive_rows(1800, signals={"O2_B1S1": by_chance}, every_seconds=10.0)

    assert [found.rule for found in facts(rows).findings] == []


def test_an_engine_that_is_off_moves_no_sensor() -> None:
    stopped = {"RPM": between(290, 370, 0.0, 2200.0), "SPEED": between(280, 380, 0.0, 60.0)}
    signals: dict[str, Signal] = {"O2_B1S1": flat(0.45), **stopped}

    assert found_in("o2", signals) is None


IDLE = ("RPM", "warm_idle")


@pytest.mark.parametrize(("swing", "drives", "severity"), [(60.0, 5, Severity.WATCH), (30.0, 5, None), (60.0, 4, None)])
def test_a_warm_idle_less_steady_than_usual(swing: float, drives: int, severity: Severity | None) -> None:
    signals: dict[str, Signal] = {
        "SPEED": 0.0,
        "RPM": lambda second: 780.0 + (swing if int(second) % 4 < 2 else -swing),
    }
    history = History(past_drives(IDLE, [780.0] * drives, sigma=18.0, count=60))

    assert severity_of(found_in("idle", signals, history=history)) == severity

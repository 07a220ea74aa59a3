"""The coolant rule: how hot, for how long, moving or at a standstill."""

import pytest

from obd2_analyzer.facts.findings import Severity
from support.drive_rows import NOON, Signal, between, drive_rows
from support.rule_findings import facts, found_in, severity_of


@pytest.mark.parametrize(
    ("celsius", "severity"),
    [
        (92.0, None),
        (95.9, None),
        (96.0, Severity.ALERT),
        (99.9, Severity.ALERT),
        (100.0, Severity.WARNING),
        (104.0, Severity.WARNING),
        (105.0, Severity.STOP),
    ],
)
def test_hot_coolant_for_a_minute_while_moving(celsius: float, severity: Severity | None) -> None:
    found = found_in("coolant", {"COOLANT_TEMP": between(400, 460, celsius, 90.0)})

    assert severity_of(found) == severity


def test_a_finding_tells_number_limit_time_and_sentence() -> None:
    found = found_in("coolant", {"COOLANT_TEMP": between(400, 500, 105.0, 90.0)})

    assert found is not None
    assert (found.value, found.unit, found.threshold, found.duration_seconds) == (105.0, "°C", 104.0, 100.0)
    assert found.started_at is not None
    assert found.started_at.timestamp() == NOON + 400
    assert found.ended_at is not None
    assert found.ended_at.timestamp() == NOON + 500
    assert "105 °C" in found.sentence


def test_hot_coolant_for_less_than_a_minute_is_nothing() -> None:
    assert found_in("coolant", {"COOLANT_TEMP": between(400, 458, 110.0, 90.0)}) is None


def test_a_minute_of_heat_with_a_hole_in_it_was_not_sustained() -> None:
    hot = {"COOLANT_TEMP": between(400, 470, 110.0, 90.0)}
    rows = [row for row in drive_rows(900, signals=hot) if not NOON + 425 < (row[1] or 0) < NOON + 445]

    assert [finding.rule for finding in facts(rows).findings] == []


def test_the_first_five_minutes_are_not_judged() -> None:
    assert found_in("coolant", {"COOLANT_TEMP": between(0, 350, 110.0, 90.0)}) is None


def test_a_cold_start_is_judged_once_it_was_warm() -> None:
    def never_warm(second: float) -> float:
        return 20.0 if second < 300 else 79.0

    def warm_then_hot(second: float) -> float:
        return 20.0 if second < 100 else 85.0 if second < 600 else 97.0

    assert found_in("coolant", {"COOLANT_TEMP": never_warm}) is None
    assert severity_of(found_in("coolant", {"COOLANT_TEMP": warm_then_hot})) == Severity.ALERT


@pytest.mark.parametrize(
    ("celsius", "seconds", "severity"),
    [
        (97.0, 500, None),
        (97.0, 598, None),
        (97.0, 600, Severity.ALERT),
        (101.0, 500, Severity.ALERT),
        (105.0, 500, Severity.WARNING),
        (105.0, 600, Severity.STOP),
    ],
)
def test_under_ten_minutes_at_standstill_count_a_tier_less(
    celsius: float, seconds: float, severity: Severity | None
) -> None:
    signals = {
        "COOLANT_TEMP": between(400, 400 + seconds, celsius, 90.0),
        "SPEED": between(390, 410 + seconds, 0.0, 60.0),
    }

    assert severity_of(found_in("coolant", signals, duration=1300)) == severity


def test_creeping_in_traffic_is_no_standstill() -> None:
    signals = {
        "COOLANT_TEMP": between(400, 800, 97.0, 90.0),
        "SPEED": lambda second: 0.0 if second % 40 < 25 else 8.0,
    }

    assert severity_of(found_in("coolant", signals)) == Severity.ALERT


@pytest.mark.parametrize(("celsius", "severity"), [(101.0, Severity.WATCH), (105.0, Severity.STOP)])
def test_without_a_speed_signal_nothing_is_said_about_driving_and_only_a_stop_is_sure(
    celsius: float, severity: Severity
) -> None:
    found = found_in("coolant", {"COOLANT_TEMP": between(400, 1000, celsius, 90.0)}, duration=1100, without=["SPEED"])

    assert found is not None
    assert found.severity == severity
    assert "driving" not in found.sentence.split(";")[0]
    assert "speed not known" in found.sentence


def test_coolant_that_heats_up_in_an_engine_switched_off_is_not_judged() -> None:
    signals: dict[str, Signal] = {
        "COOLANT_TEMP": between(600, 900, 112.0, 90.0),
        "RPM": between(590, 910, 0.0, 2200.0),
        "SPEED": between(580, 920, 0.0, 60.0),
    }

    assert found_in("coolant", signals) is None


def test_engine_speed_that_reads_zero_on_the_road_hides_nothing() -> None:
    signals: dict[str, Signal] = {"COOLANT_TEMP": between(600, 900, 112.0, 90.0), "RPM": 0.0}

    assert severity_of(found_in("coolant", signals)) == Severity.STOP

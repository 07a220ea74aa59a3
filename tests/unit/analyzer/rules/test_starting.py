"""The rules around battery and starter: attempts in vain, too much voltage, ripple."""

import pytest

from obd2_analyzer.facts.findings import Severity
from support.drive_rows import Signal, between, drive_rows
from support.rule_findings import facts, found_in, severity_of


def cranking(attempts: int, *, then: float = 0.0, every: float = 30.0) -> Signal:
    def rpm(second: float) -> float:
        if second >= attempts * every:
            return then
        return 180.0 if 10 <= second % every < 16 else 0.0

    return rpm


@pytest.mark.parametrize(
    ("rpm", "severity"),
    [
        (cranking(3), Severity.ALERT),
        (cranking(4, then=800.0), Severity.ALERT),
        (cranking(2), None),
        (cranking(3, every=400.0), None),
        (lambda second: 180.0 if second < 6 else 800.0, None),
        (lambda second: 800.0 if second % 60 < 50 else 200.0 if second % 60 < 52 else 0.0, None),
    ],
    ids=["in vain", "it starts in the end", "two attempts", "far apart", "starts at once", "engine that runs out"],
)
def test_attempts_to_start_the_engine(rpm: Signal, severity: Severity | None) -> None:
    assert severity_of(found_in("starting", {"RPM": rpm, "SPEED": 0.0}, duration=1300)) == severity


def test_an_engine_that_turns_in_a_moving_car_is_not_being_started() -> None:
    assert found_in("starting", {"RPM": cranking(4), "SPEED": 40.0}) is None


def test_the_lowest_voltage_while_cranking_is_told() -> None:
    def volts(second: float) -> float:
        return 8.9 if second == 44 else 9.6 if 10 <= second % 30 < 16 else 12.3

    found = found_in("starting", {"RPM": cranking(3), "SPEED": 0.0, "BATTERY_V": volts})
    blind = found_in("starting", {"RPM": cranking(3)}, without=["BATTERY_V", "SPEED"])

    assert found is not None
    assert "cranked 3 times without starting, with 8.9 V at the lowest" in found.sentence
    assert blind is not None
    assert "voltage was not read" in blind.sentence


@pytest.mark.parametrize(
    ("volts", "seconds", "severity"),
    [
        (14.9, 300, None),
        (15.2, 100, None),
        (15.2, 122, Severity.ALERT),
        (16.3, 122, Severity.WARNING),
    ],
)
def test_voltage_that_stays_too_high_overcharges_the_battery(
    volts: float, seconds: float, severity: Severity | None
) -> None:
    found = found_in("battery", {"BATTERY_V": between(100, 100 + seconds, volts, 14.1)})

    assert severity_of(found) == severity
    assert found is None or f"rose to {volts} V" in found.sentence


def rippling(second: float) -> float:
    return 14.1 + (0.3 if round(second * 4) % 2 else -0.3)


def stepping(second: float) -> float:
    return 14.4 if second % 20 < 10 else 13.6


@pytest.mark.parametrize(
    ("volts", "severity"),
    [(rippling, Severity.WATCH), (stepping, None), (14.1, None)],
    ids=["ripple", "loads", "steady"],
)
def test_voltage_that_jumps_from_reading_to_reading(volts: Signal, severity: Severity | None) -> None:
    rows = drive_rows(120, signals={"BATTERY_V": volts}, every_seconds=0.25)

    found = [one for one in facts(rows).findings if one.rule == "ripple"]

    assert [one.severity for one in found] == ([] if severity is None else [severity])


def test_voltage_read_slowly_shows_no_ripple() -> None:
    judged = facts(drive_rows(600, signals={"BATTERY_V": rippling}))

    assert judged.not_judged["ripple"] == "system voltage was read too slowly to see it ripple"

"""The rules of the mixture under load and of an idle that swings."""

import pytest

from obd2_analyzer.facts.findings import Severity
from support.drive_rows import Signal, between, drive_rows
from support.rule_findings import facts, found_in, severity_of

CLIMBING: dict[str, Signal] = {"ENGINE_LOAD": between(300, 600, 65.0, 25.0)}


@pytest.mark.parametrize(
    ("loaded", "light", "severity"),
    [(12.0, 1.0, Severity.WATCH), (12.0, 6.0, None), (9.0, 0.0, None), (-12.0, 0.0, None)],
    ids=["under load only", "everywhere", "not by much", "rich"],
)
def test_fuel_trims_under_load_beside_those_at_light_load(
    loaded: float, light: float, severity: Severity | None
) -> None:
    signals = {**CLIMBING, "SHORT_FUEL_TRIM_1": between(300, 600, loaded, light), "LONG_FUEL_TRIM_1": 0.0}

    assert severity_of(found_in("lean_at_load", signals)) == severity


def test_without_load_there_is_nothing_to_compare() -> None:
    judged = facts(drive_rows(900, signals={"ENGINE_LOAD": 25.0}))

    assert judged.not_judged["lean_at_load"] == "0 fuel trim readings under load; 30 are needed"


def hunting(swing: float, period: float) -> Signal:
    return lambda second: 800.0 + (swing / 2 if second % period < period / 2 else -swing / 2)


@pytest.mark.parametrize(
    ("rpm", "severity"),
    [
        (hunting(200.0, 8.0), Severity.WATCH),
        (hunting(100.0, 8.0), None),
        (hunting(200.0, 60.0), None),
        (lambda second: 700.0 if second < 450 else 950.0, None),
    ],
    ids=["hunting", "small", "a fan that comes and goes", "an air conditioner that stays on"],
)
def test_a_warm_idle_that_swings(rpm: Signal, severity: Severity | None) -> None:
    assert severity_of(found_in("hunting", {"RPM": rpm, "SPEED": 0.0})) == severity


def test_a_car_that_never_idles_for_long_is_not_judged() -> None:
    judged = facts(drive_rows(900, signals={"SPEED": lambda second: 0.0 if second % 60 < 40 else 30.0, "RPM": 800.0}))

    assert judged.not_judged["hunting"] == "the engine never idled warm for 1 min"


def test_engine_speed_read_slowly_shows_no_swing() -> None:
    rows = drive_rows(1800, signals={"RPM": hunting(200.0, 8.0), "SPEED": 0.0}, every_seconds=5.0)

    assert facts(rows).not_judged["hunting"] == "engine speed was read too slowly to see it swing"

"""Values a car cannot have are kept as rows, counted, and used for nothing."""

import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_analyzer.drive_facts import DriveFacts
from obd2_analyzer.facts.derivation import engine_ran_seconds
from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.readings import readings_from_rows
from support.drive_rows import Signal, between, drive_rows
from support.rule_findings import facts, found_in

MINUTES = 60.0


def counted(found: DriveFacts) -> dict[tuple[str, str | None], int]:
    return {(left.reason, left.parameter): left.row_count for left in found.left_out}


def once(value: float, usual: float) -> Signal:
    return between(300, 302, value, usual)


@pytest.mark.parametrize(
    ("name", "value", "usual", "reason"),
    [
        ("RPM", 16_383.75, 1800.0, "at_rail"),
        ("RPM", -1.0, 1800.0, "at_rail"),
        ("RPM", 15_000.0, 1800.0, "out_of_range"),
        ("SPEED", 255.0, 50.0, "at_rail"),
        ("SPEED", 180.0, 50.0, "glitch"),
        ("SPEED", -7.0, 50.0, "out_of_range"),
        ("COOLANT_TEMP", 215.0, 88.0, "at_rail"),
        ("COOLANT_TEMP", -40.0, 88.0, "at_rail"),
        ("COOLANT_TEMP", 130.0, 88.0, "glitch"),
        ("COOLANT_TEMP", 0.0, 88.0, "glitch"),
        ("COOLANT_TEMP", 190.4, 88.0, "out_of_range"),
        ("INTAKE_TEMP", -40.0, 30.0, "at_rail"),
        ("INTAKE_TEMP", 90.0, 30.0, "glitch"),
        ("THROTTLE_POS", 1600.0, 20.0, "out_of_range"),
        ("MAF", 655.35, 12.0, "at_rail"),
        ("TIMING_ADVANCE", 63.5, 15.0, "at_rail"),
        ("LONG_FUEL_TRIM_1", 99.21875, 0.0, "at_rail"),
        ("BATTERY_V", 65.535, 14.1, "at_rail"),
        ("BATTERY_V", 0.0, 14.1, "at_rail"),
    ],
)
def test_one_impossible_value_is_left_out_and_counted(name: str, value: float, usual: float, reason: str) -> None:
    found = facts(drive_rows(600, signals={name: once(value, usual)}))

    statistic = found.statistics.find(name)
    assert counted(found) == {(reason, name): 1}
    assert statistic is not None
    assert (statistic.minimum, statistic.maximum, statistic.sample_count) == (usual, usual, 300)
    assert found.quality.row_count == 301 * (13 if name == "THROTTLE_POS" else 12)
    assert found.findings == ()


@pytest.mark.parametrize(
    "signals",
    [
        {"COOLANT_TEMP": lambda second: 20.0 + min(second / 8, 70.0)},
        {"COOLANT_TEMP": lambda second: 20.0 + min(second / 8, 70.0) - (8.0 if second > 500 else 0.0)},
        {"SPEED": lambda second: abs(300.0 - second) / 3},
        {"SPEED": lambda second: max(0.0, 100.0 - 30.0 * max(0.0, second - 300))},
        {"RPM": lambda second: 800.0 if int(second) % 4 < 2 else 6000.0},
        {"BATTERY_V": once(7.5, 13.0)},
        {"THROTTLE_POS": once(100.0, 15.0), "ENGINE_LOAD": once(100.0, 20.0)},
        {"MAF": once(180.0, 4.0), "TIMING_ADVANCE": once(-20.0, 30.0)},
        {"RPM": 0.0, "SPEED": 0.0},
        {"RPM": 0.0, "SPEED": 60.0},
        {"INTAKE_TEMP": -25.0},
    ],
)
def test_what_cars_do_is_left_alone(signals: Mapping[str, Signal]) -> None:
    assert facts(drive_rows(600, signals=signals)).left_out == ()


def test_a_change_that_stays_is_no_glitch() -> None:
    signals: dict[str, Signal] = {"COOLANT_TEMP": lambda second: 60.0 if second < 300 else 90.0}

    assert facts(drive_rows(600, signals=signals)).left_out == ()


@pytest.mark.parametrize("second", [0, 600])
def test_an_impossible_value_at_either_end_is_left_out(second: float) -> None:
    signals: dict[str, Signal] = {"INTAKE_TEMP": between(second, second + 1, 0.0, 41.0)}

    assert counted(facts(drive_rows(600, signals=signals))) == {("glitch", "INTAKE_TEMP"): 1}


@given(seed=st.integers(0, 2**32))
def test_no_noise_of_a_working_sensor_is_left_out(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable noise
    signals: dict[str, Signal] = {
        "COOLANT_TEMP": lambda _: 88.0 + chance.choice([-1.0, 0.0, 1.0]),
        "SPEED": lambda second: max(0.0, 50.0 + second / 20 + chance.choice([-2.0, 0.0, 2.0])),
        "RPM": lambda _: 2000.0 + chance.uniform(-400.0, 400.0),
    }

    assert facts(drive_rows(120, signals=signals)).left_out == ()


@pytest.mark.parametrize(
    ("name", "rail"),
    [
        ("COOLANT_TEMP", -40.0),
        ("COOLANT_TEMP", 215.0),
        ("INTAKE_TEMP", -40.0),
        ("MAF", 655.35),
        ("RPM", -1.0),
        ("RPM", 16_383.75),
        ("SPEED", 255.0),
        ("BATTERY_V", 65.535),
        ("O2_B1S1", 1.275),
    ],
)
def test_a_sensor_stuck_at_the_end_of_its_scale_is_a_finding(name: str, rail: float) -> None:
    found = found_in("sensor", {name: rail})

    assert found is not None
    assert (found.signal, found.severity, found.value) == (name, Severity.WATCH, rail)
    assert found.sentence.endswith(", the end of its sensor's scale, for 15 min 2 s.")
    assert found.duration_seconds is not None
    assert found.duration_seconds >= 14 * MINUTES


def test_the_rules_say_that_they_miss_the_stuck_sensor() -> None:
    found = facts(drive_rows(900, signals={"COOLANT_TEMP": -40.0, "INTAKE_TEMP": -40.0}))

    assert [finding.signal for finding in found.findings if finding.rule == "sensor"] == ["COOLANT_TEMP", "INTAKE_TEMP"]
    assert found.not_judged["coolant"] == "coolant temperature stayed at the end of its scale"
    assert found.statistics.find("COOLANT_TEMP") is None


@pytest.mark.parametrize("seconds", [2, 30, 58])
def test_a_sensor_at_the_end_of_its_scale_for_less_than_a_minute_is_only_counted(seconds: float) -> None:
    signals: dict[str, Signal] = {"COOLANT_TEMP": between(100, 100 + seconds, -40.0, 88.0)}

    assert found_in("sensor", signals) is None
    assert counted(facts(drive_rows(900, signals=signals))) == {("at_rail", "COOLANT_TEMP"): seconds / 2}


@pytest.mark.parametrize("name", ["BATTERY_V", "BAROMETRIC_KPA", "INTAKE_PRESSURE"])
def test_a_sensor_the_car_may_not_have_is_not_called_broken(name: str) -> None:
    signals: dict[str, Signal] = {name: 0.0}

    assert found_in("sensor", signals) is None
    assert counted(facts(drive_rows(900, signals=signals))) == {("at_rail", name): 451}


def test_a_sensor_stuck_while_read_slowly_is_found_too() -> None:
    rows = [
        row for row in drive_rows(900, signals={"COOLANT_TEMP": -40.0}) if row[2] != "COOLANT_TEMP" or row[0] % 5 == 0
    ]

    assert [finding.rule for finding in facts(rows).findings] == ["sensor"]


def test_air_at_the_end_of_the_scale_is_no_ambient_temperature() -> None:
    signals: dict[str, Signal] = {"INTAKE_TEMP": 30.0}

    assert found_in("iat", signals, ambient=-40.0) is None
    assert found_in("iat", signals, ambient=-20.0) is not None


@pytest.mark.parametrize("rpm", [16_383.75, -1.0])
def test_an_engine_speed_no_engine_reaches_is_no_running_engine(rpm: float) -> None:
    assert "no_rpm" in facts(drive_rows(600, signals={"RPM": rpm})).quality.flags
    assert engine_ran_seconds(readings_from_rows(drive_rows(600, signals={"RPM": rpm}))) == 0


def test_an_engine_speed_of_zero_is_left_out_while_the_car_drives_on() -> None:
    found = facts(drive_rows(600, signals={"RPM": between(100, 400, 0.0, 2000.0)}))

    assert counted(found) == {("engine_off_while_driving", "RPM"): 150}


def test_a_hybrid_may_drive_with_its_engine_off() -> None:
    signals: dict[str, Signal] = {"RPM": lambda second: 0.0 if second % 200 < 120 else 1500.0}

    assert facts(drive_rows(600, signals=signals)).left_out == ()

"""Simulated drives: healthy ones that no rule accuses, faults that their rule finds."""

import numpy as np
import pytest

from obd2_cli.simulate import CAR_FAULTS, SHOWS_ON, DriveKind, Fault, FaultName
from obd2_cli.simulate.records import DriveRecord
from obd2_cli.simulate.sensors import PARAMETERS
from support.simulated_drives import (
    coolant_seconds_above,
    flattest_minute_volts,
    intake_seconds_above_ambient,
    latest,
    long_trim_mean,
    low_voltage_seconds,
    most_retarded_three,
    series,
    simulated,
)

SEEDS = (1, 2, 3)


def is_found(name: FaultName, record: DriveRecord) -> bool:
    """Judge one fault as the post-drive rules do."""
    trim, trims = long_trim_mean(record)
    is_moving_kind = record.plan.kind is not DriveKind.HOT_IDLE
    return {
        FaultName.OVERHEATING: coolant_seconds_above(record, 104.0, moving=is_moving_kind) >= 60.0,
        FaultName.LEAN_DRIFT: trims >= 200 and trim >= 2.0,
        FaultName.WEAK_CHARGING: low_voltage_seconds(record, 12.0) >= 30.0,
        FaultName.HEAT_SOAK: intake_seconds_above_ambient(record, 40.0) >= 300.0,
        FaultName.TIMING_PULL: most_retarded_three(record) >= 10.0,
        FaultName.DYING_O2: flattest_minute_volts(record) < 0.2,
    }[name]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", DriveKind)
def test_a_healthy_drive_is_accused_of_nothing(kind: DriveKind, seed: int) -> None:
    record = simulated(kind, seed=seed)

    assert [name for name in CAR_FAULTS if is_found(name, record)] == []
    assert coolant_seconds_above(record, 96.0, moving=False) < 60.0
    assert low_voltage_seconds(record, 12.5) == 0.0
    assert most_retarded_three(record) < 5.0
    assert abs(long_trim_mean(record)[0]) < 0.5
    assert record.rows["dtc_log"] == []
    assert record.rows["alert_log"] == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name in sorted(SHOWS_ON) for kind in sorted(SHOWS_ON[name])]
)
def test_a_clear_fault_is_found_and_no_other(name: FaultName, kind: DriveKind, seed: int) -> None:
    record = simulated(kind, Fault(name, 0.9), seed=seed)

    assert {found for found in CAR_FAULTS if is_found(found, record)} == {name}


@pytest.mark.parametrize("name", sorted(CAR_FAULTS))
def test_a_fault_of_no_severity_changes_nothing(name: FaultName) -> None:
    healthy = simulated(DriveKind.CITY)

    record = simulated(DriveKind.CITY, Fault(name, 0.0))

    assert np.array_equal(record.readings.value, healthy.readings.value)


def test_a_marginal_overheating_stays_below_the_limit_at_which_one_must_stop() -> None:
    record = simulated(DriveKind.HIGHWAY, Fault(FaultName.OVERHEATING, 0.3))

    assert coolant_seconds_above(record, 96.0, moving=True) >= 60.0
    assert coolant_seconds_above(record, 104.0, moving=True) == 0.0


@pytest.mark.parametrize("kind", DriveKind)
def test_every_value_is_one_the_car_can_report(kind: DriveKind) -> None:
    record = simulated(kind)

    steps = {"RPM": 0.25, "SPEED": 1.0, "COOLANT_TEMP": 1.0, "INTAKE_TEMP": 1.0, "TIMING_ADVANCE": 1.0, "MAF": 0.01}
    steps |= {"SHORT_FUEL_TRIM_1": 0.78125, "LONG_FUEL_TRIM_1": 0.78125, "O2_B1S1": 0.02, "BATTERY_V": 0.1}
    steps |= {"ENGINE_LOAD": 100 / 255, "THROTTLE_POS": 100 / 255, "DTC_COUNT": 1.0, "RUNTIME_SEC": 1.0}
    for name, step in steps.items():
        values = series(record, name)[1]
        assert np.allclose(values / step, np.round(values / step), atol=1e-6), name
    assert np.isfinite(record.readings.value).all()
    for name, low, high in (("O2_B1S1", 0.0, 0.95), ("ENGINE_LOAD", 0.0, 100.0), ("THROTTLE_POS", 0.78, 100.0)):
        values = series(record, name)[1]
        assert low <= values.min() <= values.max() <= high, name


@pytest.mark.parametrize("kind", DriveKind)
def test_a_second_holds_seven_or_eight_readings(kind: DriveKind) -> None:
    record = simulated(kind)

    assert 7.0 <= record.readings.value.size / record.plan.seconds <= 8.0
    assert (np.diff(record.readings.at_seconds) > 0).all()
    assert record.readings.at_seconds[0] == 0.0


def test_parameters_are_asked_for_in_turn() -> None:
    record = simulated(DriveKind.SHORT_HOP)

    names = [PARAMETERS[index].name for index in record.readings.parameter[:26].tolist()]

    assert len(set(names[:11])) == 11
    assert names[:11] == names[13:24]
    assert names[11:13] == ["BATTERY_V", "MIL_ON"]
    assert names[24:26] == ["FUEL_SYSTEM_STATUS", "DTC_COUNT"]


def test_a_warm_idle_looks_like_the_real_car() -> None:
    record = simulated(DriveKind.HOT_IDLE)

    means = {name: float(series(record, name)[1].mean()) for name in ("RPM", "ENGINE_LOAD", "MAF", "TIMING_ADVANCE")}
    throttle = series(record, "THROTTLE_POS")[1]
    timing = series(record, "TIMING_ADVANCE")[1]

    assert means["RPM"] == pytest.approx(793, abs=15)
    assert means["ENGINE_LOAD"] == pytest.approx(20, abs=1)
    assert means["MAF"] == pytest.approx(3.55, abs=0.15)
    assert set(throttle.tolist()) == {0.7843137254901961}
    assert np.median(timing) == pytest.approx(6.5, abs=1.0)


def test_a_cold_engine_warms_up_once_and_then_holds_its_temperature() -> None:
    record = simulated(DriveKind.COLD_START)

    coolant = series(record, "COOLANT_TEMP")[1]
    intake = series(record, "INTAKE_TEMP")[1]
    ambient = record.rows["drive_summary"][0][1]["ambient_temp_at_start_c"]

    assert coolant[0] < 30.0
    assert intake[0] == ambient
    assert coolant.max() < 96.0
    assert coolant[-100:].min() >= 80.0


@pytest.mark.parametrize("kind", DriveKind)
def test_fuel_trims_and_the_oxygen_sensor_move_only_in_closed_loop(kind: DriveKind) -> None:
    record = simulated(kind)

    seconds, trims = series(record, "SHORT_FUEL_TRIM_1")
    is_cold = latest(record, "COOLANT_TEMP", seconds) < 46.0
    oxygen_seconds, oxygen = series(record, "O2_B1S1")
    is_warm = (latest(record, "COOLANT_TEMP", oxygen_seconds) > 50.0) & (oxygen_seconds > 40.0)

    assert not trims[is_cold].any()
    assert np.ptp(oxygen[is_warm]) > 0.6


def test_gear_and_speed_of_revolution_fit_the_road_speed() -> None:
    record = simulated(DriveKind.HIGHWAY)

    seconds, speed = series(record, "SPEED")
    rpm = latest(record, "RPM", seconds)
    is_fast = speed > 100.0

    assert is_fast.mean() > 0.3
    assert np.median(rpm[is_fast] / speed[is_fast]) == pytest.approx(25.8, abs=0.5)


def test_a_bad_fault_sets_its_code_with_a_frozen_frame_and_the_lamp() -> None:
    record = simulated(DriveKind.HIGHWAY, Fault(FaultName.LEAN_DRIFT, 0.9))

    at_second, code = record.rows["dtc_log"][0]
    frame_second, frame = record.rows["dtc_freeze_frame"][0]
    lamp_seconds, lamp = series(record, "MIL_ON")

    assert code["dtc_code"] == "P0171"
    assert frame_second == at_second
    assert '"LONG_FUEL_TRIM_1": 7.8125' in str(frame["pid_responses_json"])
    assert set(lamp[lamp_seconds > at_second + 1.0].tolist()) == {1.0}
    assert set(lamp[lamp_seconds < at_second].tolist()) == {0.0}

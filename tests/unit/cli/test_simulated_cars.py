"""What simulated logs have in common with those of real cars: other cars, unsteady readings, glitches, slow polling."""

from collections.abc import Iterable

import numpy as np
import pytest

from obd2_cli.simulate import CarName, DriveKind, DrivePlan, Fault, FaultName, developing, plan_drives
from obd2_cli.simulate.cars import CARS
from obd2_cli.simulate.noise import GLITCHES, MOVING
from obd2_cli.simulate.records import record_drive
from support.simulated_drives import STARTED_AT, latest, series, simulated


def test_each_car_warms_up_to_its_own_thermostat() -> None:
    for name, car in CARS.items():
        record = record_drive(DrivePlan(DriveKind.HIGHWAY, STARTED_AT, seed=1, car=name))

        settled = np.median(series(record, "COOLANT_TEMP")[1][-100:])
        assert car.thermostat_c <= settled <= car.thermostat_c + 9.0, name


def test_a_car_without_air_mass_reads_manifold_pressure_in_its_place() -> None:
    record = record_drive(DrivePlan(DriveKind.CITY, STARTED_AT, seed=1, car=CarName.ECONOMY))

    assert series(record, "MAF")[1].size == 0
    pressure = series(record, "INTAKE_PRESSURE")[1]
    assert pressure.size == series(record, "ENGINE_LOAD")[1].size
    assert 15.0 <= pressure.min() < pressure.max() <= 130.0


def test_a_smart_alternator_rests_while_the_car_pulls() -> None:
    record = record_drive(DrivePlan(DriveKind.HIGHWAY, STARTED_AT, seed=1, car=CarName.MODERN))

    volts = series(record, "BATTERY_V")[1][50:]
    assert np.percentile(volts, 10) < 13.3
    assert np.percentile(volts, 99) > 14.5


@pytest.mark.parametrize("name", ["TIMING_ADVANCE", "ENGINE_LOAD", "RPM"])
def test_neighbouring_readings_at_a_steady_speed_differ_as_in_real_cars(name: str) -> None:
    record = record_drive(DrivePlan(DriveKind.HIGHWAY, STARTED_AT, seed=1))

    seconds, values = series(record, name)
    speed = latest(record, "SPEED", seconds)
    is_steady = (speed[1:] > 25.0) & (np.abs(np.diff(speed)) <= 1.0)
    spread = float(np.std(np.diff(values)[is_steady])) / np.sqrt(2.0)
    assert spread >= 0.8 * MOVING[name].all


def test_glitches_are_single_readings_no_sensor_can_see() -> None:
    steady = simulated(DriveKind.CITY)

    record = simulated(DriveKind.CITY, Fault(FaultName.GLITCHES, 0.9))

    places = np.flatnonzero(record.readings.value != steady.readings.value)
    assert places.size >= 10
    assert set(record.readings.value[places].tolist()) <= set(GLITCHES.values())


def test_slow_polling_reads_every_parameter_each_15_to_30_seconds() -> None:
    for severity in (0.1, 1.0):
        seconds, _ = series(simulated(DriveKind.CITY, Fault(FaultName.SLOW_POLLING, severity)), "COOLANT_TEMP")

        assert 14.5 <= np.median(np.diff(seconds)) <= 31.0


def test_a_developing_fault_grows_from_drive_to_drive() -> None:
    plans = developing(plan_drives(4), Fault(FaultName.OVERHEATING, 0.8))

    assert severities(plans) == pytest.approx([0.2, 0.4, 0.6, 0.8])


def severities(plans: Iterable[DrivePlan]) -> list[float]:
    return [plan.severity(FaultName.OVERHEATING) for plan in plans]

"""The engine and what it heats: gear, speed of revolution, load, air flow, coolant and intake air, step by step."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from obd2_cli.simulate.cars import CarType
from obd2_cli.simulate.journey import ROLLING_KMH, STEP_SECONDS, FloatSeries, Journey

MASS_KG = 1400.0
DRAG_AREA_M2 = 0.6
AIR_DENSITY_KG_M3 = 1.2
ROLLING_RESISTANCE = 0.013
GRAVITY_MS2 = 9.81
WHEEL_TURN_M = 1.985
DRIVELINE_EFFICIENCY = 0.92
FINAL_DRIVE = 4.153
GEAR_RATIOS = (3.090, 1.833, 1.217, 0.888, 0.741)
SHIFT_UP_KMH = (18.0, 34.0, 50.0, 69.0)
SHIFT_DOWN_BELOW_KMH = 7.0
FULL_TORQUE_NM = 260.0
LOAD_PER_TORQUE = 75.0 / FULL_TORQUE_NM

IDLE_LOAD_PERCENT = 19.9
CUT_LOAD_PERCENT = 9.0
CUT_TORQUE_NM = -12.0
CUT_ABOVE_RPM = 1350.0
LAUNCH_RPM = 1150.0
AIR_GRAMS_PER_LOAD_TURN = 2.25e-4
"""Grams of air per second for each percent of load and turn per minute: 3.55 g/s at a warm idle."""

HEAT_KW_PER_AIR_GRAM = 0.95
HEAT_CAPACITY_KJ_K = 72.0
SKIN_LOSS_KW_K = 0.012
THERMOSTAT_RANGE_C = 9.0
RADIATOR_STILL_KW_K = 0.025
RADIATOR_WIND_KW_K = 0.65
RADIATOR_FAN_KW_K = 0.15
FAN_ON_ABOVE_THERMOSTAT_K = 11.0
FAN_OFF_ABOVE_THERMOSTAT_K = 7.5

FAST_IDLE_BELOW_C = 60.0
FAST_IDLE_RANGE_C = 50.0
FAST_IDLE_RPM = 420.0


@dataclass(frozen=True, slots=True)
class StartConditions:
    """How the car stands before the key is turned, all in degrees Celsius."""

    ambient_c: float
    coolant_c: float
    intake_c: float


@dataclass(frozen=True, slots=True)
class EngineRun:
    """What the engine did, one value per step of the journey."""

    rpm: FloatSeries
    load_percent: FloatSeries
    maf_grams_per_second: FloatSeries
    coolant_c: FloatSeries
    intake_c: FloatSeries
    is_fuel_cut: NDArray[np.bool_]


def correlated_noise(generator: np.random.Generator, size: int, deviation: float, memory: float) -> FloatSeries:
    """Return noise of this standard deviation whose values resemble their predecessors (0 not at all, 1 fully)."""
    kicks = generator.normal(0.0, deviation * float(np.sqrt(1.0 - memory**2)), size)
    series = np.empty(size)
    value = float(generator.normal(0.0, deviation))
    for index, kick in enumerate(kicks.tolist()):
        value = memory * value + kick
        series[index] = value
    return series


def choose_gears(speed_kmh: FloatSeries) -> NDArray[np.int64]:
    """Return the gear index (0 is first) at each step; it shifts down later than up, so it does not hunt."""
    gears = np.zeros(speed_kmh.size, dtype=np.int64)
    gear = 0
    for index, speed in enumerate(speed_kmh.tolist()):
        while gear < len(SHIFT_UP_KMH) and speed > SHIFT_UP_KMH[gear]:
            gear += 1
        while gear > 0 and speed < SHIFT_UP_KMH[gear - 1] - SHIFT_DOWN_BELOW_KMH:
            gear -= 1
        gears[index] = gear
    return gears


def demanded_torque(journey: Journey, total_ratio: FloatSeries) -> FloatSeries:
    """Return the torque in Nm the engine must give to follow the journey; negative when it is pushed."""
    metres_per_second = journey.speed_kmh / 3.6
    acceleration = np.gradient(metres_per_second, STEP_SECONDS)
    drag = 0.5 * AIR_DENSITY_KG_M3 * DRAG_AREA_M2 * metres_per_second**2
    weight = MASS_KG * GRAVITY_MS2
    force = MASS_KG * acceleration + drag + weight * (ROLLING_RESISTANCE + journey.slope)
    radius_m = WHEEL_TURN_M / (2 * np.pi)
    return np.where(journey.speed_kmh > 1.0, force * radius_m / (total_ratio * DRIVELINE_EFFICIENCY), 0.0)


def run_engine(journey: Journey, start: StartConditions, car: CarType, generator: np.random.Generator) -> EngineRun:
    """Let the engine follow the journey from these conditions."""
    size = journey.speed_kmh.size
    total_ratio = np.asarray(GEAR_RATIOS)[choose_gears(journey.speed_kmh)] * FINAL_DRIVE
    wheel_rpm = (journey.speed_kmh / 3.6 / WHEEL_TURN_M * 60.0 * total_ratio).tolist()
    torque = np.convolve(np.pad(demanded_torque(journey, total_ratio), 2, mode="edge"), np.full(5, 0.2), mode="valid")
    rpm_noise = correlated_noise(generator, size, 17.0, 0.86).tolist()
    load_noise = correlated_noise(generator, size, 0.34, 0.7).tolist()
    air_noise = correlated_noise(generator, size, 0.008, 0.7).tolist()
    speeds, torques = journey.speed_kmh.tolist(), torque.tolist()
    rpm, load, maf, coolant = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    is_cut = np.zeros(size, dtype=np.bool_)
    temperature, turning, is_fan_on = start.coolant_c, _idle_rpm(start.coolant_c, car), False
    for index in range(size):
        idle = _idle_rpm(temperature, car)
        is_engaged = speeds[index] > ROLLING_KMH
        wanted = max(wheel_rpm[index], idle) if is_engaged else idle
        if not is_engaged and torques[index] > 0.0 and speeds[index] > 0.0:
            wanted = max(LAUNCH_RPM, idle)
        turning += (wanted - turning) * 0.45
        is_cut[index] = is_engaged and torques[index] < CUT_TORQUE_NM and turning > CUT_ABOVE_RPM
        rpm[index] = turning + rpm_noise[index]
        load[index] = _load(torques[index], temperature, is_cut=bool(is_cut[index])) + load_noise[index]
        maf[index] = AIR_GRAMS_PER_LOAD_TURN * load[index] * rpm[index] * (1.0 + air_noise[index])
        fan_from = FAN_OFF_ABOVE_THERMOSTAT_K if is_fan_on else FAN_ON_ABOVE_THERMOSTAT_K
        is_fan_on = temperature > car.thermostat_c + fan_from
        heat_kw = 0.0 if is_cut[index] else HEAT_KW_PER_AIR_GRAM * maf[index]
        shed = _cooling(temperature - car.thermostat_c, speeds[index], is_fan_on=is_fan_on)
        loss_kw = shed * (temperature - start.ambient_c)
        temperature += (heat_kw - loss_kw) / HEAT_CAPACITY_KJ_K * STEP_SECONDS
        coolant[index] = temperature
    return EngineRun(
        rpm=rpm,
        load_percent=np.clip(load, 5.0, 100.0),
        maf_grams_per_second=maf,
        coolant_c=coolant,
        intake_c=intake_temperature(journey.speed_kmh, coolant, start),
        is_fuel_cut=is_cut,
    )


def intake_temperature(speed_kmh: FloatSeries, coolant_c: FloatSeries, start: StartConditions) -> FloatSeries:
    """Return the intake air in degrees Celsius: near ambient in the wind, soaking up heat at a standstill."""
    metres_per_second = speed_kmh / 3.6
    soak = 14.0 * (coolant_c - start.ambient_c) / 70.0 * np.exp(-metres_per_second / 7.0)
    wanted = (start.ambient_c + 2.5 + soak).tolist()
    share = (STEP_SECONDS / (25.0 + 215.0 * np.exp(-metres_per_second / 4.0))).tolist()
    series = np.empty(speed_kmh.size)
    temperature = start.intake_c
    for index in range(speed_kmh.size):
        temperature += (wanted[index] - temperature) * share[index]
        series[index] = temperature
    return series


def _idle_rpm(coolant_c: float, car: CarType) -> float:
    coldness = min(1.0, max(0.0, (FAST_IDLE_BELOW_C - coolant_c) / FAST_IDLE_RANGE_C))
    return car.idle_rpm + FAST_IDLE_RPM * coldness


def _load(torque_nm: float, coolant_c: float, *, is_cut: bool) -> float:
    if is_cut:
        return CUT_LOAD_PERCENT
    coldness = min(1.0, max(0.0, (FAST_IDLE_BELOW_C - coolant_c) / FAST_IDLE_RANGE_C))
    if torque_nm < 0.0:
        return IDLE_LOAD_PERCENT + max(-6.0, 0.4 * torque_nm)
    return IDLE_LOAD_PERCENT + 3.5 * coldness + LOAD_PER_TORQUE * torque_nm


def _cooling(above_thermostat_k: float, speed_kmh: float, *, is_fan_on: bool) -> float:
    """Return how many kW the car sheds for each degree above ambient."""
    metres_per_second = speed_kmh / 3.6
    opening = min(1.0, max(0.0, above_thermostat_k / THERMOSTAT_RANGE_C))
    radiator = RADIATOR_STILL_KW_K + RADIATOR_WIND_KW_K * min(1.0, metres_per_second / 20.0)
    fan = RADIATOR_FAN_KW_K if is_fan_on else 0.0
    return SKIN_LOSS_KW_K * (1.0 + metres_per_second / 30.0) + opening * (radiator + fan)

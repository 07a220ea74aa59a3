"""One drive of the whole car, healthy or with faults, as continuous signals before any sensor is read."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from obd2_cli.simulate.cars import CarName
from obd2_cli.simulate.engine import EngineRun, StartConditions, correlated_noise, run_engine
from obd2_cli.simulate.journey import STEP_SECONDS, FloatSeries, plan_journey
from obd2_cli.simulate.plan import DriveKind, DrivePlan, FaultName

OPEN_LOOP, CLOSED_LOOP, OPEN_LOOP_DRIVING = 1, 2, 3
CLOSED_LOOP_FROM_C = 48.0
CLOSED_LOOP_AFTER_SECONDS = 35.0
OPEN_LOOP_ABOVE_LOAD_PERCENT = 78.0
WARM_C = 80.0
OVERHEATS_AFTER_SECONDS = 240.0
STANDSTILL_KMH = 1.0
CLOSED_THROTTLE_LOAD_PERCENT = 18.0
IDLING_LOAD_PERCENT = 35.0
SLOW_ALTERNATOR_RPM = 1000.0
SMART_RESTS_ABOVE_LOAD_PERCENT = 35.0
CODE_FROM_SEVERITY = 0.6
CODE_AT_SHARE = 0.8

TROUBLE_CODES = {
    FaultName.OVERHEATING: ("P0217", "Engine coolant over temperature condition"),
    FaultName.LEAN_DRIFT: ("P0171", "System too lean, bank 1"),
    FaultName.WEAK_CHARGING: ("P0562", "System voltage low"),
    FaultName.DYING_O2: ("P0130", "O2 sensor circuit malfunction, bank 1 sensor 1"),
}
"""Faults the engine computer notices, when bad enough, with code and description."""

_AMBIENT_C = {
    DriveKind.COLD_START: (4.0, 14.0),
    DriveKind.CITY: (15.0, 26.0),
    DriveKind.HIGHWAY: (15.0, 26.0),
    DriveKind.HOT_IDLE: (31.0, 35.0),
    DriveKind.SHORT_HOP: (14.0, 25.0),
}


@dataclass(frozen=True, slots=True)
class Signals:
    """What happened during one drive.

    Args:
        start: temperatures before the key was turned.
        is_cold_start: the engine stood long enough for the Pi to take the intake air as ambient.
        by_parameter: parameter name -> one value per `STEP_SECONDS`, in the parameter's unit, before quantisation.
        trouble_codes: code, description, second of the drive in which it was set.
    """

    start: StartConditions
    is_cold_start: bool
    by_parameter: dict[str, FloatSeries]
    trouble_codes: tuple[tuple[str, str, float], ...]

    def at(self, parameter_name: str, second: float) -> float:
        """Return one signal at one second of the drive."""
        series = self.by_parameter[parameter_name]
        return float(series[min(series.size - 1, int(second / STEP_SECONDS))])


def drive_signals(plan: DrivePlan) -> Signals:
    """Drive the car as planned."""
    generator = np.random.default_rng([plan.seed, plan.drive_id])
    start = start_conditions(plan, generator)
    journey = plan_journey(plan.kind, plan.seconds, generator)
    run = run_engine(journey, start, plan.car_type, generator)
    seconds = np.arange(run.rpm.size, dtype=np.float64) * STEP_SECONDS
    coolant = _coolant(plan, run, seconds, generator)
    status = _fuel_status(run, coolant, seconds)
    names = [fault.name for fault in plan.faults if fault.severity >= CODE_FROM_SEVERITY]
    noticed = [TROUBLE_CODES[name] for name in names if name in TROUBLE_CODES]
    codes = tuple((*code, CODE_AT_SHARE * plan.seconds + number) for number, code in enumerate(noticed))
    code_count = np.where(seconds >= CODE_AT_SHARE * plan.seconds, float(len(codes)), 0.0)
    by_parameter = {
        "RPM": run.rpm,
        "SPEED": journey.speed_kmh,
        "COOLANT_TEMP": coolant,
        "ENGINE_LOAD": run.load_percent,
        "INTAKE_TEMP": _intake(plan, run, start, seconds, generator),
        "LONG_FUEL_TRIM_1": _long_trim(plan, run, coolant, status),
        "SHORT_FUEL_TRIM_1": np.where(
            status == CLOSED_LOOP, correlated_noise(generator, seconds.size, 1.05, 0.93), 0.0
        ),
        "MAF": run.maf_grams_per_second,
        "INTAKE_PRESSURE": np.clip(4.0 + run.load_percent, 18.0, 101.0),
        "O2_B1S1": _oxygen(plan, run, status, generator),
        "THROTTLE_POS": _throttle(run, journey.speed_kmh, generator),
        "TIMING_ADVANCE": _timing(plan, run, journey.speed_kmh, generator),
        "BATTERY_V": _battery(plan, run, seconds, generator),
        "FUEL_SYSTEM_STATUS": status.astype(np.float64),
        "MIL_ON": np.minimum(code_count, 1.0),
        "DTC_COUNT": code_count,
        "RUNTIME_SEC": seconds + 10.0,
        "BAROMETRIC_KPA": np.full(seconds.size, generator.uniform(98.2, 100.8)),
    }
    is_cold = plan.kind in {DriveKind.COLD_START, DriveKind.CITY, DriveKind.HIGHWAY}
    return Signals(start=start, is_cold_start=is_cold, by_parameter=by_parameter, trouble_codes=codes)


def start_conditions(plan: DrivePlan, generator: np.random.Generator) -> StartConditions:
    """Choose weather and engine temperature that fit this kind of drive."""
    kind = plan.kind
    ambient = float(generator.uniform(*_AMBIENT_C[kind]))
    if kind is DriveKind.COLD_START:
        return StartConditions(ambient, ambient + 0.4, ambient)
    if kind in {DriveKind.CITY, DriveKind.HIGHWAY}:
        return StartConditions(ambient, ambient + float(generator.uniform(8.0, 22.0)), ambient + 0.3)
    if kind is DriveKind.HOT_IDLE:
        return StartConditions(ambient, plan.car_type.thermostat_c + float(generator.uniform(0.0, 5.0)), ambient + 9.0)
    return StartConditions(ambient, float(generator.uniform(58.0, 70.0)), ambient + 8.0)


def _coolant(plan: DrivePlan, run: EngineRun, seconds: FloatSeries, generator: np.random.Generator) -> FloatSeries:
    """Return the coolant; one that cannot cool climbs 13 K and 14 more by severity above the thermostat."""
    noise = correlated_noise(generator, seconds.size, 0.25, 0.99)
    severity = plan.severity(FaultName.OVERHEATING)
    if not severity:
        return run.coolant_c + noise
    is_warm = (run.coolant_c >= WARM_C) & (seconds >= OVERHEATS_AFTER_SECONDS)
    since_warm = np.cumsum(is_warm) * STEP_SECONDS
    share = 1.0 - np.exp(-since_warm / 70.0)
    coolant: FloatSeries = (
        run.coolant_c + share * (plan.car_type.thermostat_c + 13.0 + 14.0 * severity - run.coolant_c) + noise
    )
    return coolant


def _intake(
    plan: DrivePlan,
    run: EngineRun,
    start: StartConditions,
    seconds: FloatSeries,
    generator: np.random.Generator,
) -> FloatSeries:
    """Return the intake air; heat soak holds it 34 K and 22 more by severity above ambient, wind or not."""
    severity = plan.severity(FaultName.HEAT_SOAK)
    if not severity:
        return run.intake_c
    soaked = start.ambient_c + (34.0 + 22.0 * severity) * (1.0 - np.exp(-seconds / 70.0))
    return np.maximum(run.intake_c, soaked + correlated_noise(generator, seconds.size, 0.7, 0.995))


def _fuel_status(run: EngineRun, coolant_c: FloatSeries, seconds: FloatSeries) -> NDArray[np.int64]:
    is_ready = (coolant_c >= CLOSED_LOOP_FROM_C) & (seconds >= CLOSED_LOOP_AFTER_SECONDS)
    is_open_by_load = run.is_fuel_cut | (run.load_percent > OPEN_LOOP_ABOVE_LOAD_PERCENT)
    return np.where(is_ready, np.where(is_open_by_load, OPEN_LOOP_DRIVING, CLOSED_LOOP), OPEN_LOOP)


def _long_trim(plan: DrivePlan, run: EngineRun, coolant_c: FloatSeries, status: NDArray[np.int64]) -> FloatSeries:
    """Return the long-term trim: by the car's map, flat zero on the Eclipse; unmetered air teaches up to 9 % more."""
    cells = np.random.default_rng([13, list(CarName).index(plan.car)]).normal(
        0.0, plan.car_type.trim_spread_percent, 16
    )
    cell = np.minimum(run.load_percent / 25.0, 3.0).astype(np.int64) * 4 + np.minimum(run.rpm / 1200.0, 3.0).astype(
        np.int64
    )
    by_map = cells[cell]
    severity = plan.severity(FaultName.LEAN_DRIFT)
    learning_seconds = np.cumsum((status == CLOSED_LOOP) & (coolant_c >= WARM_C)) * STEP_SECONDS
    return by_map + 9.0 * severity * (1.0 - 0.45 * np.exp(-learning_seconds / 90.0))


def _oxygen(plan: DrivePlan, run: EngineRun, status: NDArray[np.int64], generator: np.random.Generator) -> FloatSeries:
    """Return the narrow-band voltage: swinging in closed loop, rich under power, lean in fuel cut; flat when dying."""
    hertz = np.clip(0.35 + run.maf_grams_per_second / 22.0, 0.4, 1.4)
    phase = np.cumsum(2.0 * np.pi * hertz * STEP_SECONDS) + correlated_noise(generator, hertz.size, 0.8, 0.97)
    swinging = 0.43 + 0.40 * np.tanh(2.2 * np.sin(phase)) / np.tanh(2.2)
    resting = np.where(run.is_fuel_cut, 0.03, np.where(status == OPEN_LOOP, 0.76, 0.86))
    gain = float(np.exp(-4.2 * plan.severity(FaultName.DYING_O2)))
    voltage = np.where(status == CLOSED_LOOP, swinging, resting)
    return np.clip(0.45 + gain * (voltage - 0.45) + generator.normal(0.0, 0.01, hertz.size), 0.0, 0.94)


def _throttle(run: EngineRun, speed_kmh: FloatSeries, generator: np.random.Generator) -> FloatSeries:
    """Return the throttle in percent; closed it reads the car's own 2/255."""
    closed_percent = 200.0 / 255.0
    effort = np.clip((run.load_percent - 18.0) / 82.0, 0.0, 1.0)
    opening = 4.0 + 62.0 * effort**1.15 * np.clip(run.rpm / 2600.0, 0.45, 1.6)
    wobble = correlated_noise(generator, speed_kmh.size, 0.5, 0.9)
    is_closed = run.is_fuel_cut | (speed_kmh < STANDSTILL_KMH) | (run.load_percent < CLOSED_THROTTLE_LOAD_PERCENT)
    return np.where(is_closed, closed_percent, np.clip(closed_percent + opening + wobble, closed_percent, 100.0))


def _timing(plan: DrivePlan, run: EngineRun, speed_kmh: FloatSeries, generator: np.random.Generator) -> FloatSeries:
    """Return the ignition timing in degrees; a pull takes 1 degree and 14 more by severity at half load and above."""
    idling = np.clip(6.5 + correlated_noise(generator, speed_kmh.size, 1.1, 0.8), 4.0, 9.0)
    driving = 17.0 + (run.rpm - 2000.0) / 1000.0 - 0.08 * np.maximum(0.0, run.load_percent - 50.0)
    driving = np.clip(driving + correlated_noise(generator, speed_kmh.size, 0.5, 0.8), 12.5, 24.0)
    severity = plan.severity(FaultName.TIMING_PULL)
    pull = (1.0 + 14.0 * severity) * np.clip((run.load_percent - 42.0) / 6.0, 0.0, 1.0) if severity else 0.0
    return np.where((speed_kmh < STANDSTILL_KMH) & (run.load_percent < IDLING_LOAD_PERCENT), idling, driving - pull)


def _battery(plan: DrivePlan, run: EngineRun, seconds: FloatSeries, generator: np.random.Generator) -> FloatSeries:
    """Return the voltage at the adapter; a weak alternator lets it sink by 1.5 V and 2.2 more by severity."""
    regulated = _smart_volts(run) if plan.car_type.has_smart_charging else 14.15 - 0.1 * (run.rpm < SLOW_ALTERNATOR_RPM)
    charging = regulated - 0.7 * np.exp(-seconds / 20.0)
    voltage = charging + correlated_noise(generator, seconds.size, 0.05, 0.9)
    severity = plan.severity(FaultName.WEAK_CHARGING)
    if not severity:
        return voltage
    return voltage - (1.5 + 2.2 * severity) * (1.0 - np.exp(-np.maximum(0.0, seconds - 20.0) / 90.0))


def _smart_volts(run: EngineRun) -> FloatSeries:
    """Return what a smart alternator gives: most while the car pushes it, little while the engine pulls."""
    return np.where(run.is_fuel_cut, 14.8, np.where(run.load_percent > SMART_RESTS_ABOVE_LOAD_PERCENT, 13.1, 13.8))

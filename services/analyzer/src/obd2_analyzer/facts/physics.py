"""What the signals of a car can show: their ranges, the ends of their scales, and how fast they can change."""

from dataclasses import dataclass, replace

from obd2_analyzer.facts.parameters import (
    BATTERY_V,
    COOLANT_TEMP,
    ENGINE_LOAD,
    FUEL_TRIMS,
    INTAKE_TEMP,
    MAF,
    O2_B1S1,
    O2_B1S2,
    RPM,
    SPEED,
    THROTTLE_POS,
    TIMING_ADVANCE,
)
from obd2_analyzer.facts.readings import Booleans, Floats


@dataclass(frozen=True, slots=True)
class Physics:
    """What one signal can show, in our unit.

    Args:
        minimum: least value that can be.
        maximum: largest value that can be.
        rails: ends of the scale, which a broken wire or a frame of ones reads as.
        jump: a change as large as this can be at any speed: a step of the sensor, or noise.
        rise_per_second: how fast the value can rise beyond that; None where it can do so at once.
        fall_per_second: how fast it can fall.
        tells_of_sensor: that it stays at a rail means a broken sensor or wire, not one the car never had.
    """

    minimum: float
    maximum: float
    rails: tuple[float, ...] = ()
    jump: float = 0.0
    rise_per_second: float | None = None
    fall_per_second: float | None = None
    tells_of_sensor: bool = False


ANYTHING = Physics(-1e30, 1e30)
"""A signal nobody knows; squares of its values and sums of them still are numbers."""
AIR_TEMPERATURE = Physics(-40.0, 180.0, (-40.0, 215.0), 8.0, 5.0, 5.0, tells_of_sensor=True)
OUTSIDE_AIR = replace(AIR_TEMPERATURE, maximum=70.0)
FLUID_TEMPERATURE = Physics(-40.0, 160.0, (-40.0, 215.0), 5.0, 2.0, 3.0, tells_of_sensor=True)
VOLTAGE = Physics(3.0, 36.0, (0.0, 65.535), tells_of_sensor=True)
TRIM = Physics(-100.0, 100.0, (-100.0, 99.21875))
SHARE = Physics(0.0, 100.5)

PHYSICS: dict[str, Physics] = {
    RPM: Physics(0.0, 12_000.0, (-1.0, 16_383.75), 1000.0, 8000.0, 4000.0, tells_of_sensor=True),
    SPEED: Physics(0.0, 400.0, (-1.0, 255.0), 5.0, 20.0, 40.0, tells_of_sensor=True),
    COOLANT_TEMP: FLUID_TEMPERATURE,
    INTAKE_TEMP: AIR_TEMPERATURE,
    ENGINE_LOAD: SHARE,
    THROTTLE_POS: SHARE,
    MAF: Physics(0.0, 655.35, (655.35,), tells_of_sensor=True),
    TIMING_ADVANCE: Physics(-64.0, 63.5, (-64.0, 63.5), tells_of_sensor=True),
    O2_B1S1: Physics(-0.1, 8.0, (1.275,), tells_of_sensor=True),
    O2_B1S2: Physics(-0.1, 8.0, (1.275,)),
    BATTERY_V: VOLTAGE,
    "CONTROL_MODULE_VOLTAGE": VOLTAGE,
    "BAROMETRIC_KPA": Physics(40.0, 115.0, (0.0, 255.0), 2.0, 1.0, 1.0, tells_of_sensor=True),
    "INTAKE_PRESSURE": Physics(1.0, 400.0, (0.0, 255.0), tells_of_sensor=True),
    "FUEL_PRESSURE": Physics(0.0, 765.0, (765.0,)),
    "RUNTIME_SEC": Physics(0.0, 65_535.0, (65_535.0,)),
    "DTC_COUNT": Physics(0.0, 127.0),
    **dict.fromkeys(FUEL_TRIMS, TRIM),
}

_OTHER_TEMPERATURE = replace(AIR_TEMPERATURE, maximum=1300.0, rails=(-40.0,), rise_per_second=None)
_FLUIDS = ("OIL", "COOLANT")
_AIRS = ("AMBIENT", "AMBIANT", "INTAKE", "AIR_TEMP", "IAT")
_TEMPERATURE_UNIT = "°C"


def physics_of(parameter: str, unit: str) -> Physics:
    """Return what a signal can show.

    Temperatures nobody knows by name are told by their unit.
    """
    known = PHYSICS.get(parameter)
    if known is not None or unit != _TEMPERATURE_UNIT:
        return known or ANYTHING
    name = parameter.upper()
    if any(word in name for word in _FLUIDS):
        return FLUID_TEMPERATURE
    return AIR_TEMPERATURE if any(word in name for word in _AIRS) else _OTHER_TEMPERATURE


def is_running(rpm: Floats) -> Booleans:
    """Mark the engine speeds of a running engine: above 0, and none that no engine reaches."""
    running: Booleans = (rpm > 0) & (rpm <= PHYSICS[RPM].maximum)
    return running

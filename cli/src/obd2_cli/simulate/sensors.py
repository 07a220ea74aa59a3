"""What the Pi reads of a drive: every parameter's name, unit and step, asked for in turn on a slow serial line."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from obd2_cli.simulate.car import Signals
from obd2_cli.simulate.cars import CARS, CarName, CarType
from obd2_cli.simulate.journey import STEP_SECONDS, FloatSeries
from obd2_cli.simulate.noise import GLITCHES, lurching, unsteady
from obd2_cli.simulate.plan import DrivePlan, FaultName

FUEL_STATUS_LABELS = {0.0: "UNKNOWN", 1.0: "OL", 2.0: "CL", 3.0: "OL-drive", 4.0: "OL-fault", 5.0: "CL-fault"}
MIL_LABELS = {0.0: "OFF", 1.0: "ON"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing the Pi asks for.

    Args:
        name: as in the column parameter_name.
        unit: the text the real Pi writes; empty where a label of the value takes its place.
        quantise: signal -> values the car can report.
        labels: value -> unit text, for parameters whose unit is a label.
    """

    name: str
    unit: str
    quantise: Callable[[FloatSeries], FloatSeries]
    labels: dict[float, str] | None = None

    def unit_of(self, value: float) -> str:
        """Return the unit text that belongs to this value."""
        return self.unit if self.labels is None else self.labels[value]


def _steps_of(step: float) -> Callable[[FloatSeries], FloatSeries]:
    return lambda series: np.round(series / step) * step


def _parts_of(parts: int) -> Callable[[FloatSeries], FloatSeries]:
    """Quantise to whole parts of one, free of the rounding that whole multiples of a small step would bring."""
    return lambda series: np.round(series * parts) / parts


def _byte_percent(series: FloatSeries) -> FloatSeries:
    """Quantise to k * 100 / 255, as a percentage arrives in one byte."""
    quantised: FloatSeries = np.round(np.clip(series, 0.0, 100.0) * 255.0 / 100.0) * 100.0 / 255.0
    return quantised


_whole = _parts_of(1)

FAST_PARAMETERS = (
    Parameter("RPM", "revolutions_per_minute", _parts_of(4)),
    Parameter("SPEED", "kilometer_per_hour", _whole),
    Parameter("COOLANT_TEMP", "degree_Celsius", _whole),
    Parameter("ENGINE_LOAD", "percent", _byte_percent),
    Parameter("THROTTLE_POS", "percent", _byte_percent),
    Parameter("INTAKE_TEMP", "degree_Celsius", _whole),
    Parameter("MAF", "gps", _parts_of(100)),
    Parameter("SHORT_FUEL_TRIM_1", "percent", _steps_of(0.78125)),
    Parameter("LONG_FUEL_TRIM_1", "percent", _steps_of(0.78125)),
    Parameter("TIMING_ADVANCE", "degree", _whole),
    Parameter("O2_B1S1", "volt", _parts_of(50)),
)
"""Read once in every cycle."""

_BATTERY = Parameter("BATTERY_V", "V", _parts_of(10))
_FUEL_STATUS = Parameter("FUEL_SYSTEM_STATUS", "", _whole, FUEL_STATUS_LABELS)

SLOW_PARAMETERS = (
    (_BATTERY, _FUEL_STATUS),
    (
        Parameter("MIL_ON", "", _whole, MIL_LABELS),
        Parameter("DTC_COUNT", "count", _whole),
        Parameter("RUNTIME_SEC", "s", np.floor),
        Parameter("BAROMETRIC_KPA", "kPa", _whole),
    ),
)
"""Two more readings end every cycle; each takes the members of its group in turn."""

_MANIFOLD = Parameter("INTAKE_PRESSURE", "kPa", _whole)
"""Read in the place of MAF where a car has no air mass."""

PARAMETERS = (*FAST_PARAMETERS, *(parameter for group in SLOW_PARAMETERS for parameter in group), _MANIFOLD)
_AIR_MASS_PLACE = next(place for place, parameter in enumerate(FAST_PARAMETERS) if parameter.name == "MAF")
SLOWEST_POLLING_SECONDS = 30.0
GLITCHES_PER_HOUR = 40.0


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read, in order: seconds since the drive's start (negative before it), parameter index, value."""

    at_seconds: FloatSeries
    parameter: NDArray[np.int64]
    value: FloatSeries

    def of(self, name: str) -> FloatSeries:
        """Return the values of one parameter, in order."""
        index = next(number for number, parameter in enumerate(PARAMETERS) if parameter.name == name)
        values: FloatSeries = self.value[self.parameter == index]
        return values


def polling_order(count: int, car: CarType = CARS[CarName.ECLIPSE]) -> NDArray[np.int64]:
    """Return which parameter each of the first `count` readings asks for, as indexes of `PARAMETERS`."""
    fast = len(FAST_PARAMETERS)
    first_of_group = np.cumsum([fast, *(len(group) for group in SLOW_PARAMETERS)])
    cycle_length = fast + len(SLOW_PARAMETERS)
    cycle, place = np.divmod(np.arange(count), cycle_length)
    order = place.copy()
    for number, group in enumerate(SLOW_PARAMETERS):
        is_here = place == fast + number
        order[is_here] = first_of_group[number] + cycle[is_here] % len(group)
    if not car.has_air_mass:
        order[order == _AIR_MASS_PLACE] = PARAMETERS.index(_MANIFOLD)
    return order


def reading_seconds(plan: DrivePlan) -> float:
    """Return the mean time between two readings; slow polling asks for a parameter every 15 to 30 seconds."""
    severity = plan.severity(FaultName.SLOW_POLLING)
    cycle_length = len(FAST_PARAMETERS) + len(SLOW_PARAMETERS)
    return (
        SLOWEST_POLLING_SECONDS * (1.0 + severity) / 2.0 / cycle_length if severity else plan.car_type.reading_seconds
    )


def read_sensors(signals: Signals, plan: DrivePlan, generator: np.random.Generator) -> Readings:
    """Poll the car from second 0 to the end of the drive."""
    mean_seconds, duration_seconds = reading_seconds(plan), plan.seconds
    expected = int(duration_seconds / mean_seconds * 1.1) + 20
    gaps = mean_seconds * np.clip(generator.normal(1.0, 0.04, expected), 0.8, 1.3)
    at_seconds = np.concatenate(([0.0], np.cumsum(gaps)))
    at_seconds = at_seconds[at_seconds < duration_seconds]
    order = polling_order(at_seconds.size, plan.car_type)
    step = np.minimum((at_seconds / STEP_SECONDS).astype(np.int64), signals.by_parameter["RPM"].size - 1)
    value = np.empty(at_seconds.size)
    lurches = lurching(signals.by_parameter["RPM"].size, generator)
    for index, parameter in enumerate(PARAMETERS):
        is_asked = order == index
        asked = step[is_asked]
        signal = signals.by_parameter[parameter.name][asked]
        read = unsteady(parameter.name, signal, signals.by_parameter["SPEED"][asked], lurches[asked], generator)
        value[is_asked] = parameter.quantise(read)
    readings = Readings(at_seconds=at_seconds, parameter=order, value=value + 0.0)
    return _with_glitches(readings, plan.severity(FaultName.GLITCHES), generator)


def _with_glitches(readings: Readings, severity: float, generator: np.random.Generator) -> Readings:
    """Let single readings be what no such sensor can see, the more the severer."""
    value = readings.value.copy()
    candidates = [index for index, parameter in enumerate(PARAMETERS) if parameter.name in GLITCHES]
    places = np.flatnonzero(np.isin(readings.parameter, candidates))
    hours = float(readings.at_seconds[-1]) / 3600.0
    count = min(places.size, int(np.ceil(GLITCHES_PER_HOUR * severity * hours)))
    for place in generator.choice(places, count, replace=False).tolist():
        value[place] = GLITCHES[PARAMETERS[readings.parameter[place]].name]
    return Readings(at_seconds=readings.at_seconds, parameter=readings.parameter, value=value)


def read_before_mint(signals: Signals, car: CarType, seconds: int, generator: np.random.Generator) -> Readings:
    """Poll the car while the key is on, the starter turns and the Pi has not yet opened a drive.

    Args:
        signals: the drive that follows; what does not change in these seconds is as at its start.
        car: whose readings.
        seconds: how long before the drive's first row polling began, at least 8.
        generator: where chance comes from.
    """
    count = int(seconds / car.reading_seconds)
    at_seconds = -car.reading_seconds * np.arange(count, 0, -1, dtype=np.float64)
    order = polling_order(count, car)
    running_since = -min(11.0, seconds - 4.0)
    is_running = at_seconds >= running_since
    is_cranking = ~is_running & (at_seconds >= running_since - 1.6)
    value = np.empty(count)
    for index, parameter in enumerate(PARAMETERS):
        is_asked = order == index
        series = np.full(count, signals.at(parameter.name, 0.0))
        if parameter.name == "RPM":
            series = np.where(is_running, series, np.where(is_cranking, generator.uniform(180, 260, count), 0.0))
        elif parameter.name == "BATTERY_V":
            series = np.where(is_running, series, np.where(is_cranking, 10.4, 12.4))
        elif parameter.name == "RUNTIME_SEC":
            series = np.where(is_running, at_seconds - running_since, 0.0)
        elif parameter.name in {"MAF", "ENGINE_LOAD"}:
            series = np.where(is_running, series, 0.0)
        value[is_asked] = parameter.quantise(series[is_asked])
    return Readings(at_seconds=at_seconds, parameter=order, value=value + 0.0)

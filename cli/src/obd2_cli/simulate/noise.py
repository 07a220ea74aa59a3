"""How unsteady readings are: the spread measured in logs of real cars, and readings that are plainly wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from obd2_cli.simulate.journey import STEP_SECONDS, FloatSeries

LURCH_SHARE = 0.05
LURCH_SECONDS = 1.5
"""Assumed: for how much of the time a car lurches, and for how long at once."""
LETS_GO_SHARE = 0.68
"""In so many of the lurches the pedal is let go: load falls where timing goes back (3 047 readings of one car)."""
ROLLING_KMH = 1.0


@dataclass(frozen=True, slots=True)
class Spread:
    """From reading to reading, in the parameter's unit: the usual deviation, and that of all readings together."""

    usual: float
    all: float

    @property
    def lurch(self) -> float:
        """Return the deviation while the car lurches, which explains what the usual one does not."""
        return float(np.sqrt(max(0.0, self.all**2 - self.usual**2) / LURCH_SHARE))


AT_IDLE: Mapping[str, Spread] = MappingProxyType(
    {
        "RPM": Spread(4.2, 33.0),
        "ENGINE_LOAD": Spread(0.4, 2.1),
        "INTAKE_PRESSURE": Spread(1.0, 2.0),
        "MAF": Spread(0.06, 0.5),
        "TIMING_ADVANCE": Spread(1.0, 2.3),
        "SHORT_FUEL_TRIM_1": Spread(1.6, 1.9),
        "BATTERY_V": Spread(0.02, 0.11),
        "COOLANT_TEMP": Spread(0.1, 0.26),
        "INTAKE_TEMP": Spread(0.1, 0.17),
    }
)
MOVING: Mapping[str, Spread] = MappingProxyType(
    {
        "RPM": Spread(27.0, 58.0),
        "ENGINE_LOAD": Spread(3.7, 6.6),
        "INTAKE_PRESSURE": Spread(4.2, 6.7),
        "MAF": Spread(0.25, 1.05),
        "THROTTLE_POS": Spread(0.8, 1.15),
        "TIMING_ADVANCE": Spread(1.0, 6.1),
        "SHORT_FUEL_TRIM_1": Spread(2.5, 2.6),
        "BATTERY_V": Spread(0.01, 0.05),
        "COOLANT_TEMP": Spread(0.1, 0.29),
        "INTAKE_TEMP": Spread(0.1, 0.29),
    }
)
"""Measured in 29 drives of five sources: readings at standstill and at a steady speed above 25 km/h, engine warm.

``usual`` is 1.48 times the median distance of neighbouring readings from their median, over the square root of two,
``all`` their standard deviation over the square root of two.
"""

_FLOORS = {"RPM": 0.0, "ENGINE_LOAD": 0.0, "INTAKE_PRESSURE": 15.0, "MAF": 0.0, "THROTTLE_POS": 200.0 / 255.0}
GLITCHES: Mapping[str, float] = MappingProxyType(
    {"RPM": 16383.75, "SPEED": 255.0, "COOLANT_TEMP": 215.0, "INTAKE_TEMP": -40.0, "BATTERY_V": 0.0, "MAF": 655.35}
)
"""What a frame with all bits set, or none, reads as."""


def unsteady(
    name: str, signal: FloatSeries, speed_kmh: FloatSeries, lurches: FloatSeries, generator: np.random.Generator
) -> FloatSeries:
    """Return a signal as unsteady as it is in real cars.

    Args:
        name: the parameter; a short-term trim of exactly 0 is one in open loop and stays.
        signal: one value per reading.
        speed_kmh: the car's speed at each reading.
        lurches: how hard the car lurches at each reading, see `lurching`.
        generator: where chance comes from.
    """
    noise = np.zeros(signal.size)
    is_frozen = (signal == 0.0) & (name == "SHORT_FUEL_TRIM_1")
    for spreads, applies in ((AT_IDLE, speed_kmh <= ROLLING_KMH), (MOVING, speed_kmh > ROLLING_KMH)):
        spread = spreads.get(name)
        if spread is not None:
            usual = generator.normal(0.0, spread.usual, signal.size)
            noise = np.where(applies, usual + spread.lurch * _sign(name, lurches), noise)
    return np.maximum(signal + np.where(is_frozen, 0.0, noise), _FLOORS.get(name, -np.inf))


def lurching(steps: int, generator: np.random.Generator) -> FloatSeries:
    """Return how hard the car lurches at each step: gear changes and the air conditioning, 0 most of the time."""
    width = round(LURCH_SECONDS / STEP_SECONDS)
    force = np.zeros(steps)
    for begin in np.flatnonzero(generator.random(steps) < LURCH_SHARE / width).tolist():
        sign = -1.0 if generator.random() < LETS_GO_SHARE else 1.0
        force[begin : begin + width] = sign * abs(generator.normal(0.0, 1.0))
    return force


def _sign(name: str, lurches: FloatSeries) -> FloatSeries:
    """Return the lurches as a parameter feels them: timing goes back, whether the pedal is let go or pressed."""
    return -np.abs(lurches) if name == "TIMING_ADVANCE" else lurches

"""Where the driver wants to go: speed and slope over time for every kind of drive."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from obd2_cli.simulate.plan import DriveKind

FloatSeries = NDArray[np.float64]

STEP_SECONDS = 0.25
ROLLING_KMH = 8.0


@dataclass(frozen=True, slots=True)
class Leg:
    """One piece of a journey: change to a speed, then hold it.

    Args:
        target_kmh: speed to reach; 0 is a stop.
        acceleration_ms2: how fast to get there, positive.
        hold_seconds: how long to stay.
        slope: rise per distance while holding, 0.05 is five in a hundred.
    """

    target_kmh: float
    acceleration_ms2: float
    hold_seconds: float
    slope: float = 0.0


@dataclass(frozen=True, slots=True)
class Journey:
    """Speed and slope, one value per `STEP_SECONDS`."""

    speed_kmh: FloatSeries
    slope: FloatSeries


def plan_journey(kind: DriveKind, duration_seconds: int, generator: np.random.Generator) -> Journey:
    """Drive a route of this kind; it begins and ends at a standstill.

    Args:
        kind: the shape of the drive.
        duration_seconds: length of the series.
        generator: where chance comes from; the result depends on nothing else.
    """
    steps = round(duration_seconds / STEP_SECONDS)
    last_stop = max(0, steps - round(40 / STEP_SECONDS))
    speed = np.zeros(steps)
    slope = np.zeros(steps)
    at = 0
    for leg in _legs(kind, generator):
        if at >= last_stop:
            break
        at = _drive_leg(leg, speed, slope, at, last_stop)
    _drive_leg(Leg(0.0, 1.9, 0.0), speed, slope, at, steps)
    return Journey(speed_kmh=_with_wander(speed, generator), slope=slope)


def _drive_leg(leg: Leg, speed: FloatSeries, slope: FloatSeries, at: int, end: int) -> int:
    """Write one leg into the series from index `at`; return the index after it, never beyond `end`."""
    current = float(speed[at - 1]) if at else 0.0
    change = leg.acceleration_ms2 * 3.6 * STEP_SECONDS
    ramp_steps = int(np.ceil(abs(leg.target_kmh - current) / change))
    ramp_end = min(end, at + ramp_steps)
    direction = np.sign(leg.target_kmh - current)
    ramp = current + direction * change * np.arange(1, ramp_end - at + 1)
    speed[at:ramp_end] = np.clip(ramp, min(current, leg.target_kmh), max(current, leg.target_kmh))
    hold_end = min(end, ramp_end + round(leg.hold_seconds / STEP_SECONDS))
    speed[ramp_end:hold_end] = leg.target_kmh
    slope[ramp_end:hold_end] = leg.slope
    return hold_end


def _with_wander(speed: FloatSeries, generator: np.random.Generator) -> FloatSeries:
    """Let a held speed breathe by a few km/h, as a foot on the pedal does; standstill stays standstill."""
    kick = generator.normal(0.0, 1.0, speed.size)
    wander = np.zeros(speed.size)
    for index in range(1, speed.size):
        wander[index] = 0.985 * wander[index - 1] + 0.06 * kick[index]
    wander = _moving_average(wander, 25)
    smooth = _moving_average(speed, 9)
    return np.where(speed > ROLLING_KMH, np.maximum(smooth + 4.0 * wander * np.minimum(1.0, speed / 60.0), 0.0), speed)


def _moving_average(series: FloatSeries, width: int) -> FloatSeries:
    """Average every value with its neighbours; `width` is odd."""
    return np.convolve(np.pad(series, width // 2, mode="edge"), np.full(width, 1.0 / width), mode="valid")


def _legs(kind: DriveKind, generator: np.random.Generator) -> list[Leg]:
    """List more legs than any drive is long."""
    if kind is DriveKind.HOT_IDLE:
        return []
    legs = [Leg(0.0, 1.0, _between(generator, *((45, 70) if kind is DriveKind.COLD_START else (10, 18))))]
    blocks = {
        DriveKind.COLD_START: (_streets, _road),
        DriveKind.CITY: (_streets, _hill, _streets, _arterial),
        DriveKind.HIGHWAY: (_streets, _motorway),
        DriveKind.SHORT_HOP: (_streets,),
    }[kind]
    total = 0.0
    while total < 7 * 3600:
        for block in blocks:
            legs += block(generator)
        total += 120.0
    return legs


def _between(generator: np.random.Generator, low: float, high: float) -> float:
    return float(generator.uniform(low, high))


def _streets(generator: np.random.Generator) -> list[Leg]:
    """Two or three blocks of a town: pull away, roll, stop at a light."""
    legs: list[Leg] = []
    for _ in range(int(generator.integers(2, 4))):
        legs.append(Leg(_between(generator, 34, 55), _between(generator, 1.2, 1.8), _between(generator, 12, 40)))
        legs.append(Leg(0.0, _between(generator, 1.5, 2.2), _between(generator, 8, 30)))
    return legs


def _arterial(generator: np.random.Generator) -> list[Leg]:
    """Let the lights be green for two or three minutes, then stop."""
    return [
        Leg(_between(generator, 60, 68), 1.4, _between(generator, 80, 120)),
        Leg(_between(generator, 52, 58), 0.8, _between(generator, 50, 70)),
        Leg(0.0, 1.6, _between(generator, 12, 25)),
    ]


def _hill(generator: np.random.Generator) -> list[Leg]:
    """Climb a steep street in a high gear, then roll on."""
    return [
        Leg(
            _between(generator, 58, 63),
            1.5,
            _between(generator, 22, 30),
            slope=_between(generator, 0.088, 0.098),
        ),
        Leg(_between(generator, 40, 50), 1.0, _between(generator, 15, 25)),
    ]


def _road(generator: np.random.Generator) -> list[Leg]:
    """Cross country at 70 to 85 with one climb."""
    return [
        Leg(_between(generator, 70, 85), 1.2, _between(generator, 60, 100)),
        Leg(
            _between(generator, 80, 86),
            0.6,
            _between(generator, 26, 34),
            slope=_between(generator, 0.080, 0.088),
        ),
        Leg(_between(generator, 65, 80), 0.6, _between(generator, 40, 80)),
        Leg(0.0, 1.6, _between(generator, 8, 20)),
    ]


def _motorway(generator: np.random.Generator) -> list[Leg]:
    """Join, hold 105 to 118 with a climb, and stay for a good while."""
    legs = [Leg(_between(generator, 100, 108), 1.5, _between(generator, 60, 120))]
    for _ in range(int(generator.integers(2, 4))):
        legs += [
            Leg(
                _between(generator, 104, 110),
                0.5,
                _between(generator, 28, 45),
                slope=_between(generator, 0.055, 0.065),
            ),
            Leg(_between(generator, 105, 118), 0.5, _between(generator, 90, 180)),
        ]
    return [*legs, Leg(_between(generator, 85, 95), 0.8, _between(generator, 30, 60))]

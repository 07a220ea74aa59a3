"""The drives of the evaluation: whose they are, how they are driven, what is wrong with them and how badly."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, product

import numpy as np

from obd2_analyzer.profiles.profile import read_profile, shipped_profile
from obd2_cli.simulate import CAR_FAULTS, FIRST_DRIVE_AT, SHOWS_ON, CarName, DriveKind, DrivePlan, Fault, FaultName

RULES_OF = {
    FaultName.OVERHEATING: frozenset({"coolant"}),
    FaultName.LEAN_DRIFT: frozenset({"ltft"}),
    FaultName.WEAK_CHARGING: frozenset({"battery"}),
    FaultName.HEAT_SOAK: frozenset({"iat"}),
    FaultName.TIMING_PULL: frozenset({"knock_retard", "timing"}),
    FaultName.DYING_O2: frozenset({"o2"}),
}
"""The rules that should speak when a fault of the car is there."""

CLEAR_FROM = 0.6
"""From this severity on a fault is beyond doubt; below it lies around the thresholds."""

SEVERITIES = (0.15, 0.3, 0.45, 0.6, 0.9, 1.0)
DATA_SEVERITIES = (0.3, 0.9)
DATA_FAULTS = (
    FaultName.MISSING_DRIVE_END,
    FaultName.PRE_MINT,
    FaultName.CLOCK_JUMP,
    FaultName.OVERLAPPING_DRIVES,
    FaultName.GLITCHES,
    FaultName.SLOW_POLLING,
)
PROFILES = {
    CarName.ECLIPSE: shipped_profile("eclipse"),
    CarName.MODERN: read_profile(
        "modern", '[car]\nbased_on = "generic"\nthermostat_celsius = 97.0\nsmart_charging = true\nair = "MAF"'
    ),
    CarName.ECONOMY: read_profile("economy", '[car]\nbased_on = "generic"\nthermostat_celsius = 80.0\nair = "MAP"'),
}
"""What the owners of the cars would tell the server."""

PAST_KINDS = (
    DriveKind.COLD_START,
    DriveKind.CITY,
    DriveKind.HIGHWAY,
    DriveKind.HOT_IDLE,
    DriveKind.CITY,
    DriveKind.HIGHWAY,
    DriveKind.COLD_START,
    DriveKind.CITY,
)
"""What a car was used for before the drives that are judged."""

SEED_STEP = 7919


@dataclass(frozen=True, slots=True)
class Case:
    """One drive to judge: ``car`` says whose history it has, None that it is a car's first."""

    plan: DrivePlan
    car: int | None
    fault: FaultName | None = None
    severity: float = 0.0

    @property
    def is_clear(self) -> bool:
        """Tell whether the fault must be found."""
        return self.severity >= CLEAR_FROM


def car_of(number: int) -> CarName:
    """Return which car an owner has."""
    return list(CarName)[number % len(CarName)]


def past_plans(car: int) -> list[DrivePlan]:
    """Return the healthy drives a car has behind it, oldest first."""
    return [
        DrivePlan(
            kind,
            FIRST_DRIVE_AT + timedelta(days=2 * number),
            drive_id=number + 1,
            seed=SEED_STEP * (car + 1) + number,
            car=car_of(car),
        )
        for number, kind in enumerate(PAST_KINDS)
    ]


def cases(cars: int, seeds: int) -> Iterator[Case]:
    """Yield every drive to judge.

    Args:
        cars: how many cars with a history there are.
        seeds: how many drives there are of each kind, fault and severity.
    """
    numbers = count(1)
    yield from _healthy(cars, 2 * seeds, numbers)
    yield from _faulty(cars, seeds, numbers)
    for name, kind, severity in product(DATA_FAULTS, DriveKind, DATA_SEVERITIES):
        number = next(numbers)
        owner = number % cars
        yield Case(_plan(kind, number, owner, Fault(name, severity)), owner, name, severity)


def _healthy(cars: int, seeds: int, numbers: Iterator[int]) -> Iterator[Case]:
    for kind, owner, _ in product(DriveKind, (None, *range(cars)), range(seeds)):
        yield Case(_plan(kind, next(numbers), owner), owner)


def _faulty(cars: int, seeds: int, numbers: Iterator[int]) -> Iterator[Case]:
    owners = (None, *range(cars))
    pairs = [(name, kind) for name in sorted(CAR_FAULTS) for kind in sorted(SHOWS_ON[name])]
    for (name, kind), severity, _ in product(pairs, SEVERITIES, range(seeds)):
        number = next(numbers)
        # By lot, so that no severity always meets the same car; a new one is among them.
        owner = owners[int(np.random.default_rng(number).integers(len(owners)))]
        yield Case(_plan(kind, number, owner, Fault(name, severity)), owner, name, severity)


def _plan(kind: DriveKind, number: int, owner: int | None, *faults: Fault) -> DrivePlan:
    began = FIRST_DRIVE_AT + timedelta(days=2 * len(PAST_KINDS) + 1, hours=number % 9)
    car = car_of(number if owner is None else owner)
    return DrivePlan(kind, began, drive_id=len(PAST_KINDS) + 1, seed=104_729 + number, faults=faults, car=car)

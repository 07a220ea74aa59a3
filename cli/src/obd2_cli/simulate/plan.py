"""What to simulate: kinds of drive, faults and their severity, and the plan of a whole Pi database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from obd2_cli.simulate.cars import CARS, CarName, CarType
from obd2_common.errors import InvalidInputError

DATA_SOURCES = ("real", "replay", "physics_sim", "fixture")
SEVERITY_WORDS: Mapping[str, float] = MappingProxyType({"marginal": 0.3, "clear": 0.9})
FIRST_DRIVE_AT = datetime(2026, 6, 1, 13, 4, tzinfo=UTC)
SHORTEST_DRIVE_SECONDS = 30
LONGEST_DRIVE_SECONDS = 6 * 3600


class DriveKind(StrEnum):
    """The shape of a healthy drive."""

    COLD_START = "cold_start"
    CITY = "city"
    HIGHWAY = "highway"
    HOT_IDLE = "hot_idle"
    SHORT_HOP = "short_hop"


class FaultName(StrEnum):
    """What can be wrong: six faults of the car, five of one drive's data, two of the file."""

    OVERHEATING = "overheating"
    LEAN_DRIFT = "lean_drift"
    WEAK_CHARGING = "weak_charging"
    HEAT_SOAK = "heat_soak"
    TIMING_PULL = "timing_pull"
    DYING_O2 = "dying_o2"
    MISSING_DRIVE_END = "missing_drive_end"
    PRE_MINT = "pre_mint"
    CLOCK_JUMP = "clock_jump"
    OVERLAPPING_DRIVES = "overlapping_drives"
    GLITCHES = "glitches"
    SLOW_POLLING = "slow_polling"
    REBUILT_DATABASE = "rebuilt_database"


CAR_FAULTS = frozenset(
    {
        FaultName.OVERHEATING,
        FaultName.LEAN_DRIFT,
        FaultName.WEAK_CHARGING,
        FaultName.HEAT_SOAK,
        FaultName.TIMING_PULL,
        FaultName.DYING_O2,
    }
)
FILE_FAULTS = frozenset({FaultName.OVERLAPPING_DRIVES, FaultName.REBUILT_DATABASE})

DURATION_SECONDS: Mapping[DriveKind, int] = MappingProxyType(
    {
        DriveKind.COLD_START: 1320,
        DriveKind.CITY: 1500,
        DriveKind.HIGHWAY: 1800,
        DriveKind.HOT_IDLE: 1500,
        DriveKind.SHORT_HOP: 290,
    }
)
"""How long a drive of each kind lasts unless its plan says otherwise."""

_DRIVEN = frozenset({DriveKind.COLD_START, DriveKind.CITY, DriveKind.HIGHWAY})
_LONG = _DRIVEN | {DriveKind.HOT_IDLE}
SHOWS_ON: Mapping[FaultName, frozenset[DriveKind]] = MappingProxyType(
    {
        FaultName.OVERHEATING: _LONG,
        FaultName.LEAN_DRIFT: _LONG,
        FaultName.WEAK_CHARGING: frozenset(DriveKind),
        FaultName.HEAT_SOAK: _DRIVEN,
        FaultName.TIMING_PULL: _DRIVEN,
        FaultName.DYING_O2: _LONG,
    }
)
"""The kinds of drive, at their usual length, on which a clear fault of the car must be found.

A short hop ends before the coolant is judged and before there are enough fuel trims; idling never reaches half load;
a warm restart knows no ambient temperature to compare the intake with.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Args:
        name: which fault.
        severity: 0 is none, 1 the worst; around 0.3 the server's thresholds are just about reached, from 0.6 on a
            fault of the car is beyond doubt and sets a trouble code where it has one.
    """

    name: FaultName
    severity: float = SEVERITY_WORDS["clear"]

    def __post_init__(self) -> None:
        """Refuse a severity out of range."""
        if not 0.0 <= self.severity <= 1.0:
            raise InvalidInputError(f"the severity of {self.name} must lie in 0..1, not {self.severity}")


@dataclass(frozen=True, slots=True)
class DrivePlan:
    """One drive to simulate; everything else follows from the seed.

    The data source is `real` by default although nothing here is: the server leaves simulated drives out of baselines
    and findings, so a demonstration or an evaluation of its rules needs drives that it takes for real ones. Choose
    `physics_sim` for rows that must stay recognisable as simulated.

    Args:
        kind: the shape of the drive.
        started_at: aware time of the first row that carries the drive's id.
        drive_id: the id the Pi minted, 1 or more.
        seed: equal plans with equal seeds give equal rows.
        duration_seconds: 30 to 21600; absent means the usual length of this kind.
        faults: at most one of each name; `rebuilt_database` concerns a file, not a drive, and is refused.
        data_source: one of `DATA_SOURCES`.
        profile_id: the Pi profile the rows are tagged with.
        car: which car is driven.
    """

    kind: DriveKind
    started_at: datetime
    drive_id: int = 1
    seed: int = 0
    duration_seconds: int | None = None
    faults: tuple[Fault, ...] = ()
    data_source: str = "real"
    profile_id: str = "daily"
    car: CarName = CarName.ECLIPSE

    def __post_init__(self) -> None:
        """Refuse a plan no Pi could have recorded."""
        if self.started_at.tzinfo is None:
            raise InvalidInputError("a drive's start needs a time zone")
        if not SHORTEST_DRIVE_SECONDS <= self.seconds <= LONGEST_DRIVE_SECONDS:
            raise InvalidInputError(
                f"a drive lasts {SHORTEST_DRIVE_SECONDS} to {LONGEST_DRIVE_SECONDS} seconds, not {self.seconds}"
            )
        if self.drive_id < 1:
            raise InvalidInputError("drive ids begin at 1")
        if self.data_source not in DATA_SOURCES:
            raise InvalidInputError(f"{self.data_source!r} is none of {', '.join(DATA_SOURCES)}")
        names = [fault.name for fault in self.faults]
        if len(set(names)) != len(names):
            raise InvalidInputError("a fault is named twice")
        if FaultName.REBUILT_DATABASE in names:
            raise InvalidInputError("rebuilt_database concerns a file: see rebuilt_plan")

    @property
    def seconds(self) -> int:
        """Return the drive's length."""
        return DURATION_SECONDS[self.kind] if self.duration_seconds is None else self.duration_seconds

    @property
    def car_type(self) -> CarType:
        """Return what the car is like."""
        return CARS[self.car]

    def severity(self, name: FaultName) -> float:
        """Return how bad this fault is, 0 when the drive does not have it."""
        return next((fault.severity for fault in self.faults if fault.name is name), 0.0)


@dataclass(frozen=True, slots=True)
class DatabasePlan:
    """A Pi database to write.

    Args:
        drives: in any order; drive ids must differ, times may overlap.
        seed: of everything between the drives (connection noise).
        fills_every_table: also write a few rows of the tables a Pi rarely has anything in, so that all ten synced
            tables hold something.
    """

    drives: tuple[DrivePlan, ...]
    seed: int = 0
    fills_every_table: bool = False


def plan_drives(
    count: int,
    *,
    seed: int = 0,
    kinds: tuple[DriveKind, ...] = tuple(DriveKind),
    started_at: datetime = FIRST_DRIVE_AT,
    data_source: str = "real",
    car: CarName = CarName.ECLIPSE,
) -> tuple[DrivePlan, ...]:
    """Plan healthy drives, one every day or two, taking the kinds in turn.

    Args:
        count: how many, 1 or more.
        seed: of the drives and of the days between them.
        kinds: taken in turn from the first.
        started_at: start of the first drive.
        data_source: as in `DrivePlan`.
        car: which car is driven.

    Raises:
        InvalidInputError: no drive or no kind asked for.
    """
    if count < 1 or not kinds:
        raise InvalidInputError("at least one drive of one kind is needed")
    generator = np.random.default_rng([seed, 7])
    plans: list[DrivePlan] = []
    begins_at = started_at.replace(microsecond=0)
    for index in range(count):
        plans.append(
            DrivePlan(
                kind=kinds[index % len(kinds)],
                started_at=begins_at,
                drive_id=index + 1,
                seed=int(generator.integers(2**31)),
                data_source=data_source,
                car=car,
            )
        )
        begins_at += timedelta(seconds=int(generator.integers(20 * 3600, 40 * 3600)))
    return tuple(plans)


def with_faults(plan: DrivePlan, *faults: Fault) -> DrivePlan:
    """Return the same drive with these faults instead of its own."""
    return replace(plan, faults=faults)


def developing(plans: tuple[DrivePlan, ...], *faults: Fault) -> tuple[DrivePlan, ...]:
    """Return the same drives with faults that grow from drive to drive and are as given on the last."""
    return tuple(
        with_faults(plan, *(replace(fault, severity=fault.severity * number / len(plans)) for fault in faults))
        for number, plan in enumerate(plans, start=1)
    )


def second_emitter(plan: DrivePlan) -> DrivePlan:
    """Return the drive another logger of the same car writes from the middle of this one on, under the next id."""
    return replace(
        plan,
        drive_id=plan.drive_id + 1,
        seed=plan.seed + 1,
        started_at=plan.started_at + timedelta(seconds=plan.seconds // 2),
        faults=(),
    )


def rebuilt_plan(plan: DatabasePlan) -> DatabasePlan:
    """Return what the Pi records after its database was lost: row and drive ids begin again, the content is new."""
    last_at = max(drive.started_at for drive in plan.drives)
    first_at = min(drive.started_at for drive in plan.drives)
    shift = last_at - first_at + timedelta(days=2)
    drives = tuple(
        replace(drive, drive_id=number, seed=drive.seed + 104_729, started_at=drive.started_at + shift)
        for number, drive in enumerate(sorted(plan.drives, key=lambda each: each.started_at), start=1)
    )
    return replace(plan, drives=drives, seed=plan.seed + 104_729)

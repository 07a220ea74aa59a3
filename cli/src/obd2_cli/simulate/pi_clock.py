"""How the Pi writes times, and how wrong its clock can be at the start of a drive."""

from datetime import UTC, datetime, timedelta

import numpy as np

from obd2_cli.simulate.journey import FloatSeries
from obd2_cli.simulate.plan import DrivePlan, FaultName

WRONG_CLOCK_SECONDS = 45.0
WRONG_CLOCK_HOURS = 25.5


def wrong_clock_seconds(plan: DrivePlan) -> float:
    """Return by how much the Pi's clock is ahead until a time server corrects it, early in the drive."""
    return round(plan.severity(FaultName.CLOCK_JUMP) * WRONG_CLOCK_HOURS * 3600.0)


def clock_error(plan: DrivePlan, at_seconds: FloatSeries) -> FloatSeries:
    """Return how far the Pi's clock is ahead at each second of the drive; it jumps back once it is corrected."""
    return np.where(at_seconds < WRONG_CLOCK_SECONDS, wrong_clock_seconds(plan), 0.0)


def stamp(plan: DrivePlan, at_second: float) -> str:
    """Return the time text the Pi writes at one second of the drive, by its own clock."""
    error = float(clock_error(plan, np.asarray([at_second]))[0])
    return time_text(plan.started_at + timedelta(seconds=at_second + error))


def time_text(moment: datetime) -> str:
    """Write a time as the Pi does today: UTC, whole seconds, ending in Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def modified_text(moment: datetime) -> str:
    """Write a time as the Pi's triggers do: UTC, milliseconds, ending in Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

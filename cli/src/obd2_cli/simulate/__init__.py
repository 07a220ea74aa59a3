"""Simulated drives of one car, written as the Pi would have recorded them; see `write_pi_database`."""

from obd2_cli.simulate.cars import CarName
from obd2_cli.simulate.pi_database import write_pi_database
from obd2_cli.simulate.plan import (
    CAR_FAULTS,
    FIRST_DRIVE_AT,
    SHOWS_ON,
    DatabasePlan,
    DriveKind,
    DrivePlan,
    Fault,
    FaultName,
    developing,
    plan_drives,
    rebuilt_plan,
    with_faults,
)

__all__ = [
    "CAR_FAULTS",
    "FIRST_DRIVE_AT",
    "SHOWS_ON",
    "CarName",
    "DatabasePlan",
    "DriveKind",
    "DrivePlan",
    "Fault",
    "FaultName",
    "developing",
    "plan_drives",
    "rebuilt_plan",
    "with_faults",
    "write_pi_database",
]

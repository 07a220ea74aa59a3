"""How warm it is outside, as far as a drive tells."""

from dataclasses import dataclass

from obd2_analyzer.facts.parameters import COOLANT_TEMP, INTAKE_TEMP
from obd2_analyzer.rules.drive import DriveCase

COLD_START_BELOW_CELSIUS = 30.0
"""Coolant that begins below this had time to take on the temperature outside."""


@dataclass(frozen=True, slots=True)
class OutsideAir:
    """The temperature outside and where it comes from: ``drive_summary`` or ``cold_start``."""

    celsius: float
    source: str


def outside_air(case: DriveCase, maximum_celsius: float) -> OutsideAir | None:
    """Return the temperature outside, None while nobody knows.

    The Pi's note counts unless it is heat soak. Without it, intake air at a cold start is as warm as the air outside.

    Args:
        case: the drive.
        maximum_celsius: what is hotter is not believed.
    """
    noted = case.ambient_celsius
    if noted is not None and noted <= maximum_celsius:
        return OutsideAir(noted, "drive_summary")
    coolant, intake = case.signals.of(COOLANT_TEMP), case.signals.of(INTAKE_TEMP)
    if not len(coolant) or not len(intake):
        return None
    first = float(intake.values[0])
    is_cold_start = coolant.values[0] < COLD_START_BELOW_CELSIUS
    return OutsideAir(first, "cold_start") if is_cold_start and first <= maximum_celsius else None

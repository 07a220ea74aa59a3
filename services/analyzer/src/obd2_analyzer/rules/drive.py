"""What every rule gets to see of a drive."""

from dataclasses import dataclass

from obd2_analyzer.facts.history import History
from obd2_analyzer.facts.signals import DriveSignals
from obd2_analyzer.facts.statistics import Statistics
from obd2_analyzer.thresholds import Thresholds


@dataclass(frozen=True, slots=True, eq=False)
class DriveCase:
    """One drive before the rules; ``ambient_celsius`` is the Pi's note of the outside temperature, None when absent."""

    signals: DriveSignals
    statistics: Statistics
    history: History
    thresholds: Thresholds
    ambient_celsius: float | None = None

"""What every rule gets to see of a drive."""

from dataclasses import dataclass

from obd2_analyzer.facts.history import History
from obd2_analyzer.facts.limits import Sampling
from obd2_analyzer.facts.signals import DriveSignals
from obd2_analyzer.facts.statistics import Statistics


@dataclass(frozen=True, slots=True, eq=False)
class DriveCase:
    """One drive before the rules.

    ``minimum_drives`` is how many earlier drives make a baseline, ``ambient_celsius`` the Pi's note of the outside
    temperature, None when absent.
    """

    signals: DriveSignals
    statistics: Statistics
    history: History
    minimum_drives: int
    ambient_celsius: float | None = None

    @property
    def sampling(self) -> Sampling:
        """Return how samples of different signals are brought together."""
        return self.signals.sampling

"""What every rule gets to see of a drive."""

from dataclasses import dataclass, field

from obd2_analyzer.facts.history import History
from obd2_analyzer.facts.limits import Sampling
from obd2_analyzer.facts.signals import DriveSignals
from obd2_analyzer.facts.statistics import Statistics
from obd2_analyzer.facts.trouble_codes import CodeState, TroubleCode


@dataclass(frozen=True, slots=True, eq=False)
class DriveCase:
    """One drive before the rules.

    ``minimum_drives`` is how many earlier drives a baseline takes at least, ``baseline_drives`` how many it looks at;
    ``started_at`` is in seconds since 1970, None when unknown; ``ambient_celsius`` the Pi's note of the outside
    temperature, None when absent. ``code_state`` is what the engine computer said of lamp and codes during the drive.
    ``lacks`` are parameters the car does not have, as its profile says; ``signals`` has none of them.
    """

    signals: DriveSignals
    statistics: Statistics
    history: History
    minimum_drives: int
    baseline_drives: int
    started_at: float | None = None
    ambient_celsius: float | None = None
    trouble_codes: tuple[TroubleCode, ...] = ()
    code_state: CodeState = field(default_factory=CodeState)
    lacks: frozenset[str] = frozenset()

    @property
    def sampling(self) -> Sampling:
        """Return how samples of different signals are brought together."""
        return self.signals.sampling

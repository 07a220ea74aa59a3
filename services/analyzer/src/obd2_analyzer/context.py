"""What every job needs, put together once at the start."""

from dataclasses import dataclass

from obd2_analyzer.advice.adviser import Adviser
from obd2_analyzer.thresholds import Thresholds
from obd2_common.clock import Clock
from obd2_common.db.database import Database


@dataclass(frozen=True, slots=True)
class Workbench:
    """The tools of a worker; ``adviser`` is None while there is no language model.

    ``patience_seconds`` is how long somebody who asks for an analysis waits for it.
    """

    database: Database
    thresholds: Thresholds
    clock: Clock
    adviser: Adviser | None = None
    patience_seconds: float = 120.0

"""What every job needs, put together once at the start."""

from dataclasses import dataclass

from obd2_analyzer.advice.adviser import Adviser
from obd2_analyzer.thresholds import Thresholds
from obd2_common.clock import Clock
from obd2_common.db.database import Database
from obd2_common.jobs.queue import ANALYSIS, DRIVE_FACTS

JOB_KINDS = (ANALYSIS, DRIVE_FACTS)
"""What the analyzer does, in the order it prefers: somebody may be waiting for an analysis."""


@dataclass(frozen=True, slots=True)
class Context:
    """The tools of a worker; ``adviser`` is None while there is no language model.

    ``wait_seconds`` is how long a client that asks for an analysis waits for it.
    """

    database: Database
    thresholds: Thresholds
    clock: Clock
    adviser: Adviser | None = None
    wait_seconds: float = 120.0

"""What every job needs, put together once at the start."""

from dataclasses import dataclass

from obd2_analyzer.advice.adviser import Adviser
from obd2_analyzer.thresholds import OperatorLimits
from obd2_common.clock import Clock
from obd2_common.db.database import Database
from obd2_common.jobs.queue import ANALYSIS, DRIVE_FACTS

JOB_KINDS = (ANALYSIS, DRIVE_FACTS)
"""What the analyzer does, in the order it prefers: somebody may be waiting for an analysis."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long an analysis may take: from the request while its client waits, else from the call of the model."""

    request_seconds: float = 120.0
    background_seconds: float = 1800.0


@dataclass(frozen=True, slots=True)
class Context:
    """What a job works with; ``adviser`` is None while there is no language model.

    ``operator`` are the operator's limits for every car; those of one car are made of them and its profile.
    """

    database: Database
    operator: OperatorLimits
    clock: Clock
    adviser: Adviser | None = None
    limits: TimeLimits = TimeLimits()

"""Whether advice is open: what was decided about its kind, and whether it worsened or came again since."""

from datetime import datetime
from typing import Literal, Protocol

from obd2_common.tables.drives import SEVERITIES

State = Literal["open", "done", "dismissed"]
WORSE_BY_EXCESS = 0.5
WORSE_BY_THRESHOLD = 0.02
"""A dismissed finding opens again once it lies further beyond its limit than it did by half of what it did then and
two per cent of the limit: a wobble is no worsening."""


class Decided(Protocol):
    """A decision, with what it was about."""

    decision: str
    severity: str | None
    value: float | None
    threshold: float | None
    decided_at: datetime


class Advice(Protocol):
    """A recommendation as it stands."""

    severity: str | None
    drive_started_at: datetime | None


def state_of(advice: Advice, value: float | None, decided: Decided | None) -> State:
    """Return how a recommendation stands.

    Args:
        advice: the recommendation.
        value: the number that its finding is about; None where there is none.
        decided: the latest decision about its kind.
    """
    if decided is None or decided.decision == "open":
        return "open"
    if decided.decision == "done":
        came_again = advice.drive_started_at is not None and advice.drive_started_at > decided.decided_at
        return "open" if came_again else "done"
    is_graver = _place(advice.severity) > _place(decided.severity)
    return "open" if is_graver or _lies_further(value, decided) else "dismissed"


def _place(severity: str | None) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def _lies_further(value: float | None, decided: Decided) -> bool:
    if value is None or decided.value is None or decided.threshold is None:
        return False
    before = decided.value - decided.threshold
    excess = (value - decided.threshold) * (1 if before >= 0 else -1)
    return excess > abs(before) * (1 + WORSE_BY_EXCESS) + abs(decided.threshold) * WORSE_BY_THRESHOLD

"""Notices that the server's clock was set: dates taken then say little, so deleting waits for a while."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from obd2_common.clock import Clock

log = structlog.get_logger(__name__)

LARGEST_DRIFT = timedelta(minutes=2)
"""How far the clock may drift from a timer, or from what was recorded last, without having been set."""
LONGEST_PAUSE = timedelta(days=1)
"""A service that was away for longer cannot tell that from a clock that was set forward."""


class ClockWatch:
    """Tells whether dates can be relied on.

    Args:
        clock: of the server.
        timer: grows by one each second, whatever happens to the clock.
        settle_seconds: how long dates are not relied on after the clock was set.
        last_seen_at: the latest time on record; None when there is none.
    """

    def __init__(
        self, clock: Clock, timer: Callable[[], float], *, settle_seconds: float, last_seen_at: datetime | None
    ) -> None:
        self._clock = clock
        self._timer = timer
        self._settle_seconds = settle_seconds
        self._offset = self._measure()
        self._settled_at = timer()
        if last_seen_at is not None and not -LARGEST_DRIFT <= clock() - last_seen_at <= LONGEST_PAUSE:
            self._unsettle(clock() - last_seen_at)

    def is_steady(self) -> bool:
        """Tell whether the clock ran steadily for long enough."""
        offset = self._measure()
        if abs(offset - self._offset) > LARGEST_DRIFT:
            self._unsettle(offset - self._offset)
        self._offset = offset
        return self._timer() >= self._settled_at

    def _measure(self) -> timedelta:
        """Return how far the clock is ahead of the timer."""
        return self._clock() - datetime.fromtimestamp(0, tz=self._clock().tzinfo) - timedelta(seconds=self._timer())

    def _unsettle(self, step: timedelta) -> None:
        self._settled_at = self._timer() + self._settle_seconds
        log.warning("clock_was_set", step_seconds=step.total_seconds(), deleting_waits_seconds=self._settle_seconds)

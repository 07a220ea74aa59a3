"""A clock that is set by hand."""

from datetime import datetime, timedelta


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> None:
        """Move by a step, backwards too; arguments as for timedelta."""
        self.now += timedelta(**step)

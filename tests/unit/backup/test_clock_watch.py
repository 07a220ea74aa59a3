"""When dates are relied on: not for a while after the clock was set."""

from datetime import UTC, datetime, timedelta

import pytest

from obd2_backup.clock_watch import ClockWatch
from support.hand_clock import HandClock

START = datetime(2026, 7, 11, 18, 0, tzinfo=UTC)
HOUR = 3600.0


class Machine:
    """A clock that can be set, and a timer that cannot."""

    def __init__(self) -> None:
        self.clock = HandClock(START)
        self.seconds = 1000.0

    def run(self, seconds: float) -> None:
        self.seconds += seconds
        self.clock.advance(seconds=seconds)

    def watch(self, last_seen_at: datetime | None = None) -> ClockWatch:
        return ClockWatch(self.clock, lambda: self.seconds, settle_seconds=HOUR, last_seen_at=last_seen_at)


def test_a_clock_that_runs_with_the_timer_is_steady() -> None:
    machine = Machine()
    watch = machine.watch()

    for _ in range(10):
        machine.run(7 * HOUR)
        assert watch.is_steady()


@pytest.mark.parametrize("step", [timedelta(days=365), -timedelta(days=365), timedelta(minutes=5)])
def test_after_the_clock_was_set_dates_are_not_relied_on_for_a_while(step: timedelta) -> None:
    machine = Machine()
    watch = machine.watch()
    machine.clock.now += step

    assert not watch.is_steady()
    machine.run(HOUR - 1)
    assert not watch.is_steady()
    machine.run(2)
    assert watch.is_steady()


@pytest.mark.parametrize(
    ("last_seen_at", "is_steady"),
    [
        (None, True),
        (START - timedelta(hours=3), True),
        (START - timedelta(days=400), False),
        (START + timedelta(days=400), False),
    ],
)
def test_a_start_far_from_what_was_seen_last_waits(last_seen_at: datetime | None, is_steady: bool) -> None:  # noqa: FBT001
    assert Machine().watch(last_seen_at).is_steady() == is_steady

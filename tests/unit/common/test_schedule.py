"""Scheduled work: when it is done, and what is told of every run."""

import queue
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from obd2_common.clock import utc_now
from obd2_common.errors import DatabaseUnavailableError
from obd2_common.service import Schedule

Runs = queue.Queue[tuple[str, bool]]
WAIT_SECONDS = 10


@pytest.fixture
def runs() -> Runs:
    return queue.Queue()


@pytest.fixture
def schedule(runs: Runs) -> Iterator[Schedule]:
    made = Schedule(utc_now, lambda task, *, is_success: runs.put((task, is_success)))
    made.start()
    yield made
    made.stop()


def without_database() -> None:
    raise DatabaseUnavailableError("gone")


@pytest.mark.parametrize(
    ("work", "is_success"),
    [(lambda: None, True), (lambda: True, True), (lambda: False, False), (without_database, False)],
)
def test_every_run_is_told_with_its_outcome(
    schedule: Schedule, runs: Runs, work: Callable[[], object], *, is_success: bool
) -> None:
    schedule.once("task", work)

    assert runs.get(timeout=WAIT_SECONDS) == ("task", is_success)


def test_work_that_failed_has_its_next_turn(schedule: Schedule, runs: Runs) -> None:
    schedule.every(timedelta(seconds=0.05), "task", without_database)

    assert [runs.get(timeout=WAIT_SECONDS) for _ in range(2)] == [("task", False)] * 2


def test_a_first_turn_can_be_put_off(schedule: Schedule, runs: Runs) -> None:
    schedule.every(timedelta(hours=1), "later", lambda: None, delay=timedelta(hours=1))
    schedule.every(timedelta(hours=1), "now", lambda: None)

    assert runs.get(timeout=WAIT_SECONDS) == ("now", True)
    assert runs.empty()

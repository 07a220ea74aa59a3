"""Waiting a bounded time for a call that may hang."""

import threading

import pytest

from obd2_common.deadline import Deadline


def test_a_call_that_returns_in_time_gives_its_result() -> None:
    assert Deadline(lambda: 7, timeout_seconds=5)() == 7


def test_what_the_call_raises_reaches_the_caller() -> None:
    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        Deadline(fail, timeout_seconds=5)()


def test_a_call_that_hangs_is_given_up_and_not_started_a_second_time() -> None:
    go_on = threading.Event()
    starts: list[int] = []

    def hang() -> str:
        starts.append(1)
        go_on.wait(30)
        return "late"

    call = Deadline(hang, timeout_seconds=0.01)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            call()
    go_on.set()

    assert len(starts) == 1


def test_a_finished_call_is_run_anew_for_the_next_caller() -> None:
    results = iter([1, 2])
    call = Deadline(lambda: next(results), timeout_seconds=5)

    assert [call(), call()] == [1, 2]

"""What hangs does not hang the caller."""

import asyncio
import threading
from pathlib import Path

import pytest

from obd2_api.probes import Probe, ask_disk_space, has_model


def test_an_answer_in_time_is_returned() -> None:
    assert asyncio.run(Probe("quick", lambda: 42, timeout_seconds=5).answer()) == 42


def test_an_error_is_no_answer() -> None:
    def fail() -> int:
        raise OSError("down")

    assert asyncio.run(Probe("broken", fail, timeout_seconds=5).answer()) is None


def test_a_hung_question_is_waited_for_so_long_and_asked_only_once() -> None:
    release = threading.Event()
    asked = []

    def hang() -> int:
        asked.append(1)
        release.wait(30)
        return 42

    async def ask_thrice() -> list[int | None]:
        probe = Probe("hung", hang, timeout_seconds=0.05)
        early = [await probe.answer(), await probe.answer()]
        release.set()
        late = Probe.answer(probe)
        return [*early, await late]

    assert asyncio.run(ask_thrice()) in ([None, None, 42], [None, None, None])
    assert len(asked) == 1


def test_after_an_answer_the_question_is_asked_afresh() -> None:
    answers = iter([1, 2])

    async def ask_twice() -> list[int | None]:
        probe = Probe("counter", lambda: next(answers), timeout_seconds=5)
        return [await probe.answer(), await probe.answer()]

    assert asyncio.run(ask_twice()) == [1, 2]


def test_a_hung_question_that_fails_later_disturbs_nobody() -> None:
    release = threading.Event()

    def hang_then_fail() -> int:
        release.wait(30)
        raise OSError("down")

    async def ask() -> int | None:
        answer = await Probe("failing", hang_then_fail, timeout_seconds=0.05).answer()
        release.set()
        return answer

    assert asyncio.run(ask()) is None


@pytest.mark.parametrize(
    ("wanted", "is_there"),
    [("llama3.1:8b", True), ("llama3.1", False), ("tiny", True), ("tiny:latest", True), ("hub/tiny", False)],
)
def test_a_model_is_found_by_its_full_name_or_as_latest(wanted: str, is_there: bool) -> None:  # noqa: FBT001
    assert has_model(frozenset({"llama3.1:8b", "tiny:latest"}), wanted) is is_there


def test_room_is_told_for_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    space = ask_disk_space(tmp_path / "later" / "still")

    assert 0 < space.free_bytes <= space.total_bytes

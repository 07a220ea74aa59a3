"""How long something held, as far as samples can tell."""

import numpy as np
import pytest

from obd2_analyzer.facts.episodes import find_episodes, longest_sustained

HOLE = 15.0


def times(*stretches: tuple[float, float]) -> np.ndarray:
    return np.concatenate([np.arange(start, end, 2.0) for start, end in stretches])


def test_a_stretch_lasts_until_the_first_sample_that_denies_it() -> None:
    seconds = times((0, 100))

    (found,) = find_episodes(seconds, (seconds >= 20) & (seconds < 80), HOLE)

    assert (found.started_at, found.ended_at, found.duration_seconds) == (20, 80, 60)
    assert found.sample_count == 30


def test_the_last_sample_of_all_speaks_for_one_more_sampling_time() -> None:
    seconds = times((0, 60))

    (found,) = find_episodes(seconds, seconds >= 0, HOLE)

    assert found.duration_seconds == 60
    assert found.ended_at == 58


def test_a_hole_is_not_sustained() -> None:
    seconds = times((0, 30), (118, 148))

    found = find_episodes(seconds, seconds >= 0, HOLE)

    assert [episode.duration_seconds for episode in found] == [30, 30]
    assert longest_sustained(found, 60) is None


def test_a_clock_that_steps_back_breaks_a_stretch() -> None:
    seconds = np.concatenate([times((1000, 1040)), times((0, 40))])

    assert len(find_episodes(seconds, seconds >= 0, HOLE)) == 2


def test_a_single_denial_breaks_a_stretch() -> None:
    seconds = times((0, 100))

    assert len(find_episodes(seconds, seconds != 50, HOLE)) == 2


def test_a_lone_sample_holds_for_the_sampling_time() -> None:
    seconds = times((0, 100))

    (found,) = find_episodes(seconds, seconds == 50, HOLE)

    assert found.duration_seconds == 2


@pytest.mark.parametrize("count", [0, 1])
def test_next_to_no_samples_are_no_trouble(count: int) -> None:
    seconds = np.zeros(count)

    found = find_episodes(seconds, np.ones(count, dtype=bool), HOLE)

    assert [episode.duration_seconds for episode in found] == [0.0] * count


def test_several_readings_in_one_second_are_one_stretch() -> None:
    seconds = np.repeat(np.arange(0.0, 60.0, 2.0), 2)

    (found,) = find_episodes(seconds, seconds >= 0, HOLE)

    assert found.duration_seconds == pytest.approx(60, abs=2)

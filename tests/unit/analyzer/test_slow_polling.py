"""A signal that is read slowly speaks for longer than one that is read quickly."""

import numpy as np
import pytest

from obd2_analyzer.facts.episodes import find_episodes
from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.history import PastStatistic
from obd2_analyzer.facts.statistics import is_enough
from support.drive_rows import DriveRow, drive_rows, read_every
from support.rule_findings import facts

SLOW = ("COOLANT_TEMP", "BATTERY_V", "LONG_FUEL_TRIM_1", "SHORT_FUEL_TRIM_1", "INTAKE_TEMP", "FUEL_SYSTEM_STATUS")


def severities(rows: list[DriveRow]) -> dict[str, Severity]:
    return {found.rule: found.severity for found in facts(rows).findings}


@pytest.mark.parametrize("seconds", [4, 14, 20, 40, 60, 100])
def test_overheating_and_undervoltage_are_found_at_any_rate_up_to_two_minutes(seconds: int) -> None:
    rows = drive_rows(1500, signals={"COOLANT_TEMP": 108.0, "BATTERY_V": 11.0})

    found = severities(read_every(seconds, rows, *SLOW))

    assert (found.get("coolant"), found.get("battery")) == (Severity.STOP, Severity.STOP)


@pytest.mark.parametrize("seconds", [20, 40])
def test_it_does_not_matter_which_signals_are_slow(seconds: int) -> None:
    rows = drive_rows(1500, signals={"COOLANT_TEMP": 108.0, "BATTERY_V": 11.0})

    found = severities(read_every(seconds, rows, "RPM", "SPEED", *SLOW))

    assert (found.get("coolant"), found.get("battery")) == (Severity.STOP, Severity.STOP)


def test_a_lean_mixture_is_found_with_few_samples_over_a_long_time() -> None:
    rows = drive_rows(1800, signals={"LONG_FUEL_TRIM_1": 6.0})

    assert severities(read_every(22, rows, *SLOW)) == {"ltft": Severity.WATCH}
    assert severities(read_every(22, rows[: len(rows) // 6], *SLOW)) == {}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_few_samples_far_apart_sustain_nothing(count: int) -> None:
    seconds = np.arange(0.0, count * 600.0, 600.0, dtype=np.float64)

    found = find_episodes(seconds, np.ones(count, dtype=bool), 15.0)

    assert [episode.duration_seconds for episode in found] == [0.0] * count


def test_a_silence_within_a_slow_signal_still_ends_what_it_showed() -> None:
    seconds = np.array([*range(0, 200, 20), *range(300, 500, 20)], dtype=np.float64)

    found = find_episodes(seconds, np.ones(20, dtype=bool), 15.0)

    assert [episode.duration_seconds for episode in found] == [200.0, 200.0]


@pytest.mark.parametrize(
    ("count", "seconds", "enough"),
    [
        (200, 440.0, True),
        (200, 0.0, True),
        (199, 430.0, False),
        (22, 441.0, True),
        (9, 900.0, False),
        (400, 40.0, False),
        (2000, 200.0, True),
    ],
)
def test_enough_is_a_matter_of_time_and_of_samples(count: int, seconds: float, *, enough: bool) -> None:
    assert is_enough(PastStatistic(0.0, 0.0, count, seconds), 200) is enough

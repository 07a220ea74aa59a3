"""A fault that grows slowly must not become the car's own normal."""

from collections.abc import Sequence

import pytest

from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.history import History, PastDrive, PastStatistic, robust_baseline
from support.drive_rows import NOON, Signal, drive_rows
from support.rule_findings import facts, found_in, severity_of

DAY = 86_400.0
TRIM = ("LONG_FUEL_TRIM_1", "closed_loop_warm")


def course(
    key: tuple[str, str], means: Sequence[float], *, accused: Sequence[int] = (), sigma: float = 0.5, ended: int = 0
) -> tuple[PastDrive, ...]:
    """Return one earlier drive a day, the last one the day before the last `ended` days."""
    return tuple(
        PastDrive(
            str(number - ended * 100),
            NOON - (ended + len(means) - number) * DAY,
            {key: PastStatistic(mean, sigma, 500, 900.0)},
            is_healthy=number not in accused,
        )
        for number, mean in enumerate(means)
    )


@pytest.mark.parametrize(
    ("earlier", "now", "severity"),
    [
        ([-4.0 + 0.25 * n for n in range(19)], 0.75, Severity.WATCH),
        ([0.0] * 19, -3.5, None),
        ([-4.0 + (3.0 if n % 2 else 0.0) for n in range(19)], -1.0, None),
        ([-4.0 + 0.1 * n for n in range(19)], -2.1, None),
        ([-4.0 + 0.5 * n for n in range(8)], 0.5, None),
    ],
    ids=["slow and steady", "one drive alone", "scatter", "too little", "too few drives"],
)
def test_a_trim_over_many_drives(earlier: list[float], now: float, severity: Severity | None) -> None:
    found = found_in("drift", {"LONG_FUEL_TRIM_1": now}, history=History(course(TRIM, earlier)))

    assert severity_of(found) == severity


def test_a_drift_is_told_with_first_and_last_value_and_their_days() -> None:
    history = History(course(TRIM, [-4.0 + 0.25 * n for n in range(19)]))

    found = found_in("drift", {"LONG_FUEL_TRIM_1": 0.75}, history=history)

    assert found is not None
    assert found.sentence.startswith(
        "Long-term fuel trim with a warm engine has risen from -2.88 % (2025-06-22) to 0.5 %"
    )
    assert "(2025-07-11) over 20 drives" in found.sentence


@pytest.mark.parametrize(
    ("key", "signals", "first", "step", "now"),
    [
        (("BATTERY_V", "engine_running"), "BATTERY_V", 14.2, -0.05, 13.2),
        (("COOLANT_TEMP", "warm_driving"), "COOLANT_TEMP", 86.0, 0.4, 94.0),
    ],
)
def test_other_signals_that_should_stay_where_they_are(
    key: tuple[str, str], signals: str, first: float, step: float, now: float
) -> None:
    history = History(course(key, [first + step * n for n in range(19)]))

    found = found_in("drift", {signals: now}, history=history)

    assert found is not None
    assert found.signal == signals


def test_the_first_healthy_drives_stay_the_measure_however_many_sick_ones_follow() -> None:
    key = ("RPM", "warm_idle")
    idle: dict[str, Signal] = {"SPEED": 0.0, "RPM": lambda second: 780.0 + (60.0 if int(second) % 4 < 2 else -60.0)}
    steady, rough = course(key, [780.0] * 10, sigma=12.0, ended=100), course(key, [780.0] * 30, sigma=60.0)

    found = found_in("idle", idle, history=History(drives=rough, first=steady))

    assert severity_of(found) == Severity.WATCH


def test_a_drive_in_which_something_was_found_is_no_measure() -> None:
    key = ("RPM", "warm_idle")
    idle: dict[str, Signal] = {"SPEED": 0.0, "RPM": 780.0}
    sick = History(course(key, [780.0] * 10, accused=range(8)))

    judged = facts(drive_rows(900, signals=idle), history=sick)

    assert judged.not_judged["idle"] == "2 earlier drives to compare with; 5 are needed"


def test_a_robust_baseline_is_not_moved_by_one_wild_drive() -> None:
    known = robust_baseline([10.0, 11.0, 9.0, 10.0, 500.0])

    assert known is not None
    assert known.mean == 10.0
    assert known.sigma == pytest.approx(1.4826 * 5 / 4.2)


@pytest.mark.parametrize("means", [[], [1.0], [1.0, float("inf")]])
def test_too_few_or_endless_means_give_no_baseline(means: list[float]) -> None:
    assert robust_baseline(means) is None

"""The rules of the fuel trims, long-term and short-term."""

from collections.abc import Sequence

import pytest

from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.history import History, PastDrive, PastStatistic
from support.drive_rows import Signal, between, drive_rows
from support.rule_findings import facts, found_in, past_drives, severity_of

LTFT = ("LONG_FUEL_TRIM_1", "closed_loop_warm")


def ltft_history(means: Sequence[float] = (), reference: tuple[float, float] | None = None) -> History:
    drive_11 = None
    if reference is not None:
        drive_11 = PastDrive("11", 0.0, {LTFT: PastStatistic(reference[0], reference[1], 676)})
    return History(past_drives(LTFT, means), drive_11)


DRIVE_11 = (-1.2, 0.9)


@pytest.mark.parametrize(
    ("mean", "history", "severity"),
    [
        (-0.58, ltft_history(reference=DRIVE_11), None),
        (-1.65, ltft_history(reference=DRIVE_11), None),
        (-3.36, ltft_history(reference=DRIVE_11), Severity.WATCH),
        (-4.5, ltft_history(reference=DRIVE_11), Severity.INVESTIGATE),
        (5.0, ltft_history(), Severity.WATCH),
        (2.0, ltft_history(), Severity.WATCH),
        (1.9, ltft_history(), None),
        (-8.0, ltft_history(), None),
        (0.0, ltft_history(reference=(0.0, 0.0)), None),
        (-3.5, ltft_history([-1.0, -1.2, -0.8, -1.1, -0.9]), Severity.WATCH),
        (-3.5, ltft_history([-1.0, -1.2, -0.8, -1.1]), None),
        (-1.5, ltft_history([-9.0, -1.0, -1.2, -0.8, -1.1, -0.9]), None),
    ],
)
def test_long_term_trim(mean: float, history: History, severity: Severity | None) -> None:
    assert severity_of(found_in("ltft", {"LONG_FUEL_TRIM_1": mean}, history=history)) == severity


@pytest.mark.parametrize(("duration", "severity"), [(398, Severity.WATCH), (394, None)])
def test_fewer_than_two_hundred_long_term_trims_are_no_judgement(duration: float, severity: Severity | None) -> None:
    # The first round of readings comes before the first fuel system status, so it does not count.
    found = found_in("ltft", {"LONG_FUEL_TRIM_1": 6.0}, duration=duration + 2)

    assert severity_of(found) == severity


@pytest.mark.parametrize(
    "signals",
    [
        {"FUEL_SYSTEM_STATUS": lambda _: 1.0},
        {"COOLANT_TEMP": 79.0},
    ],
)
def test_trims_count_in_closed_loop_with_a_warm_engine_only(signals: dict[str, Signal]) -> None:
    rows = [
        row if row[2] != "FUEL_SYSTEM_STATUS" else (*row[:4], None, *row[5:])
        for row in drive_rows(900, signals={"LONG_FUEL_TRIM_1": 9.0, "SHORT_FUEL_TRIM_1": 9.0, **signals})
    ]

    assert facts(rows).findings == ()


@pytest.mark.parametrize(
    ("percent", "history", "severity"),
    [
        (9.0, ltft_history(), Severity.WATCH),
        (4.0, ltft_history(), None),
        (-3.0, ltft_history([-1.0] * 5), None),
        (-4.0, ltft_history([-1.0] * 5), Severity.WATCH),
    ],
)
def test_without_a_fuel_system_status_trims_are_judged_more_widely_and_that_is_said(
    percent: float, history: History, severity: Severity | None
) -> None:
    found = found_in("ltft", {"LONG_FUEL_TRIM_1": percent}, history=history, without=["FUEL_SYSTEM_STATUS"])

    assert severity_of(found) == severity
    assert found is None or "with a warm engine (closed loop or not is not known)" in found.sentence


def test_trims_of_a_cold_engine_do_not_count_without_a_fuel_system_status_either() -> None:
    signals: dict[str, Signal] = {"LONG_FUEL_TRIM_1": 9.0, "COOLANT_TEMP": 60.0}

    assert found_in("ltft", signals, without=["FUEL_SYSTEM_STATUS"]) is None


def test_the_idle_lock_of_this_car_says_nothing() -> None:
    signals: dict[str, Signal] = {
        "SPEED": between(0, 600, 0.0, 50.0),
        "LONG_FUEL_TRIM_1": between(0, 600, -6.25, -0.78125),
    }
    history = ltft_history(reference=DRIVE_11)

    assert found_in("ltft", signals, duration=1200, history=history) is None


@pytest.mark.parametrize(
    ("short", "long", "severity"),
    [
        (6.0, 0.0, Severity.WATCH),
        (-6.0, 0.0, Severity.WATCH),
        (5.0, 0.0, None),
        (6.0, lambda second: second / 100, None),
    ],
)
def test_short_term_trim_off_centre_while_the_long_term_stays(
    short: Signal, long: Signal, severity: Severity | None
) -> None:
    found = found_in("stft", {"SHORT_FUEL_TRIM_1": short, "LONG_FUEL_TRIM_1": long})

    assert severity_of(found) == severity

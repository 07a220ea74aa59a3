"""The post-drive rules: known good and known bad drives, and the edges of every limit."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from drive_rows import NOON, DriveRow, Signal, between, drive_rows
from obd2_analyzer.facts import DriveFacts, Surroundings, drive_facts
from obd2_analyzer.findings import Finding, Severity
from obd2_analyzer.history import History, PastDrive, PastStatistic
from obd2_analyzer.readings import readings_from_rows
from obd2_analyzer.thresholds import load_thresholds

THRESHOLDS = load_thresholds()
LTFT = ("LONG_FUEL_TRIM_1", "closed_loop_warm")


def facts(rows: Sequence[DriveRow], *, history: History | None = None, ambient: float | None = None) -> DriveFacts:
    around = Surroundings(history=history or History(), ambient_celsius=ambient)
    return drive_facts(readings_from_rows(rows), around, THRESHOLDS)


def found_in(
    rule: str,
    signals: Mapping[str, Signal],
    *,
    duration: float = 900.0,
    history: History | None = None,
    ambient: float | None = None,
    without: Sequence[str] = (),
) -> Finding | None:
    rows = drive_rows(duration, signals=signals, without=without)
    findings = [held for held in facts(rows, history=history, ambient=ambient).findings if held.rule == rule]
    return findings[0] if findings else None


def severity_of(finding: Finding | None) -> Severity | None:
    return None if finding is None else finding.severity


def past_drives(
    key: tuple[str, str], means: Sequence[float], sigma: float = 1.0, count: int = 500
) -> tuple[PastDrive, ...]:
    return tuple(
        PastDrive(str(place), float(place), {key: PastStatistic(mean, sigma, count)})
        for place, mean in enumerate(means)
    )


def test_a_healthy_drive_has_no_finding_and_an_a() -> None:
    held = facts(drive_rows(1200), ambient=25.0)

    assert held.findings == ()
    assert held.grade is not None
    assert held.grade.grade == "A"


@pytest.mark.parametrize(
    ("celsius", "severity"),
    [
        (92.0, None),
        (95.9, None),
        (96.0, Severity.ALERT),
        (99.9, Severity.ALERT),
        (100.0, Severity.WARNING),
        (104.0, Severity.WARNING),
        (105.0, Severity.STOP),
    ],
)
def test_hot_coolant_for_a_minute_while_moving(celsius: float, severity: Severity | None) -> None:
    found = found_in("coolant", {"COOLANT_TEMP": between(400, 460, celsius, 90.0)})

    assert severity_of(found) == severity


def test_a_finding_tells_number_limit_time_and_sentence() -> None:
    found = found_in("coolant", {"COOLANT_TEMP": between(400, 500, 105.0, 90.0)})

    assert found is not None
    assert (found.value, found.unit, found.threshold, found.duration_seconds) == (105.0, "°C", 104.0, 100.0)
    assert found.started_at is not None
    assert found.started_at.timestamp() == NOON + 400
    assert found.ended_at is not None
    assert found.ended_at.timestamp() == NOON + 500
    assert "105 °C" in found.sentence


def test_hot_coolant_for_less_than_a_minute_is_nothing() -> None:
    assert found_in("coolant", {"COOLANT_TEMP": between(400, 458, 110.0, 90.0)}) is None


def test_a_minute_of_heat_with_a_hole_in_it_was_not_sustained() -> None:
    hot = {"COOLANT_TEMP": between(400, 470, 110.0, 90.0)}
    rows = [row for row in drive_rows(900, signals=hot) if not NOON + 425 < (row[1] or 0) < NOON + 445]

    assert [held.rule for held in facts(rows).findings] == []


def test_the_first_five_minutes_are_not_judged() -> None:
    assert found_in("coolant", {"COOLANT_TEMP": between(0, 350, 110.0, 90.0)}) is None


def test_a_cold_start_is_judged_once_it_was_warm() -> None:
    def never_warm(second: float) -> float:
        return 20.0 if second < 300 else 79.0

    def warm_then_hot(second: float) -> float:
        return 20.0 if second < 100 else 85.0 if second < 600 else 97.0

    assert found_in("coolant", {"COOLANT_TEMP": never_warm}) is None
    assert severity_of(found_in("coolant", {"COOLANT_TEMP": warm_then_hot})) == Severity.ALERT


@pytest.mark.parametrize(
    ("celsius", "seconds", "severity"),
    [
        (97.0, 500, None),
        (97.0, 598, None),
        (97.0, 600, Severity.ALERT),
        (101.0, 500, Severity.ALERT),
        (105.0, 500, Severity.WARNING),
        (105.0, 600, Severity.STOP),
    ],
)
def test_under_ten_minutes_at_standstill_count_a_tier_less(
    celsius: float, seconds: float, severity: Severity | None
) -> None:
    signals = {
        "COOLANT_TEMP": between(400, 400 + seconds, celsius, 90.0),
        "SPEED": between(390, 410 + seconds, 0.0, 60.0),
    }

    assert severity_of(found_in("coolant", signals, duration=1300)) == severity


def test_creeping_in_traffic_is_no_standstill() -> None:
    signals = {
        "COOLANT_TEMP": between(400, 800, 97.0, 90.0),
        "SPEED": lambda second: 0.0 if second % 40 < 25 else 8.0,
    }

    assert severity_of(found_in("coolant", signals)) == Severity.ALERT


def test_without_a_speed_signal_the_car_counts_as_moving() -> None:
    found = found_in("coolant", {"COOLANT_TEMP": between(400, 500, 105.0, 90.0)}, without=["SPEED"])

    assert severity_of(found) == Severity.STOP


@pytest.mark.parametrize(
    ("volts", "seconds", "severity"),
    [
        (12.0, 60, None),
        (11.9, 60, Severity.ALERT),
        (11.9, 30, Severity.ALERT),
        (11.9, 28, None),
        (11.5, 60, Severity.ALERT),
        (11.4, 30, Severity.STOP),
    ],
)
def test_low_voltage_with_a_running_engine(volts: float, seconds: float, severity: Severity | None) -> None:
    found = found_in("battery", {"BATTERY_V": between(100, 100 + seconds, volts, 14.1)})

    assert severity_of(found) == severity


def test_a_dip_while_cranking_is_no_finding() -> None:
    signals = {"BATTERY_V": between(0, 60, 10.2, 14.1), "RPM": between(0, 60, 220.0, 2000.0)}

    assert found_in("battery", signals) is None


@pytest.mark.parametrize(
    ("intake", "seconds", "ambient", "severity"),
    [
        (66.0, 300, 25.0, Severity.ALERT),
        (65.0, 400, 25.0, None),
        (66.0, 298, 25.0, None),
        (66.0, 400, None, None),
        (90.0, 400, 45.0, None),
    ],
)
def test_hot_intake_air_over_ambient(
    intake: float, seconds: float, ambient: float | None, severity: Severity | None
) -> None:
    found = found_in("iat", {"INTAKE_TEMP": between(200, 200 + seconds, intake, 30.0)}, ambient=ambient)

    assert severity_of(found) == severity


def test_a_cold_start_tells_ambient_where_the_pi_did_not() -> None:
    signals: dict[str, Signal] = {
        "COOLANT_TEMP": lambda second: min(18.0 + second / 4, 90.0),
        "INTAKE_TEMP": lambda second: 18.0 if second < 300 else 60.0,
    }

    found = found_in("iat", signals)

    assert found is not None
    assert found.details["ambient_source"] == "cold_start"


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


def test_without_a_fuel_system_status_trims_are_not_judged() -> None:
    assert found_in("ltft", {"LONG_FUEL_TRIM_1": 9.0}, without=["FUEL_SYSTEM_STATUS"]) is None


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


LOADED: dict[str, Signal] = {"ENGINE_LOAD": between(200, 220, 75.0, 35.0), "RPM": 4200.0}
BAND = ("TIMING_ADVANCE", "rpm_4000_load_70")


@pytest.mark.parametrize(
    ("degrees", "severity"),
    [
        (10.5, None),
        (10.0, Severity.ALERT),
        (5.0, Severity.WARNING),
        (0.0, Severity.WARNING),
        (-0.5, Severity.STOP),
    ],
)
def test_timing_pulled_below_the_default_baseline(degrees: float, severity: Severity | None) -> None:
    found = found_in("knock_retard", {**LOADED, "TIMING_ADVANCE": between(204, 212, degrees, 15.0)})

    assert severity_of(found) == severity
    assert found is None or found.details["baseline"] == "default"


def test_two_pulled_readings_are_no_pattern() -> None:
    assert found_in("knock_retard", {**LOADED, "TIMING_ADVANCE": between(204, 208, 0.0, 15.0)}) is None


def test_timing_at_low_load_is_not_knock_retard() -> None:
    assert found_in("knock_retard", {"TIMING_ADVANCE": 4.0}) is None


@pytest.mark.parametrize(
    ("history", "basis", "severity"),
    [
        (History(past_drives(BAND, [11.0] * 5)), "earlier_drives", None),
        (History(past_drives(BAND, [11.0] * 4)), "default", Severity.ALERT),
        (History((), past_drives(BAND, [24.0])[0]), "reference_drive", Severity.STOP),
        (History(past_drives(BAND, [11.0] * 5), past_drives(BAND, [20.0])[0]), "reference_drive", Severity.WARNING),
    ],
)
def test_the_baseline_is_the_reference_else_history_else_default(
    history: History, basis: str, severity: Severity | None
) -> None:
    found = found_in("knock_retard", {**LOADED, "TIMING_ADVANCE": between(204, 214, 8.0, 15.0)}, history=history)

    assert severity_of(found) == severity
    assert found is None or found.details["baseline"] == basis


@pytest.mark.parametrize(
    ("degrees", "load", "severity"), [(0.0, 40.0, Severity.WATCH), (1.0, 40.0, None), (-5.0, 30.0, None)]
)
def test_timing_without_advance_at_medium_load(degrees: float, load: float, severity: Severity | None) -> None:
    signals: dict[str, Signal] = {"TIMING_ADVANCE": between(204, 214, degrees, 15.0), "ENGINE_LOAD": load}

    assert severity_of(found_in("timing", signals)) == severity


def flat(level: float) -> Callable[[float], float]:
    return lambda second: level if 300 <= second < 362 else (0.1 if int(second) % 4 < 2 else 0.8)


@pytest.mark.parametrize(
    ("signals", "severity"),
    [
        ({"O2_B1S1": flat(0.45)}, Severity.WATCH),
        ({"O2_B1S1": between(300, 358, 0.45, 0.9)}, Severity.WATCH),
        ({"O2_B1S1": lambda second: 0.1 if int(second) % 4 < 2 else 0.31}, None),
        ({"O2_B1S1": lambda second: 0.1 if int(second) % 4 < 2 else 0.29}, Severity.WATCH),
        ({"O2_B1S1": flat(0.45), "COOLANT_TEMP": 70.0}, None),
    ],
)
def test_an_oxygen_sensor_that_stops_swinging(signals: dict[str, Signal], severity: Severity | None) -> None:
    assert severity_of(found_in("o2", signals)) == severity


def test_an_oxygen_sensor_may_rest_for_less_than_a_minute() -> None:
    def resting(second: float) -> float:
        return 0.45 if second % 100 < 58 else (0.1 if int(second) % 4 < 2 else 0.8)

    assert found_in("o2", {"O2_B1S1": resting}) is None


IDLE = ("RPM", "warm_idle")


@pytest.mark.parametrize(("swing", "drives", "severity"), [(60.0, 5, Severity.WATCH), (30.0, 5, None), (60.0, 4, None)])
def test_a_warm_idle_less_steady_than_usual(swing: float, drives: int, severity: Severity | None) -> None:
    signals: dict[str, Signal] = {
        "SPEED": 0.0,
        "RPM": lambda second: 780.0 + (swing if int(second) % 4 < 2 else -swing),
    }
    history = History(past_drives(IDLE, [780.0] * drives, sigma=18.0, count=60))

    assert severity_of(found_in("idle", signals, history=history)) == severity


@pytest.mark.parametrize(
    ("slow", "fast", "severity"),
    [
        (12.0, 12.0, None),
        (15.0, 15.0, Severity.WATCH),
        (9.0, 9.0, Severity.WATCH),
        (15.0, 12.0, None),
        (15.0, 9.0, None),
    ],
)
def test_air_mass_that_drifted_the_same_way_at_several_engine_speeds(
    slow: float, fast: float, severity: Severity | None
) -> None:
    usual = [11.5, 12.0, 12.5, 11.8, 12.2]
    bands = [past_drives(("MAF", band), usual) for band in ("rpm_2000", "rpm_3000")]
    history = History(
        tuple(
            PastDrive(one.drive_key, one.started_at, {**one.statistics, **other.statistics})
            for one, other in zip(*bands, strict=True)
        )
    )
    signals = {"RPM": between(0, 300, 2200.0, 3200.0), "MAF": between(0, 300, slow, fast)}

    assert severity_of(found_in("maf", signals, duration=600, history=history)) == severity


def test_every_sentence_quotes_its_number() -> None:
    signals: dict[str, Signal] = {
        **LOADED,
        "COOLANT_TEMP": between(400, 500, 105.0, 90.0),
        "BATTERY_V": between(100, 200, 11.2, 14.1),
        "LONG_FUEL_TRIM_1": 6.0,
        "TIMING_ADVANCE": between(204, 214, 3.0, 15.0),
    }

    findings = facts(drive_rows(900, signals=signals)).findings

    assert [held.rule for held in findings] == ["coolant", "battery", "knock_retard", "ltft"]
    for held, number in zip(findings, ["105 °C", "11.2 V", "12°", "6 %"], strict=True):
        assert number in held.sentence

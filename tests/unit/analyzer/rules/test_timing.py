"""The rules of ignition timing: pulled at high load, and without advance at medium load."""

import pytest

from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.history import History
from support.drive_rows import Signal, between, drive_rows
from support.rule_findings import LOADED, facts, found_in, past_drives, severity_of

BAND = ("TIMING_ADVANCE", "rpm_4000_load_70")
MEDIUM_BAND = ("TIMING_ADVANCE", "rpm_2000_load_40")
USUAL = History(past_drives(BAND, [15.0] * 5, sigma=0.5))


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
def test_timing_pulled_below_what_is_usual(degrees: float, severity: Severity | None) -> None:
    found = found_in("knock_retard", {**LOADED, "TIMING_ADVANCE": between(204, 212, degrees, 15.0)}, history=USUAL)

    assert severity_of(found) == severity


@pytest.mark.parametrize(("degrees", "severity"), [(10.5, None), (10.0, Severity.WATCH), (-5.0, Severity.WATCH)])
def test_without_a_baseline_of_the_car_a_finding_is_early_and_no_more_than_worth_watching(
    degrees: float, severity: Severity | None
) -> None:
    found = found_in("knock_retard", {**LOADED, "TIMING_ADVANCE": between(204, 212, degrees, 15.0)})

    assert severity_of(found) == severity
    assert found is None or (found.details["baseline"] == "default" and "early" in found.sentence)


def test_the_sentence_tells_what_every_reading_showed_not_the_worst_one() -> None:
    def pulled(second: float) -> float:
        return {204.0: 9.0, 206.0: 9.0, 208.0: -20.0, 210.0: 7.0}.get(second, 15.0)

    found = found_in("knock_retard", {**LOADED, "TIMING_ADVANCE": pulled}, history=USUAL)

    assert found is not None
    assert (found.severity, found.value) == (Severity.ALERT, 6.0)
    assert "at least 6° behind 15°" in found.sentence
    assert "-20" not in found.sentence


def test_two_pulled_readings_are_no_pattern() -> None:
    found = found_in("knock_retard", {**LOADED, "TIMING_ADVANCE": between(204, 208, 0.0, 15.0)}, history=USUAL)

    assert found is None


@pytest.mark.parametrize(("ends", "severity"), [(209.0, Severity.WATCH), (209.5, Severity.WARNING)])
def test_many_pulled_readings_are_worth_watching_while_they_last_no_longer_than_a_moved_pedal(
    ends: float, severity: Severity
) -> None:
    rows = drive_rows(signals={**LOADED, "TIMING_ADVANCE": between(204, ends, 3.0, 15.0)}, every_seconds=0.5)

    (found,) = (finding for finding in facts(rows, history=USUAL).findings if finding.rule == "knock_retard")

    assert (found.severity, found.details["baseline"]) == (severity, "earlier_drives")
    assert ("too brief" in found.sentence) == (severity is Severity.WATCH)


def test_timing_at_low_load_is_not_knock_retard() -> None:
    assert found_in("knock_retard", {"TIMING_ADVANCE": 4.0}, history=USUAL) is None


def slowing(second: float) -> float:
    return 4200.0 - (600.0 if second % 4 < 2 else 0.0)


@pytest.mark.parametrize(
    "unsteady",
    [
        {"RPM": 1100.0},
        {"RPM": slowing},
        {"THROTTLE_POS": lambda second: 30.0 if second % 4 < 2 else 70.0},
        {"ENGINE_LOAD": lambda second: 75.0 if second % 8 < 4 else 45.0},
        {"COOLANT_TEMP": 60.0},
    ],
    ids=["pulling away", "shifting gear", "moving the throttle", "load between two readings", "cold engine"],
)
def test_an_engine_that_does_not_pull_steadily_is_not_accused(unsteady: dict[str, Signal]) -> None:
    signals: dict[str, Signal] = {**LOADED, "TIMING_ADVANCE": between(190, 230, -10.0, 15.0), **unsteady}

    assert found_in("knock_retard", signals, history=USUAL) is None


def test_timing_that_always_scatters_so_much_is_usual() -> None:
    scattering = History(past_drives(BAND, [15.0] * 5, sigma=4.0))
    signals: dict[str, Signal] = {**LOADED, "TIMING_ADVANCE": between(204, 214, 5.0, 15.0)}

    assert found_in("knock_retard", signals, history=scattering) is None


@pytest.mark.parametrize(
    ("history", "basis", "severity"),
    [
        (History(past_drives(BAND, [11.0] * 5)), "earlier_drives", None),
        (History(past_drives(BAND, [11.0] * 4)), "default", Severity.WATCH),
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


def test_a_band_that_is_hardly_known_borrows_from_its_neighbours() -> None:
    next_band = ("TIMING_ADVANCE", "rpm_3500_load_80")
    far_band = ("TIMING_ADVANCE", "rpm_1500_load_70")
    pulled: dict[str, Signal] = {**LOADED, "TIMING_ADVANCE": between(204, 214, 8.0, 15.0)}

    beside = found_in("knock_retard", pulled, history=History(past_drives(next_band, [15.0] * 5)))
    far_away = found_in("knock_retard", pulled, history=History(past_drives(far_band, [15.0] * 5)))

    assert beside is not None
    assert (beside.severity, beside.details["baseline"]) == (Severity.ALERT, "earlier_drives")
    assert far_away is not None
    assert far_away.details["baseline"] == "default"


@pytest.mark.parametrize(
    ("degrees", "load", "usual", "severity"),
    [
        (0.0, 40.0, 15.0, Severity.WATCH),
        (1.0, 40.0, 15.0, None),
        (-5.0, 30.0, 15.0, None),
        (-1.0, 40.0, 3.0, None),
    ],
)
def test_timing_without_advance_at_medium_load_where_there_usually_is_some(
    degrees: float, load: float, usual: float, severity: Severity | None
) -> None:
    signals: dict[str, Signal] = {"TIMING_ADVANCE": between(204, 214, degrees, 15.0), "ENGINE_LOAD": load}
    history = History(past_drives(MEDIUM_BAND, [usual] * 5))

    assert severity_of(found_in("timing", signals, history=history)) == severity


def test_timing_at_medium_load_says_nothing_before_the_car_has_a_baseline() -> None:
    judged = facts(drive_rows(600, signals={"TIMING_ADVANCE": -5.0, "ENGINE_LOAD": 40.0}))

    assert judged.findings == ()
    assert judged.not_judged["timing"] == "the car's usual ignition timing at medium load is not known yet"

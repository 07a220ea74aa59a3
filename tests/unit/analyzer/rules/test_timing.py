"""The rules of ignition timing: pulled at high load, and without advance at medium load."""

import pytest

from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.history import History
from support.drive_rows import Signal, between
from support.rule_findings import LOADED, found_in, past_drives, severity_of

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

"""The rules of intake air: how warm it is over ambient, and how much of it there is."""

import pytest

from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.history import History, PastDrive
from support.drive_rows import Signal, between
from support.rule_findings import found_in, past_drives, severity_of


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

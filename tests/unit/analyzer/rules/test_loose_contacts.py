"""A sensor that drops out now and then."""

import pytest

from obd2_analyzer.facts.findings import Severity
from support.rule_findings import found_in, severity_of


@pytest.mark.parametrize(("dropouts", "severity"), [(2, None), (3, Severity.WATCH), (8, Severity.WATCH)])
def test_a_sensor_that_falls_to_the_end_of_its_scale_again_and_again(dropouts: int, severity: Severity | None) -> None:
    def coolant(second: float) -> float:
        is_out = second % 60 < 4 and 60 <= second < 60 + dropouts * 60
        return -40.0 if is_out else 89.0

    found = found_in("sensor", {"COOLANT_TEMP": coolant})

    assert severity_of(found) == severity
    assert found is None or f"-40 °C, the end of its sensor's scale, {dropouts} times for a moment" in found.sentence


def test_a_sensor_that_stays_there_is_told_as_broken_not_as_loose() -> None:
    def coolant(second: float) -> float:
        return -40.0 if 100 <= second < 170 or second % 200 < 4 else 89.0

    found = found_in("sensor", {"COOLANT_TEMP": coolant})

    assert found is not None
    assert "for 1 min 10 s" in found.sentence

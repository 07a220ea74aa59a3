"""The battery rule: low voltage while the engine runs."""

import pytest

from obd2_analyzer.facts.findings import Severity
from support.drive_rows import Signal, between
from support.rule_findings import found_in, severity_of


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


def test_where_no_system_voltage_is_read_the_control_modules_counts() -> None:
    signals: dict[str, Signal] = {"CONTROL_MODULE_VOLTAGE": between(100, 200, 11.2, 14.1)}

    found = found_in("battery", signals, without=["BATTERY_V"])
    beside = found_in("battery", signals)

    assert found is not None
    assert (found.signal, found.severity) == ("CONTROL_MODULE_VOLTAGE", Severity.STOP)
    assert found.sentence.startswith("Control module voltage stayed below 11.5 V")
    assert beside is None

"""Units as somebody chose to read them."""

import pytest

from obd2_common.unit_systems import UnitSystem


@pytest.mark.parametrize(
    ("unit", "shown", "value", "difference"),
    [
        ("°C", "°F", 212.0, 180.0),
        ("km/h", "mph", 62.137119, 62.137119),
        ("km", "mi", 62.137119, 62.137119),
        ("kPa", "psi", 14.503774, 14.503774),
        ("rpm", "rpm", 100.0, 100.0),
        (None, "", 100.0, 100.0),
    ],
)
def test_values_and_differences_in_imperial_units(
    unit: str | None, shown: str, value: float, difference: float
) -> None:
    system = UnitSystem.IMPERIAL

    assert system.unit(unit) == shown
    assert system.converted(100.0, unit) == pytest.approx(value)
    assert system.difference(100.0, unit) == pytest.approx(difference)
    assert UnitSystem.METRIC.unit(unit) == (unit or "")
    assert UnitSystem.METRIC.converted(100.0, unit) == UnitSystem.METRIC.difference(100.0, unit) == 100.0

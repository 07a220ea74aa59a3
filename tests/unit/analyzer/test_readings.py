"""Rows become arrays in our names and units, each row once, in the Pi's order."""

from datetime import UTC, datetime

import numpy as np
import pytest

from obd2_analyzer.facts.parameters import canonical_name
from obd2_analyzer.facts.readings import NO_DRIVE, joined, readings_from_rows
from obd2_analyzer.facts.series import series_by_parameter
from support.drive_rows import NOON, DriveRow


def row(source_id: int, name: str | None, value: float | None, unit: str | None = None) -> DriveRow:
    return source_id, NOON + source_id, name, value, unit, "daily", "real", 7


@pytest.mark.parametrize(
    ("name", "unit", "value", "ours", "our_unit"),
    [
        ("MAF", "gps", 3.5, 3.5, "g/s"),
        ("MAF", "g/s", 3.5, 3.5, "g/s"),
        ("SPEED", "kilometer_per_hour", 50.0, 50.0, "km/h"),
        ("SPEED", "mph", 50.0, 80.4672, "km/h"),
        ("COOLANT_TEMP", "degree_Celsius", 90.0, 90.0, "°C"),
        ("COOLANT_TEMP", "\u00b0C", 90.0, 90.0, "°C"),
        ("COOLANT_TEMP", "\u00b0F", 212.0, 100.0, "°C"),
        ("COOLANT_TEMP", None, 90.0, 90.0, "°C"),
        ("RPM", "revolutions_per_minute", 800.25, 800.25, "rpm"),
        ("BATTERY_V", "volt", 14.1, 14.1, "V"),
        ("BATTERY_V", "mV", 14100.0, 14.1, "V"),
        ("INTAKE_PRESSURE", "psi", 1.0, 6.894757293168, "kPa"),
        ("BOOST_PSI", "psi", 1.0, 6.894757293168, "kPa"),
        ("SOMETHING", "furlong", 2.0, 2.0, "furlong"),
    ],
)
def test_the_unit_text_is_trusted_and_values_come_in_our_unit(
    name: str, unit: str | None, value: float, ours: float, our_unit: str
) -> None:
    series = series_by_parameter(readings_from_rows([row(1, name, value, unit)]))[name]

    assert series.values[0] == pytest.approx(ours)
    assert series.unit == our_unit


def test_units_mixed_in_one_parameter_meet_in_ours() -> None:
    readings = readings_from_rows([row(1, "SPEED", 100.0, "km/h"), row(2, "SPEED", 100.0, "mph")])

    assert readings.values.tolist() == pytest.approx([100.0, 160.9344])


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("O2_BANK1_SENSOR1_V", "O2_B1S1"),
        ("O2_B1S2", "O2_BANK1_SENSOR2_V"),
        ("RUN_TIME", "RUNTIME_SEC"),
        ("rpm", "RPM"),
        (" RPM ", "RPM"),
        ("Boost_psi", "Boost_psi"),
    ],
)
def test_every_parameter_has_one_name(written: str, name: str) -> None:
    assert canonical_name(written) == name


def test_two_spellings_of_a_parameter_are_one_series() -> None:
    readings = readings_from_rows([row(1, "RUN_TIME", 1.0, "s"), row(2, "RUNTIME_SEC", 2.0, "s")])

    assert list(series_by_parameter(readings)) == ["RUNTIME_SEC"]


@pytest.mark.parametrize(
    ("label", "value"), [("CL", 2.0), ("OL", 1.0), ("OL-drive", 3.0), ("CL-fault", 5.0), ("UNKNOWN", 0.0)]
)
def test_the_label_of_the_fuel_system_status_decides(label: str, value: float) -> None:
    readings = readings_from_rows([row(1, "FUEL_SYSTEM_STATUS", 9.0, label)])

    assert readings.values[0] == value


def test_rows_in_any_order_and_twice_are_the_same_readings() -> None:
    rows = [row(number, "RPM", float(number), "rpm") for number in (3, 1, 2, 3)]

    readings = readings_from_rows(rows)

    assert readings.source_ids.tolist() == [1, 2, 3]
    assert readings.values.tolist() == [1.0, 2.0, 3.0]


def test_rows_that_cannot_be_used_stay_but_count_as_invalid() -> None:
    rows = [row(1, "RPM", None), row(2, None, 5.0), row(3, "RPM", float("inf")), row(4, "RPM", 800.0)]

    readings = readings_from_rows(rows)

    assert len(readings) == 4
    assert readings.valid.tolist() == [False, False, False, True]
    assert series_by_parameter(readings)["RPM"].values.tolist() == [800.0]


def test_times_may_be_aware_datetimes_or_missing() -> None:
    moment = datetime(2026, 4, 19, 12, 18, 50, 697867, tzinfo=UTC)
    rows = [(1, moment, "RPM", 1.0, None, None, None, None), (2, None, "RPM", 1.0, None, None, None, None)]

    readings = readings_from_rows(rows)

    assert readings.times[0] == pytest.approx(moment.timestamp(), abs=1e-6)
    assert np.isnan(readings.times[1])
    assert readings.window == (readings.times[0], readings.times[0])


def test_no_rows_are_empty_readings() -> None:
    readings = readings_from_rows([])

    assert len(readings) == 0
    assert readings.window is None
    assert series_by_parameter(readings) == {}


def test_readings_read_in_parts_are_the_readings_read_at_once() -> None:
    rows = [
        row(1, "RPM", 800.0, "rpm"),
        row(2, "SPEED", 10.0, "mph"),
        row(3, "RPM", 900.0, "revolutions_per_minute"),
        row(4, "MAF", 3.5, "gps"),
    ]

    whole = readings_from_rows(rows)
    parts = joined([readings_from_rows(rows[2:]), readings_from_rows(rows[:3])])

    assert parts.source_ids.tolist() == whole.source_ids.tolist()
    assert parts.values.tolist() == whole.values.tolist()
    for came in (parts, whole):
        assert [came.parameters.texts[code] for code in came.parameters.codes] == ["RPM", "SPEED", "RPM", "MAF"]
        assert came.units.texts[came.units.codes[3]] == "gps"


def test_no_parts_are_no_readings() -> None:
    assert len(joined([])) == 0


def test_drive_zero_is_no_drive() -> None:
    readings = readings_from_rows([(1, NOON, "RPM", 1.0, None, None, None, 0)])

    assert readings.drive_ids.tolist() == [NO_DRIVE]

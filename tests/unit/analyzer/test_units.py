"""Units however a log spells them; a unit nobody knows is never taken for ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_analyzer.facts.parameters import conversion_for
from obd2_analyzer.facts.readings import readings_from_rows
from obd2_analyzer.facts.series import series_by_parameter, unknown_units
from obd2_analyzer.facts.units import CONVERSIONS
from obd2_common.plain_names import UNIT_OF
from support.drive_rows import NOON, DriveRow, drive_rows
from support.rule_findings import facts


def row(source_id: int, name: str, value: float | None, unit: str | None) -> DriveRow:
    return source_id, NOON + source_id, name, value, unit, "daily", "real", 7


def converted(name: str, value: float, unit: str | None) -> float | None:
    found = series_by_parameter(readings_from_rows([row(1, name, value, unit)])).get(name)
    return None if found is None else float(found.values[0])


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "\u00b0F",
            "\u2109",
            "\u00baF",
            "\u02daF",
            "\u00ba F",
            "\u00c2\u00b0F",
            "\ufffdF",
            "oF",
            "F",
            "f",
            "degF",
            "deg F",
        ),
        *(
            "deg. F",
            "deg_f",
            "degree_Fahrenheit",
            "Degrees Fahrenheit",
            "FAHRENHEIT",
            "[\u00b0F]",
            "\u00b0\u00a0F",
            "\u200b\u00b0F",
        ),
    ],
)
def test_fahrenheit_is_known_in_every_spelling(unit: str) -> None:
    assert converted("COOLANT_TEMP", 190.4, unit) == pytest.approx(88.0)


@pytest.mark.parametrize(
    ("name", "value", "unit", "ours"),
    [
        ("COOLANT_TEMP", 361.15, "K", 88.0),
        ("COOLANT_TEMP", 361.15, "kelvin", 88.0),
        ("COOLANT_TEMP", 88.0, "\u2103", 88.0),
        ("COOLANT_TEMP", 88.0, "oC", 88.0),
        ("MAF", 36.0, "kg/h", 10.0),
        ("MAF", 36.0, "kg per hour", 10.0),
        ("MAF", 36.0, "kg\u00b7h\u207b\u00b9", 10.0),
        ("MAF", 1.3227735731, "lb/min", 10.0),
        ("MAF", 1.3227735731, "pounds per minute", 10.0),
        ("MAF", 0.01, "kg/s", 10.0),
        ("MAF", 10.0, "grams/sec", 10.0),
        ("MAF", 10.0, "G/S", 10.0),
        ("BAROMETRIC_KPA", 1000.0, "hPa", 100.0),
        ("BAROMETRIC_KPA", 1000.0, "mbar", 100.0),
        ("BAROMETRIC_KPA", 29.53, "inHg", 100.0),
        ("BAROMETRIC_KPA", 29.53, "in. Hg", 100.0),
        ("BAROMETRIC_KPA", 750.06, "mmHg", 100.0),
        ("BAROMETRIC_KPA", 14.5038, "PSI", 100.0),
        ("BAROMETRIC_KPA", 100.0, "\u33aa", 100.0),
        ("BAROMETRIC_KPA", 1.0, "bar", 100.0),
        ("SPEED", 62.137, "mi/h", 100.0),
        ("SPEED", 62.137, "miles per hour", 100.0),
        ("SPEED", 27.7778, "m/s", 100.0),
        ("SPEED", 53.9957, "knots", 100.0),
        ("SPEED", 100.0, "\u339e/h", 100.0),
        ("RPM", 2000.0, "min\u207b\u00b9", 2000.0),
        ("RPM", 2000.0, "U/min", 2000.0),
        ("RPM", 2.0, "x1000 rpm", 2000.0),
        ("BATTERY_V", 14_000.0, "mV", 14.0),
        ("THROTTLE_POS", 20.0, "\uff05", 20.0),
        ("TIMING_ADVANCE", 12.0, "degrees before TDC", 12.0),
        ("RUNTIME_SEC", 2.0, "min", 120.0),
        ("COOLANT_TEMP", 88.0, None, 88.0),
        ("COOLANT_TEMP", 88.0, " - ", 88.0),
        ("COOLANT_TEMP", 88.0, "n/a", 88.0),
    ],
)
def test_a_known_unit_is_converted_whatever_its_spelling(
    name: str, value: float, unit: str | None, ours: float
) -> None:
    assert converted(name, value, unit) == pytest.approx(ours, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("COOLANT_TEMP", "bananas"),
        ("COOLANT_TEMP", "volt"),
        ("COOLANT_TEMP", "degree"),
        ("THROTTLE_POS", "degree"),
        ("SPEED", "m/h"),
    ],
)
def test_a_unit_that_is_none_of_the_parameters_is_not_taken_for_ours(name: str, unit: str) -> None:
    assert converted(name, 20.0, unit) is None


@given(unit=st.text(max_size=12), name=st.sampled_from(sorted(UNIT_OF)))
def test_any_text_is_a_unit_of_the_parameter_or_none(unit: str, name: str) -> None:
    conversion = conversion_for(name, unit)

    assert conversion is None or conversion.unit == UNIT_OF[name]


@given(spelling=st.sampled_from(sorted(CONVERSIONS)), pad=st.sampled_from(["", " ", "_", "\u00a0", "."]))
def test_spaces_dots_and_case_make_no_other_unit(spelling: str, pad: str) -> None:
    told = CONVERSIONS[spelling]

    assert conversion_for("SOMETHING", pad.join(spelling.upper())) in {
        told,
        conversion_for("SOMETHING", spelling.upper()),
    }
    assert conversion_for("SOMETHING", spelling) == told


def test_units_that_change_in_mid_drive_meet_in_ours() -> None:
    rows = [row(1, "MAF", 10.0, "gps"), row(2, "MAF", 36.0, "kg/h"), row(3, "MAF", 999.0, "furlong")]

    assert series_by_parameter(readings_from_rows(rows))["MAF"].values.tolist() == pytest.approx([10.0, 10.0])
    assert unknown_units(readings_from_rows(rows)) == {("MAF", "furlong"): 1}


def test_a_parameter_nobody_knows_keeps_the_unit_of_most_of_its_rows() -> None:
    rows = [
        row(number, "BOOST", 1.0, unit) for number, unit in enumerate(["psi", "psi", "kPa", "furlong", "furlong"], 1)
    ]
    rows += [row(6, "BOOST", 5.0, None)]

    boost = series_by_parameter(readings_from_rows(rows))["BOOST"]

    assert boost.unit == "kPa"
    assert boost.values.tolist() == pytest.approx([6.894757, 6.894757, 1.0, 5.0])
    assert unknown_units(readings_from_rows(rows)) == {("BOOST", "furlong"): 2}


def test_values_of_an_unknown_unit_stay_as_rows_and_out_of_everything_else() -> None:
    rows = [(*row[:3], 190.4, "bananas", *row[5:]) if row[2] == "COOLANT_TEMP" else row for row in drive_rows(600)]

    found = facts(rows)

    assert found.quality.row_count == len(rows)
    assert found.quality.invalid_row_count == 0
    assert [(left.reason, left.parameter, left.unit, left.row_count) for left in found.left_out] == [
        ("unit_unknown", "COOLANT_TEMP", "bananas", 301)
    ]
    assert found.statistics.find("COOLANT_TEMP") is None
    assert found.findings == ()
    assert found.not_judged["coolant"] == "coolant temperature came in a unit nobody knows here, bananas"


def test_a_label_no_table_knows_leaves_its_value_alone() -> None:
    assert converted("FUEL_SYSTEM_STATUS", 2.0, "closed, sort of") == 2.0

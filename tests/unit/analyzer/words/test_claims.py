"""What is read out of a sentence: every digit, every unit, every name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_analyzer.advice.claims import Mention, NumberClaim, Reference, Unreadable, claims
from obd2_analyzer.advice.units import SIGMA


def numbers(text: str) -> list[tuple[float, str | None]]:
    found = [claim for claim in claims(text) if isinstance(claim, NumberClaim)]
    return [(claim.value, claim.measure.ours if claim.measure else None) for claim in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("105.2 °C", [(105.2, "°C")]),
        ("105.2°C.", [(105.2, "°C")]),
        ("105 degrees Celsius", [(105.0, "°C")]),
        ("105 C and 221 F", [(105.0, "°C"), (221.0, "°C")]),
        ("between 90 and 105 °C", [(90.0, "°C"), (105.0, "°C")]),
        ("90-105 °C", [(90.0, "°C"), (105.0, "°C")]),
        ("from -1.6 to -0.8 %", [(-1.6, "%"), (-0.8, "%")]),
        ("minus 6.25 percent", [(-6.25, "%")]),
        ("+4.7 %", [(4.7, "%")]),
        ("\N{MINUS SIGN}2°", [(-2.0, "°")]),
        ("1 min 40 s", [(100.0, "s")]),
        ("2 minutes and 5 seconds", [(125.0, "s")]),
        ("a 10-minute idle", [(10.0, "s")]),
        ("over the last seven drives", [(7.0, "drives")]),
        ("ninety-five degrees Celsius", [(95.0, "°C")]),
        ("one hundred and five volts", [(105.0, "V")]),
        ("1,250 rpm", [(1250.0, "rpm")]),
        ("2.5 sigma", [(2.5, SIGMA)]),
        ("one of two belts", []),
        ("3 belts", [(3.0, None)]),
        ("a coefficient of -0.93", [(-0.93, None)]),
    ],
)
def test_numbers_are_read_with_sign_and_unit(text: str, expected: list[tuple[float, str | None]]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize("text", ["10W-40", "1/2 turn", "4x4", "1.2.3", "5e3 V", "v2", "12:1 ratio", "3^2", "#7a"])
def test_what_is_no_plain_number_is_unreadable(text: str) -> None:
    assert any(isinstance(claim, Unreadable) for claim in claims(text))


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("COOLANT_TEMP and LTFT", ["COOLANT_TEMP", "LONG_FUEL_TRIM_1"]),
        ("the intake air temperature", ["INTAKE_TEMP"]),
        ("OIL_PRESSURE", [None]),
        ("clean the MAF sensor", []),
        ("MAF of 12 g/s", ["MAF"]),
        ("800 RPM", []),
        ("RPM at 800 rpm", ["RPM"]),
    ],
)
def test_parameters_are_read_by_name_and_by_phrase(text: str, parameters: list[str | None]) -> None:
    assert [claim.parameter for claim in claims(text) if isinstance(claim, Mention)] == parameters


def test_drives_times_and_citations_are_references() -> None:
    found = [claim for claim in claims("Drive 33 on 2026-07-11 at 17:49:05 UTC (E3)") if isinstance(claim, Reference)]

    assert [(claim.kind, claim.value) for claim in found] == [
        ("drive", "33"),
        ("moment", "2026-07-11"),
        ("moment", "17:49:05"),
        ("evidence", "E3"),
    ]


@pytest.mark.parametrize("text", ["a 1998 Eclipse", "the 4G63", "its TD04-13G turbo", "ISO 9141-2", "an OBD-II plug"])
def test_names_of_the_car_are_no_claims(text: str) -> None:
    assert claims(text) == []


@given(st.text(alphabet="0123456789 .,-+%°CVsEeRPM_drive:/\n", max_size=60))
def test_no_digit_escapes(text: str) -> None:
    covered = {place for claim in claims(text) for place in range(claim.start, claim.end)}

    assert {place for place, letter in enumerate(text) if letter.isdigit()} <= covered

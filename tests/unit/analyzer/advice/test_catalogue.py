"""The catalogue of checks: every fact has some, and every text can be followed without harm."""

import pytest

from obd2_analyzer.advice.catalogue import catalogue, category_of_finding, checks_of_finding, checks_of_parameters
from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.parameters import BATTERY_V
from obd2_analyzer.rules import RULES
from obd2_common.plain_names import UNIT_OF
from support.advice_cases import troubled_packet


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_checks_of_its_own(rule: str) -> None:
    checks = checks_of_finding(rule, RULES[rule].parameters[0], Severity.STOP)

    assert 2 <= len(checks) <= 5
    assert checks == RULES[rule].checks[:5]


@pytest.mark.parametrize(
    ("code", "category", "first"),
    [
        ("P0217", "Cooling", "coolant.stop"),
        ("P0128", "Cooling", "watch.connector"),
        ("P0133", "Fueling", "codes.exhaust"),
        ("P0562", "Electrical", "battery.belt"),
        ("P0218", "Mechanical", "codes.gearbox"),
        ("P0171", "Fueling", "ltft.leaks"),
        ("P0201", "Fueling", "ltft.leaks"),
        ("P0302", "Mechanical", "trouble_codes.flashing"),
        ("P0335", "Mechanical", "watch.connector"),
        ("P0442", "Diagnostic", "codes.fuel_cap"),
        ("P0505", "Mechanical", "idle.throttle"),
        ("P0601", "Electrical", "codes.power_supply"),
        ("P0740", "Mechanical", "codes.gearbox"),
        ("P1300", "Diagnostic", "codes.manual"),
        ("P2187", "Fueling", "ltft.leaks"),
        ("P3400", "Diagnostic", "codes.manual"),
        ("P0A80", "Diagnostic", "codes.manual"),
        ("C0035", "Diagnostic", "codes.brakes"),
        ("B1000", "Diagnostic", "codes.body"),
        ("U0100", "Electrical", "codes.network"),
    ],
)
def test_a_trouble_code_has_the_checks_of_its_family(code: str, category: str, first: str) -> None:
    checks = checks_of_finding("trouble_codes", code, Severity.WATCH)

    assert (category_of_finding("trouble_codes", code), checks[0].id) == (category, first)
    assert checks[-1].id == "trouble_codes.read"


@pytest.mark.parametrize("parameter", UNIT_OF)
def test_what_no_rule_has_found_has_checks_too(parameter: str) -> None:
    assert len(checks_of_parameters((parameter,))) >= 2


def test_only_a_battery_that_stops_the_engine_keeps_the_car_at_home() -> None:
    stopped, low = (checks_of_finding("battery", BATTERY_V, severity) for severity in (Severity.STOP, Severity.WARNING))

    assert stopped[0].id == "battery.stay"
    assert low == stopped[1:]
    assert stopped[0] not in checks_of_parameters((BATTERY_V,))


def test_a_check_is_found_by_its_id_and_by_nothing_else() -> None:
    checks = catalogue()
    offered = {check for evidence in troubled_packet() for check in evidence.fact.checks}

    assert offered <= set(checks.values())
    assert len({check.text for check in checks.values()}) == len(checks)
    assert 25 <= len(checks) <= 45


def test_every_check_is_a_whole_sentence_without_measurements() -> None:
    for check in catalogue().values():
        assert check.text[0].isupper()
        assert check.text.endswith(".")
        assert not any(sign.isdigit() for sign in check.text)
        assert len(check.text) < 200

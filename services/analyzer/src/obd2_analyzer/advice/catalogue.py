"""The reviewed catalogue: which checks and which category belong to a fact.

A rule's own checks stand with the rule, those of several in `rules.shared_checks`. Here are those of trouble codes, by
the family of the code, and those for what no rule has found: an anomaly, a trend, a correlation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from obd2_analyzer.facts.code_descriptions import MISFIRES
from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.facts.trouble_codes import is_code
from obd2_analyzer.rules import RULES
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.rule import AnyRule, Category
from obd2_analyzer.rules.shared_checks import (
    AIR_LEAKS,
    CATALYST_TEST,
    CONNECTOR,
    EXHAUST,
    INJECTORS,
    OXYGEN_SENSOR,
    READ_OUT,
    THROTTLE,
)
from obd2_analyzer.rules.trouble_codes import TROUBLE_CODES

MAXIMUM_OFFERED = 5
"""Checks a piece of evidence offers at most, so that the prompt stays short."""

_FLASHING, _, _PLUGS = TROUBLE_CODES.checks
_FUEL_CAP = Check("codes.fuel_cap", "With the engine off, check that the fuel filler cap is tight and its seal whole.")
_SUPPLY = Check(
    "codes.power_supply",
    "With the ignition off, check fuses, battery terminals and earth straps; leave the engine computer to a workshop.",
)
_GEARBOX = Check(
    "codes.gearbox", "Check the gearbox oil as the owner's manual says, and have the gearbox looked at soon."
)
_NETWORK = Check("codes.network", "Have the wiring and power supply of the control units checked at a workshop.")
_BRAKES = Check(
    "codes.brakes", "Have brakes, steering and their sensors checked soon; with the red brake lamp on, do not drive."
)
_BODY = Check("codes.body", "Have it checked at the next service; leave airbags and belt tensioners to a workshop.")
_MANUAL = Check("codes.manual", "Look the code up in this car's workshop manual: its meaning is the maker's own.")

_COMPARE = Check(
    "watch.next_drives",
    "Look at the next drives: does it stay, grow or go away? Think of what changed lately: a part, fuel, weather.",
)
WATCH_CHECKS = (_COMPARE, CONNECTOR)


@dataclass(frozen=True, slots=True)
class Family:
    """Trouble codes that begin alike: what their recommendation is about, and what to do."""

    category: Category
    checks: tuple[Check, ...]


_METERING = Family(Category.FUELING, (AIR_LEAKS, CONNECTOR, INJECTORS, READ_OUT))
_MISFIRE = Family(Category.MECHANICAL, (_FLASHING, _PLUGS, INJECTORS, READ_OUT))
_IGNITION = Family(Category.MECHANICAL, (CONNECTOR, _PLUGS, READ_OUT))
_EMISSION = Family(Category.DIAGNOSTIC, (_FUEL_CAP, EXHAUST, CATALYST_TEST, READ_OUT))
_INPUTS = Family(Category.MECHANICAL, (THROTTLE, _SUPPLY, READ_OUT))
_COMPUTER = Family(Category.ELECTRICAL, (_SUPPLY, READ_OUT))
_TRANSMISSION = Family(Category.MECHANICAL, (_GEARBOX, READ_OUT))
_MAKERS = Family(Category.DIAGNOSTIC, (_MANUAL, READ_OUT))
_POWERTRAIN = {
    **dict.fromkeys("012", _METERING),
    "3": _IGNITION,
    "4": _EMISSION,
    "5": _INPUTS,
    "6": _COMPUTER,
    **dict.fromkeys("789", _TRANSMISSION),
}
_SENSOR = Family(Category.COOLING, (CONNECTOR, *RULES["thermostat"].checks, READ_OUT))
_TOO_HOT = Family(Category.COOLING, (*RULES["coolant"].checks, READ_OUT))
_OXYGEN = Family(Category.FUELING, (EXHAUST, CONNECTOR, OXYGEN_SENSOR, READ_OUT))
_BY_SUBJECT = {
    **dict.fromkeys(("P0217", "P0298", "P0480", "P0481", "P0482", "P0483"), _TOO_HOT),
    **dict.fromkeys((f"P{number:04d}" for number in (115, 116, 117, 118, 119, 125, 126, 128)), _SENSOR),
    **dict.fromkeys((f"P{number:04d}" for number in range(130, 168)), _OXYGEN),
    **dict.fromkeys(
        ("P0560", "P0561", "P0562", "P0563"), Family(Category.ELECTRICAL, (*RULES["battery"].checks, READ_OUT))
    ),
    "P0218": _TRANSMISSION,
}
"""Codes about something else than the group they were numbered into."""

_SYSTEMS = {
    "B": Family(Category.DIAGNOSTIC, (_BODY, READ_OUT)),
    "C": Family(Category.DIAGNOSTIC, (_BRAKES, READ_OUT)),
    "U": Family(Category.ELECTRICAL, (_NETWORK, _SUPPLY, READ_OUT)),
}


def code_family(code: str) -> Family:
    """Return the family of a trouble code: by its subject, else its letter, its kind (standard or maker) and group."""
    system, kind, group = code[0], code[1], code[2]
    if code in MISFIRES:
        return _MISFIRE
    if code in _BY_SUBJECT:
        return _BY_SUBJECT[code]
    if system != "P":
        return _SYSTEMS[system]
    return _POWERTRAIN.get(group, _MAKERS) if kind in "02" else _MAKERS


def category_of_finding(rule: str, signal: str) -> Category:
    """Return what the recommendation of a finding is about."""
    return code_family(signal).category if is_code(signal) else RULES[rule].category


def checks_of_finding(rule: str, signal: str, severity: Severity) -> tuple[Check, ...]:
    """Return what can be done about a finding this severe, the most important first."""
    checks = code_family(signal).checks if is_code(signal) else RULES[rule].checks
    return tuple(check for check in checks if severity >= check.severity)[:MAXIMUM_OFFERED]


def category_of_parameters(parameters: Sequence[str]) -> Category:
    """Return what advice about a parameter that no rule has found fault with is about."""
    rule = _rule_about(parameters[0])
    return Category.BASELINE if rule is None else rule.category


def checks_of_parameters(parameters: Sequence[str]) -> tuple[Check, ...]:
    """Return what can be done about parameters that no rule has found fault with: little, and nothing urgent."""
    rule = _rule_about(parameters[0])
    own = () if rule is None else rule.checks
    return (*WATCH_CHECKS, *[check for check in own if check.severity == Severity.WATCH][:1])


def _rule_about(parameter: str) -> AnyRule | None:
    return next((rule for rule in RULES.values() if rule.parameters[:1] == (parameter,)), None)


def catalogue() -> dict[str, Check]:
    """Return every check there is, by its id."""
    families = (
        _METERING,
        _MISFIRE,
        _IGNITION,
        _EMISSION,
        _INPUTS,
        _COMPUTER,
        _TRANSMISSION,
        _MAKERS,
        *_BY_SUBJECT.values(),
        *_SYSTEMS.values(),
    )
    own = [check for family in families for check in family.checks]
    return {check.id: check for check in (*own, *WATCH_CHECKS, *(c for rule in RULES.values() for c in rule.checks))}

"""An engine that does not warm up: a thermostat that no longer closes."""

import numpy as np
from pydantic import Field, PositiveFloat

from obd2_analyzer.facts.episodes import hold_seconds
from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, INTAKE_TEMP, RPM, SPEED
from obd2_analyzer.facts.readings import Floats, Series
from obd2_analyzer.facts.signals import value_nearest
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import unread
from obd2_analyzer.rules.outside import OutsideAir, outside_air
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Verdict
from obd2_analyzer.rules.shared_checks import COOLANT_LEVEL
from obd2_common.durations import duration_text

BY_INTAKE_AIR = "intake_air"


class ThermostatLimits(Limits):
    """How warm an engine gets, and how soon."""

    warm_celsius: float = Field(70.0, description="an engine that stays below does not warm up")
    alert_below_celsius: float = Field(60.0, description="one that does not even get this warm is an ALERT")
    driving_seconds: PositiveFloat = Field(900.0, description="for this long while driving")
    ambient_minimum_celsius: float = Field(10.0, description="if it is colder outside nothing is judged")
    ambient_maximum_celsius: float = Field(60.0, description="a hotter outside temperature is not believed")
    intake_minimum_celsius: float = Field(
        20.0, description="intake air never colder than this stands in for an unknown outside temperature"
    )


def judge_thermostat(case: DriveCase, limits: ThermostatLimits) -> Verdict:
    """Find coolant that stays too cold through minutes of driving with the engine on, when it is not cold outside."""
    absent = unread(case, COOLANT_TEMP, SPEED)
    if absent is not None:
        return absent
    coolant = case.signals.of(COOLANT_TEMP)
    driving = _driving_seconds(case, coolant)
    cold = _longest_cold(coolant.values < limits.warm_celsius, driving)
    if cold is None or cold[1] < limits.driving_seconds:
        enough = float(driving.sum()) >= limits.driving_seconds or bool((coolant.values >= limits.warm_celsius).any())
        return () if enough else NotJudged(f"less than {duration_text(limits.driving_seconds)} of driving")
    outside = outside_air(case, limits.ambient_maximum_celsius) or _by_intake_air(case, limits)
    if outside is None:
        return NotJudged("the temperature outside is not known")
    if outside.celsius < limits.ambient_minimum_celsius:
        return NotJudged(f"it was {number(outside.celsius)} °C outside, too cold to expect a warm engine")
    return (_finding(coolant.values[cold[0]], cold[1], outside, limits),)


def _driving_seconds(case: DriveCase, coolant: Series) -> Floats:
    """Return for how long each coolant reading speaks for a moving car with the engine on."""
    reach = case.sampling.neighbour_seconds
    is_off = value_nearest(case.signals.of(RPM), coolant, reach) == 0
    is_driving = (value_nearest(case.signals.of(SPEED), coolant, reach) > 0) & ~is_off
    return np.where(is_driving, hold_seconds(coolant.times, case.sampling.maximum_hole_seconds), 0.0)


def _longest_cold(is_cold: np.ndarray, driving: Floats) -> tuple[slice, float] | None:
    """Return the stretch of cold readings with most driving in it, and how many seconds that is."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_cold.astype(np.int8), [0]))))
    stretches = [slice(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]
    return max(((part, float(driving[part].sum())) for part in stretches), key=lambda found: found[1], default=None)


def _by_intake_air(case: DriveCase, limits: ThermostatLimits) -> OutsideAir | None:
    """Return the coldest intake air of the drive when it is warm enough: outside it is seldom more than 10 K colder."""
    intake = case.signals.of(INTAKE_TEMP)
    if not len(intake):
        return None
    coldest = float(intake.values.min())
    return OutsideAir(coldest, BY_INTAKE_AIR) if coldest >= limits.intake_minimum_celsius else None


def _finding(cold: Floats, seconds: float, outside: OutsideAir, limits: ThermostatLimits) -> Finding:
    warmest, is_guess = float(cold.max()), outside.source == BY_INTAKE_AIR
    where = (
        f"with intake air never below {number(outside.celsius)} °C (the temperature outside is not known)"
        if is_guess
        else f"at {number(outside.celsius)} °C outside"
    )
    sentence = (
        f"Coolant temperature stayed below {number(limits.warm_celsius)} °C through {duration_text(seconds)} of "
        f"driving {where} and reached {number(warmest)} °C; the thermostat may be stuck open, or the sensor is wrong."
    )
    return Finding(
        "thermostat",
        COOLANT_TEMP,
        Severity.ALERT if warmest < limits.alert_below_celsius and not is_guess else Severity.WATCH,
        warmest,
        "°C",
        limits.warm_celsius,
        sentence,
        duration_seconds=seconds,
        details={"ambient_celsius": outside.celsius, "ambient_source": outside.source},
    )


THERMOSTAT = Rule(
    name="thermostat",
    title="Warming up",
    about=(
        "Coolant that stays below 70 °C through 15 minutes of driving while it is at least 10 °C outside: WATCH, and "
        "ALERT when it stays below 60 °C. Where the temperature outside is not known, intake air that is never colder "
        "than 20 °C stands in for it, and the rule says no more than WATCH."
    ),
    category=Category.COOLING,
    focus=frozenset({"cooling", "coolant", "temperature", "thermostat"}),
    parameters=(COOLANT_TEMP, SPEED, RPM, INTAKE_TEMP),
    weight=1.0,
    limits=ThermostatLimits(),
    judge=judge_thermostat,
    checks=(
        Check("thermostat.gauge", "Compare with the gauge in the dashboard: when it reads warm, the sensor is wrong."),
        COOLANT_LEVEL,
        Check("thermostat.test", "Have the thermostat tested; an engine that stays cold wears and uses more fuel."),
    ),
)

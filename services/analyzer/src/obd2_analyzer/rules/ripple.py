"""System voltage that ripples: a diode of the alternator, or a loose connection."""

import numpy as np
from pydantic import Field, PositiveFloat

from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import BATTERY_V, RPM
from obd2_analyzer.facts.readings import Floats, Series
from obd2_analyzer.facts.signals import value_nearest
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import too_brief, unread
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Verdict
from obd2_analyzer.rules.shared_checks import TERMINALS


class RippleLimits(Limits):
    """Steps of the system voltage from one reading to the next."""

    step_volts: PositiveFloat = Field(0.4, description="steps of at least this size are ripple, not rounding")
    slowest_interval_seconds: PositiveFloat = Field(0.5, description="voltage read more slowly shows no ripple")
    sustained_seconds: PositiveFloat = Field(60.0, description="the engine must have run for this long")
    engine_running_rpm: PositiveFloat = Field(500.0, description="from here on the engine runs")


def judge_ripple(case: DriveCase, limits: RippleLimits) -> Verdict:
    """Find voltage that jumps from reading to reading with the engine running, when it is read quickly enough."""
    absent = unread(case, BATTERY_V, RPM)
    if absent is not None:
        return absent
    volts = case.signals.of(BATTERY_V)
    if volts.interval_seconds > limits.slowest_interval_seconds:
        return NotJudged("system voltage was read too slowly to see it ripple")
    rpm = value_nearest(case.signals.of(RPM), volts, case.sampling.neighbour_seconds)
    is_running = rpm >= limits.engine_running_rpm
    brief = too_brief(case, volts, limits.sustained_seconds, counted=is_running, when="with the engine running")
    if brief is not None:
        return brief
    jumps = _jumps(volts.take(is_running), 2 * limits.slowest_interval_seconds)
    if not len(jumps):
        return NotJudged("system voltage was read too slowly to see it ripple")
    jump = float(np.median(jumps))
    if jump < limits.step_volts:
        return ()
    sentence = (
        f"System voltage jumped up and down by {number(jump, 2)} V from reading to reading with the engine running."
    )
    details = {"sample_count": len(jumps)}
    finding = Finding("ripple", BATTERY_V, Severity.WATCH, jump, "V", limits.step_volts, sentence, details=details)
    return (finding,)


def _jumps(volts: Series, longest_step_seconds: float) -> Floats:
    """Return per inner reading how far it sticks out of both its neighbours, 0 where it lies between them."""
    steps, gaps = np.diff(volts.values), np.diff(volts.times)
    is_peak = np.sign(steps[:-1]) == -np.sign(steps[1:])
    height = np.where(is_peak, np.minimum(np.abs(steps[:-1]), np.abs(steps[1:])), 0.0)
    return height[(gaps[:-1] <= longest_step_seconds) & (gaps[1:] <= longest_step_seconds)]


RIPPLE = Rule(
    name="ripple",
    title="Ripple of the system voltage",
    about=(
        "Voltage that jumps up and down by 0.4 V in most readings while the engine runs: WATCH. It takes two readings "
        "a second; where they come more slowly nothing is judged."
    ),
    category=Category.ELECTRICAL,
    focus=frozenset({"electrical", "battery", "charging"}),
    parameters=(BATTERY_V, RPM),
    weight=0.8,
    limits=RippleLimits(),
    judge=judge_ripple,
    checks=(
        Check("ripple.alternator", "Have the alternator's diodes tested with a meter that shows alternating voltage."),
        TERMINALS,
    ),
)

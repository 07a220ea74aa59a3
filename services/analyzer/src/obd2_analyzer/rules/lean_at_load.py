"""A mixture that becomes lean under load only: fuel that does not keep up."""

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import (
    COOLANT_TEMP,
    ENGINE_LOAD,
    FUEL_SYSTEM_STATUS,
    LONG_FUEL_TRIM_1,
    SHORT_FUEL_TRIM_1,
)
from obd2_analyzer.facts.signals import trims_that_count, value_nearest
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import counted_when, never_closed_loop, unread
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Verdict
from obd2_analyzer.rules.shared_checks import FUEL_PRESSURE, GENTLE


class LeanAtLoadLimits(Limits):
    """Both fuel trims together, under load beside light load."""

    load_percent: float = Field(50.0, description="from here on the engine is under load")
    light_load_percent: float = Field(30.0, description="up to here the load is light")
    lean_percent: PositiveFloat = Field(10.0, description="both trims together, under load, are lean from here on")
    rise_percent: PositiveFloat = Field(8.0, description="and this far above those at light load")
    minimum_samples: PositiveInt = Field(30, description="readings either load needs")


def judge_lean_at_load(case: DriveCase, limits: LeanAtLoadLimits) -> Verdict:
    """Compare the sum of both trims under load with that at light load, in closed loop with a warm engine."""
    absent = unread(case, SHORT_FUEL_TRIM_1, LONG_FUEL_TRIM_1, ENGINE_LOAD, COOLANT_TEMP)
    if absent is not None:
        return absent
    short, reach = trims_that_count(case.signals, SHORT_FUEL_TRIM_1), case.sampling.neighbour_seconds
    if not len(short):
        return never_closed_loop(case, SHORT_FUEL_TRIM_1)
    load = value_nearest(case.signals.of(ENGINE_LOAD), short, reach)
    trim = short.values + value_nearest(case.signals.of(LONG_FUEL_TRIM_1), short, reach)
    loaded, light = (
        trim[counted & np.isfinite(trim)]
        for counted in (load >= limits.load_percent, load <= limits.light_load_percent)
    )
    for trims, where in ((loaded, "under load"), (light, "at light load")):
        if len(trims) < limits.minimum_samples:
            return NotJudged(f"{len(trims)} fuel trim readings {where}; {limits.minimum_samples} are needed")
    mean, usual = float(np.median(loaded)), float(np.median(light))
    if mean < limits.lean_percent or mean - usual < limits.rise_percent:
        return ()
    sentence = (
        f"Both fuel trims together lay at {number(mean)} % from {number(limits.load_percent)} % load on and at "
        f"{number(usual)} % at light load, {counted_when(case)}; the mixture is lean under load only."
    )
    finding = Finding(
        "lean_at_load",
        SHORT_FUEL_TRIM_1,
        Severity.WATCH,
        mean,
        "%",
        limits.lean_percent,
        sentence,
        details={"sample_count": len(loaded), "light_load_percent": usual},
    )
    return (finding,)


LEAN_AT_LOAD = Rule(
    name="lean_at_load",
    title="Mixture under load",
    about=(
        "Both fuel trims together at +10 % or more under load, and at least 8 % above those at light load, in closed "
        "loop with a warm engine: WATCH. An air leak shows at light load; fuel that does not keep up shows under load."
    ),
    category=Category.FUELING,
    focus=frozenset({"fueling", "fuel"}),
    parameters=(SHORT_FUEL_TRIM_1, LONG_FUEL_TRIM_1, ENGINE_LOAD, FUEL_SYSTEM_STATUS, COOLANT_TEMP),
    weight=1.0,
    limits=LeanAtLoadLimits(),
    judge=judge_lean_at_load,
    checks=(
        FUEL_PRESSURE,
        GENTLE,
    ),
)

"""An idle that swings up and down by itself."""

import numpy as np
from pydantic import Field, PositiveFloat

from obd2_analyzer.facts.episodes import Episode, find_episodes
from obd2_analyzer.facts.findings import Finding, Severity, during, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, RPM, SPEED
from obd2_analyzer.facts.readings import Floats
from obd2_analyzer.facts.signals import warm_idle
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import unread
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Verdict
from obd2_analyzer.rules.shared_checks import AIR_LEAKS, THROTTLE
from obd2_common.durations import duration_text


class HuntingLimits(Limits):
    """A warm idle that swings."""

    swing_rpm: PositiveFloat = Field(150.0, description="a swing from low to high of at least this much")
    turns_per_minute: PositiveFloat = Field(
        6.0, description="that turns at least this often; a fan or a pump is slower"
    )
    sustained_seconds: PositiveFloat = Field(60.0, description="for at least this long")
    slowest_interval_seconds: PositiveFloat = Field(3.0, description="engine speed read more slowly shows no swing")


def judge_hunting(case: DriveCase, limits: HuntingLimits) -> Verdict:
    """Find a minute of warm idle in which the engine speed goes up and down again and again."""
    absent = unread(case, RPM, SPEED, COOLANT_TEMP)
    if absent is not None:
        return absent
    idle = warm_idle(case.signals)
    if idle.interval_seconds > limits.slowest_interval_seconds:
        return NotJudged("engine speed was read too slowly to see it swing")
    everything = np.full(len(idle), fill_value=True)
    stretches = [
        stretch
        for stretch in find_episodes(idle.times, everything, case.sampling.maximum_hole_seconds)
        if stretch.duration_seconds >= limits.sustained_seconds
    ]
    if not stretches:
        return NotJudged(f"the engine never idled warm for {duration_text(limits.sustained_seconds)}")
    hunting = [(stretch, swing) for stretch in stretches if (swing := _swing(idle.values, stretch, limits)) is not None]
    if not hunting:
        return ()
    longest, swing = max(hunting, key=lambda found: found[0].duration_seconds)
    sentence = (
        f"Engine speed swung by {number(swing, 0)} rpm up and down through {duration_text(longest.duration_seconds)} "
        "of warm idle."
    )
    finding = Finding(
        "hunting",
        RPM,
        Severity.WATCH,
        swing,
        "rpm",
        limits.swing_rpm,
        sentence,
        details={"sample_count": longest.sample_count},
    )
    return (during(finding, longest),)


def _swing(rpm: Floats, stretch: Episode, limits: HuntingLimits) -> float | None:
    """Return by how much a stretch swings when it does so often enough, else None."""
    values = rpm[stretch.samples]
    low, high = np.percentile(values, (10, 90))
    if high - low < limits.swing_rpm:
        return None
    # Only full turns count: from the upper third to the lower and back.
    sides = np.where(values > high - (high - low) / 3, 1, np.where(values < low + (high - low) / 3, -1, 0))
    turned = sides[sides != 0]
    turns = int((turned[1:] != turned[:-1]).sum())
    return float(high - low) if turns >= limits.turns_per_minute * stretch.duration_seconds / 60 else None


HUNTING = Rule(
    name="hunting",
    title="Swinging idle",
    about=(
        "A warm idle that swings by 150 rpm up and down, at least six turns a minute, for a minute: WATCH. Unlike the "
        "rule about an unsteady idle it needs no earlier drives."
    ),
    category=Category.MECHANICAL,
    focus=frozenset({"mechanical", "idle"}),
    parameters=(RPM, SPEED, COOLANT_TEMP),
    weight=0.8,
    limits=HuntingLimits(),
    judge=judge_hunting,
    checks=(
        AIR_LEAKS,
        THROTTLE,
    ),
)

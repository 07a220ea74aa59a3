"""A sensor that reads the end of its scale for so long, or so often, that it or its wire must be broken."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveInt

from obd2_analyzer.facts.episodes import Episode, find_episodes, longest_sustained
from obd2_analyzer.facts.findings import Finding, Severity, during, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.physics import PHYSICS, physics_of
from obd2_analyzer.facts.readings import Series
from obd2_analyzer.facts.usable import at_end
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Verdict
from obd2_analyzer.rules.shared_checks import CONNECTOR
from obd2_common.durations import duration_text
from obd2_common.plain_names import plain_name

WATCHED = tuple(name for name, physics in PHYSICS.items() if physics.tells_of_sensor)


class SensorLimits(Limits):
    """A signal at the end of its scale."""

    sustained_seconds: NonNegativeFloat = Field(60.0, description="for at least this long")
    dropouts: PositiveInt = Field(3, description="this many shorter spells in one drive mean a loose contact")


def judge_sensor(case: DriveCase, limits: SensorLimits) -> Verdict:
    """Find every signal that stayed at one end of its scale, the longest spell of each, or often fell there."""
    found = [finding for series in case.signals.at_rail.values() for finding in _stuck(series, case, limits)]
    if not found and not any(len(case.signals.of(name)) or name in case.signals.at_rail for name in WATCHED):
        return NotJudged("none of the sensors whose scale is known was read")
    return tuple(found)


def _stuck(series: Series, case: DriveCase, limits: SensorLimits) -> list[Finding]:
    physics = physics_of(series.parameter, series.unit)
    if not physics.tells_of_sensor:
        return []
    timed = series.take(np.isfinite(series.times))
    found = []
    for rail in physics.rails:
        if not rail:
            continue  # A 0 more often stands for a sensor the car does not have.
        episodes = find_episodes(timed.times, at_end(timed.values, rail), case.sampling.maximum_hole_seconds)
        longest = longest_sustained(episodes, limits.sustained_seconds)
        if longest is not None:
            told = f"for {duration_text(longest.duration_seconds)}"
            found.append(_finding(series, rail, told, longest, {"sample_count": longest.sample_count}))
        elif len(episodes) >= limits.dropouts:
            whole = Episode(
                episodes[0].first,
                episodes[-1].last,
                episodes[0].started_at,
                episodes[-1].ended_at,
                episodes[-1].ended_at - episodes[0].started_at,
            )
            told = f"{len(episodes)} times for a moment"
            found.append(_finding(series, rail, told, whole, {"dropouts": len(episodes)}))
    return found


def _finding(series: Series, rail: float, told: str, episode: Episode, details: Mapping[str, int]) -> Finding:
    name, value = plain_name(series.parameter), f"{number(rail, 2)} {series.unit}".rstrip()
    sentence = f"The {name} read {value}, the end of its sensor's scale, {told}."
    finding = Finding("sensor", series.parameter, Severity.WATCH, rail, series.unit, rail, sentence, details=details)
    return during(finding, episode)


SENSOR = Rule(
    name="sensor",
    title="Sensors and their wires",
    about=(
        "A sensor that reads the end of its scale for a minute or longer, or three times for a moment: WATCH. A broken "
        "wire reads as -40 °C, a short as the other end; rules that need the sensor cannot judge meanwhile."
    ),
    category=Category.DIAGNOSTIC,
    focus=frozenset({"diagnostic", "sensor", "sensors"}),
    parameters=WATCHED,
    weight=1.0,
    limits=SensorLimits(),
    judge=judge_sensor,
    checks=(
        CONNECTOR,
        Check("sensor.replace", "Have the sensor measured, and replaced if it shows an open circuit or a short."),
    ),
)

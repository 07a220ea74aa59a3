"""Ignition timing at or behind top dead centre at medium load."""

from pydantic import Field, PositiveInt

from obd2_analyzer.facts.episodes import find_episodes
from obd2_analyzer.facts.findings import Finding, Severity, during, number, worst
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import ENGINE_LOAD, RPM, TIMING_ADVANCE
from obd2_analyzer.facts.signals import value_nearest
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import unread
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Verdict, single


class TimingLimits(Limits):
    """Ignition timing at medium load."""

    at_most_degrees: float = Field(0.0, description="timing at or below this is worth watching")
    load_above_percent: float = Field(30.0, description="above this load timing is judged")
    load_below_percent: float = Field(50.0, description="up to the load at which the rule knock_retard takes over")
    samples_in_a_row: PositiveInt = Field(3, description="so many readings in a row make a pattern")


def judge_timing(case: DriveCase, limits: TimingLimits) -> Verdict:
    """Find timing without advance, several samples in a row, at loads below those of the knock-retard rule."""
    absent = unread(case, TIMING_ADVANCE, ENGINE_LOAD)
    if absent is not None:
        return absent
    sampling = case.sampling
    timing = case.signals.of(TIMING_ADVANCE)
    load = value_nearest(case.signals.of(ENGINE_LOAD), timing, sampling.neighbour_seconds)
    is_loaded = (load > limits.load_above_percent) & (load < limits.load_below_percent)
    if is_loaded.sum() < limits.samples_in_a_row:
        return NotJudged("ignition timing was hardly read at medium load")
    is_late = is_loaded & (timing.values <= limits.at_most_degrees)
    found = []
    for episode in find_episodes(timing.times, is_late, sampling.maximum_hole_seconds):
        if episode.sample_count < limits.samples_in_a_row:
            continue
        lowest = float(timing.values[episode.samples].min())
        sentence = (
            f"TIMING_ADVANCE was at most {number(limits.at_most_degrees)}° for {episode.sample_count} readings in a "
            f"row at more than {number(limits.load_above_percent)} % load, down to {number(lowest)}°; "
            "check for knock, fuel quality and sensor faults."
        )
        finding = Finding(
            "timing",
            TIMING_ADVANCE,
            Severity.WATCH,
            lowest,
            "°",
            limits.at_most_degrees,
            sentence,
            details={"sample_count": episode.sample_count},
        )
        found.append(during(finding, episode))
    return single(worst(found))


TIMING = Rule(
    name="timing",
    title="Ignition timing at medium load",
    about="Timing without any advance at medium load, several readings in a row: WATCH.",
    category=Category.MECHANICAL,
    focus=frozenset({"mechanical", "ignition", "timing"}),
    parameters=(TIMING_ADVANCE, ENGINE_LOAD, RPM),
    weight=1.5,
    limits=TimingLimits(),
    judge=judge_timing,
    checks=(
        Check("timing.fuel", "Fill up with fuel of the octane the engine asks for."),
        Check("timing.plugs", "Have spark plugs and coils inspected."),
        Check("timing.sensors", "Have knock sensor, crankshaft and camshaft position sensor tested."),
    ),
)

"""Ignition timing at or behind top dead centre at medium load."""

from obd2_analyzer.facts.episodes import find_episodes
from obd2_analyzer.facts.findings import Finding, Severity, during, number, worst
from obd2_analyzer.facts.parameters import ENGINE_LOAD, TIMING_ADVANCE
from obd2_analyzer.facts.signals import value_nearest
from obd2_analyzer.rules.drive import DriveCase


def judge_timing(case: DriveCase) -> Finding | None:
    """Find timing without advance, several samples in a row, at loads below those of the knock-retard rule."""
    limits, sampling = case.thresholds.timing, case.thresholds.sampling
    timing = case.signals.of(TIMING_ADVANCE)
    load = value_nearest(case.signals.of(ENGINE_LOAD), timing, sampling.neighbour_seconds)
    is_loaded = (load > limits.load_above_percent) & (load < case.thresholds.knock_retard.load_percent)
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
    return worst(found)

"""Ignition timing without advance at medium load, where this car usually has some."""

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from obd2_analyzer.facts.episodes import find_episodes
from obd2_analyzer.facts.findings import Finding, Severity, during, number, worst
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import ENGINE_LOAD, RPM, TIMING_ADVANCE
from obd2_analyzer.facts.signals import DriveSignals, banded
from obd2_analyzer.facts.steady import LoadRange, steady_bands
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import unread
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Scopes, Verdict, single
from obd2_analyzer.rules.shared_checks import IGNITION, OCTANE
from obd2_analyzer.rules.usual_timing import usual_timings


class TimingLimits(Limits):
    """Ignition timing at medium load."""

    at_most_degrees: float = Field(0.0, description="timing at or below this is worth watching")
    below_usual_degrees: PositiveFloat = Field(5.0, description="and at least this far below what is usual")
    load_above_percent: float = Field(30.0, description="above this load timing is judged")
    load_below_percent: float = Field(50.0, description="up to the load at which the rule knock_retard takes over")
    minimum_rpm: float = Field(1200.0, description="below, an engine that pulls away takes timing back by itself")
    samples_in_a_row: PositiveInt = Field(3, description="this many readings in a row make a pattern")
    minimum_band_samples: PositiveInt = Field(
        3, description="a drive with fewer samples in a band says nothing about it"
    )


def judge_timing(case: DriveCase, limits: TimingLimits) -> Verdict:
    """Find timing without advance, several readings in a row, where the car's own history has some."""
    absent = unread(case, TIMING_ADVANCE, RPM, ENGINE_LOAD)
    if absent is not None:
        return absent
    timing = case.signals.of(TIMING_ADVANCE)
    bands = steady_bands(case.signals, timing, _loads(limits))
    if sum(band is not None for band in bands) < limits.samples_in_a_row:
        return NotJudged("ignition timing was hardly read at a steady medium load")
    usual = usual_timings(case, {band for band in bands if band is not None}, limits.minimum_band_samples)
    if not usual:
        return NotJudged("the car's usual ignition timing at medium load is not known yet")
    expected = np.array([usual[band].degrees if band in usual else np.nan for band in bands])
    is_late = (timing.values <= limits.at_most_degrees) & (expected - timing.values >= limits.below_usual_degrees)
    found = []
    for episode in find_episodes(timing.times, is_late, case.sampling.maximum_hole_seconds):
        if episode.sample_count < limits.samples_in_a_row:
            continue
        latest = float(timing.values[episode.samples].max())
        sentence = (
            f"Ignition timing stayed at or below {number(latest)}° in {episode.sample_count} readings in a row at a "
            f"steady load of more than {number(limits.load_above_percent)} %, where "
            f"{number(float(expected[episode.first]))}° is usual."
        )
        finding = Finding(
            "timing",
            TIMING_ADVANCE,
            Severity.WATCH,
            latest,
            "°",
            limits.at_most_degrees,
            sentence,
            details={"sample_count": episode.sample_count, "baseline_degrees": float(expected[episode.first])},
        )
        found.append(during(finding, episode))
    return single(worst(found))


def _loads(limits: TimingLimits) -> LoadRange:
    return LoadRange(np.nextafter(limits.load_above_percent, np.inf), limits.load_below_percent, limits.minimum_rpm)


def _scopes(signals: DriveSignals, limits: TimingLimits) -> Scopes:
    timing = signals.of(TIMING_ADVANCE)
    return banded(TIMING_ADVANCE, steady_bands(signals, timing, _loads(limits)), timing)


TIMING = Rule(
    name="timing",
    title="Ignition timing at medium load",
    about=(
        "Timing without any advance in several readings in a row, while a warm engine pulls steadily at medium load, "
        "where the reference drive or earlier drives had at least 5° more: WATCH. Without them the rule is silent."
    ),
    category=Category.MECHANICAL,
    focus=frozenset({"mechanical", "ignition", "timing"}),
    parameters=(TIMING_ADVANCE, ENGINE_LOAD, RPM),
    weight=1.5,
    limits=TimingLimits(),
    judge=judge_timing,
    checks=(
        OCTANE,
        IGNITION,
        Check("timing.sensors", "Have knock sensor, crankshaft and camshaft position sensor tested."),
    ),
    scopes=_scopes,
)

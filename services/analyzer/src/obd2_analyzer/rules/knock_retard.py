"""Ignition timing pulled below what it usually is at this engine speed and load: the engine computer hears knock."""

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from obd2_analyzer.facts.episodes import find_episodes
from obd2_analyzer.facts.findings import Finding, Severity, during, number, worst
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import ENGINE_LOAD, RPM, TIMING_ADVANCE
from obd2_analyzer.facts.signals import DriveSignals, banded, rpm_load_bands
from obd2_analyzer.facts.statistics import is_enough
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import unread
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Scopes, Verdict, single

FROM_REFERENCE, FROM_HISTORY, FROM_DEFAULT = "reference_drive", "earlier_drives", "default"


class KnockRetardLimits(Limits):
    """Ignition timing pulled below its baseline under load."""

    load_percent: float = Field(50.0, description="from this load on timing is judged")
    samples_in_a_row: PositiveInt = Field(3, description="so many readings in a row make a pattern")
    alert_degrees: PositiveFloat = Field(5.0, description="pulled back by so much is an ALERT")
    warning_degrees: PositiveFloat = Field(10.0, description="pulled back by so much is a WARNING")
    stop_above_degrees: PositiveFloat = Field(15.0, description="pulled back by more is a STOP")
    default_baseline_degrees: float = Field(15.0, description="the usual timing while no baseline is known")
    minimum_band_samples: PositiveInt = Field(
        3, description="a drive with fewer samples in a band says nothing about it"
    )


def judge_knock_retard(case: DriveCase, limits: KnockRetardLimits) -> Verdict:
    """Find the worst retard below the band's baseline that several readings in a row show under load."""
    absent = unread(case, TIMING_ADVANCE, RPM, ENGINE_LOAD)
    if absent is not None:
        return absent
    timing = case.signals.of(TIMING_ADVANCE)
    bands = rpm_load_bands(case.signals, timing, limits.load_percent)
    if sum(band is not None for band in bands) < limits.samples_in_a_row:
        return NotJudged(f"ignition timing was hardly read at {number(limits.load_percent)} % load or more")
    baselines = {band: band_baseline(case, band, limits) for band in set(bands) if band is not None}
    expected = np.array([np.nan if band is None else baselines[band][0] for band in bands])
    retard = expected - timing.values
    tiers = (
        (Severity.ALERT, limits.alert_degrees, retard >= limits.alert_degrees),
        (Severity.WARNING, limits.warning_degrees, retard >= limits.warning_degrees),
        (Severity.STOP, limits.stop_above_degrees, retard > limits.stop_above_degrees),
    )
    found = []
    for severity, threshold, is_retarded in tiers:
        for episode in find_episodes(timing.times, is_retarded, case.sampling.maximum_hole_seconds):
            if episode.sample_count < limits.samples_in_a_row:
                continue
            deepest = episode.first + int(np.argmax(retard[episode.samples]))
            band = bands[deepest] or ""
            usual, basis = baselines[band]
            sentence = (
                f"TIMING_ADVANCE was pulled back by up to {number(float(retard[deepest]))}° (to "
                f"{number(float(timing.values[deepest]))}° where {number(usual)}° is the baseline, "
                f"{basis.replace('_', ' ')}) for {episode.sample_count} readings in a row at "
                f"{number(limits.load_percent)} % load or more; check fuel quality, plugs and cooling before full load."
            )
            finding = Finding(
                "knock_retard",
                TIMING_ADVANCE,
                severity,
                float(retard[deepest]),
                "°",
                threshold,
                sentence,
                details={
                    "sample_count": episode.sample_count,
                    "observed_degrees": float(timing.values[deepest]),
                    "baseline_degrees": usual,
                    "baseline": basis,
                    "band": band,
                },
            )
            found.append(during(finding, episode))
    return single(worst(found))


def band_baseline(case: DriveCase, band: str, limits: KnockRetardLimits) -> tuple[float, str]:
    """Return the usual timing of a band and where it comes from: reference drive, earlier drives, or the default."""
    reference = case.history.reference
    chosen = None if reference is None else reference.statistics.get((TIMING_ADVANCE, band))
    if chosen is not None and is_enough(chosen, limits.minimum_band_samples):
        return chosen.mean, FROM_REFERENCE
    past = case.history.past(TIMING_ADVANCE, band, minimum_samples=limits.minimum_band_samples)
    if len(past) >= case.minimum_drives:
        return sum(earlier.mean for earlier in past) / len(past), FROM_HISTORY
    return limits.default_baseline_degrees, FROM_DEFAULT


def _scopes(signals: DriveSignals, limits: KnockRetardLimits) -> Scopes:
    timing = signals.of(TIMING_ADVANCE)
    return banded(TIMING_ADVANCE, rpm_load_bands(signals, timing, limits.load_percent), timing)


KNOCK_RETARD = Rule(
    name="knock_retard",
    title="Ignition timing under load",
    about=(
        "Timing pulled back under load, several readings in a row: ALERT from 5°, WARNING from 10°, STOP above 15° "
        "below what is usual at this engine speed and load. Usual is the reference drive, else earlier drives."
    ),
    category=Category.MECHANICAL,
    focus=frozenset({"mechanical", "ignition", "timing"}),
    parameters=(TIMING_ADVANCE, RPM, ENGINE_LOAD),
    weight=3.0,
    limits=KnockRetardLimits(),
    judge=judge_knock_retard,
    checks=(
        Check("knock_retard.fuel", "Fill up with fuel of the octane the engine asks for, from a busy station."),
        Check(
            "knock_retard.gentle",
            "No full throttle and no high load at low engine speed before it is explained.",
        ),
        Check("knock_retard.plugs", "Have the spark plugs inspected: heat range, gap and signs of knock."),
        Check(
            "knock_retard.intake",
            "Have intake air and coolant temperature looked at: an engine that runs hot knocks sooner.",
        ),
    ),
    scopes=_scopes,
)

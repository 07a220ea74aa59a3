"""Ignition timing pulled below what it usually is at this engine speed and load: the engine computer hears knock."""

import numpy as np

from obd2_analyzer.facts.episodes import find_episodes
from obd2_analyzer.facts.findings import Finding, Severity, during, number, worst
from obd2_analyzer.facts.parameters import TIMING_ADVANCE
from obd2_analyzer.facts.signals import rpm_load_bands
from obd2_analyzer.rules.drive import DriveCase

FROM_REFERENCE, FROM_HISTORY, FROM_DEFAULT = "reference_drive", "earlier_drives", "default"


def judge_knock_retard(case: DriveCase) -> Finding | None:
    """Find the worst retard below the band's baseline that several readings in a row show under load."""
    limits, sampling = case.thresholds.knock_retard, case.thresholds.sampling
    timing = case.signals.of(TIMING_ADVANCE)
    bands = rpm_load_bands(case.signals, timing, limits.load_percent)
    baselines = {band: band_baseline(case, band) for band in set(bands) if band is not None}
    expected = np.array([np.nan if band is None else baselines[band][0] for band in bands])
    retard = expected - timing.values
    tiers = (
        (Severity.ALERT, limits.alert_degrees, retard >= limits.alert_degrees),
        (Severity.WARNING, limits.warning_degrees, retard >= limits.warning_degrees),
        (Severity.STOP, limits.stop_above_degrees, retard > limits.stop_above_degrees),
    )
    found = []
    for severity, threshold, is_retarded in tiers:
        for episode in find_episodes(timing.times, is_retarded, sampling.maximum_hole_seconds):
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
    return worst(found)


def band_baseline(case: DriveCase, band: str) -> tuple[float, str]:
    """Return the usual timing of a band and where it comes from: reference drive, earlier drives, or the default."""
    limits = case.thresholds.knock_retard
    reference = case.history.reference
    held = None if reference is None else reference.statistics.get((TIMING_ADVANCE, band))
    if held is not None and held.sample_count >= limits.minimum_band_samples:
        return held.mean, FROM_REFERENCE
    past = case.history.past(TIMING_ADVANCE, band, minimum_samples=limits.minimum_band_samples)
    if len(past) >= case.thresholds.history.minimum_drives:
        return sum(earlier.mean for earlier in past) / len(past), FROM_HISTORY
    return limits.default_baseline_degrees, FROM_DEFAULT

"""Ignition timing pulled below what it usually is at this engine speed and load: the engine computer hears knock."""

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
from obd2_analyzer.rules.shared_checks import GENTLE, IGNITION, OCTANE
from obd2_analyzer.rules.usual_timing import UsualTiming, usual_timings

FROM_DEFAULT = "default"


class KnockRetardLimits(Limits):
    """Ignition timing pulled below its baseline under load."""

    load_percent: float = Field(50.0, description="from this load on timing is judged")
    minimum_rpm: float = Field(1200.0, description="below, an engine that pulls away takes timing back by itself")
    samples_in_a_row: PositiveInt = Field(3, description="this many readings in a row make a pattern")
    sustained_samples: PositiveInt = Field(
        4, description="this many in a row say more than WATCH: where they come seldom, a few fall together by chance"
    )
    sustained_seconds: PositiveFloat = Field(
        5.0, description="from the first of them to the last; what is over sooner, as a moved pedal is, is a WATCH"
    )
    alert_degrees: PositiveFloat = Field(5.0, description="pulled back by this much is an ALERT")
    warning_degrees: PositiveFloat = Field(10.0, description="pulled back by so much is a WARNING")
    stop_above_degrees: PositiveFloat = Field(15.0, description="pulled back by more is a STOP")
    default_baseline_degrees: float = Field(
        15.0, description="the usual timing while no baseline is known; what it finds is a WATCH"
    )
    minimum_band_samples: PositiveInt = Field(
        3, description="a drive with fewer samples in a band says nothing about it"
    )
    spread_sigma: PositiveFloat = Field(
        3.0, description="timing must lie outside this many standard deviations of what is usual as well"
    )


def judge_knock_retard(case: DriveCase, limits: KnockRetardLimits) -> Verdict:
    """Find the worst retard below the band's baseline that every one of several readings in a row shows."""
    absent = unread(case, TIMING_ADVANCE, RPM, ENGINE_LOAD)
    if absent is not None:
        return absent
    timing = case.signals.of(TIMING_ADVANCE)
    bands = steady_bands(case.signals, timing, _loads(limits))
    if sum(band is not None for band in bands) < limits.samples_in_a_row:
        return NotJudged(f"ignition timing was hardly read at a steady {number(limits.load_percent)} % load or more")
    known = usual_timings(case, {band for band in bands if band is not None}, limits.minimum_band_samples)
    default = UsualTiming(limits.default_baseline_degrees, 0.0, FROM_DEFAULT)
    usual = [None if band is None else known.get(band, default) for band in bands]
    retard = np.array([np.nan if one is None else one.degrees for one in usual]) - timing.values
    is_unusual = retard > limits.spread_sigma * np.array([np.nan if one is None else one.sigma for one in usual])
    is_own = np.array([one is not None and one.basis != FROM_DEFAULT for one in usual])
    tiers = (
        (Severity.WATCH, limits.alert_degrees, is_unusual & (retard >= limits.alert_degrees)),
        (Severity.ALERT, limits.alert_degrees, is_unusual & is_own & (retard >= limits.alert_degrees)),
        (Severity.WARNING, limits.warning_degrees, is_unusual & is_own & (retard >= limits.warning_degrees)),
        (Severity.STOP, limits.stop_above_degrees, is_unusual & is_own & (retard > limits.stop_above_degrees)),
    )
    found = []
    for severity, threshold, is_retarded in tiers:
        for episode in find_episodes(timing.times, is_retarded, case.sampling.maximum_hole_seconds):
            least = episode.first + int(np.argmin(retard[episode.samples]))
            compared = usual[least]
            if episode.sample_count < limits.samples_in_a_row or compared is None:
                continue
            lasted_seconds = timing.times[episode.last] - timing.times[episode.first]
            is_brief = lasted_seconds < limits.sustained_seconds or episode.sample_count < limits.sustained_samples
            if is_brief and severity is not Severity.WATCH:
                continue
            is_early = not is_own[episode.samples].all()
            advice = _advice(is_early=is_early, is_brief=is_brief)
            finding = Finding(
                "knock_retard",
                TIMING_ADVANCE,
                severity,
                float(retard[least]),
                "°",
                threshold,
                _sentence(float(retard[least]), compared, episode.sample_count, advice),
                details={
                    "sample_count": episode.sample_count,
                    "observed_degrees": float(timing.values[least]),
                    "baseline_degrees": compared.degrees,
                    "baseline": FROM_DEFAULT if is_early else compared.basis,
                    "band": bands[least] or "",
                },
            )
            found.append(during(finding, episode))
    return single(worst(found))


def _advice(*, is_early: bool, is_brief: bool) -> str:
    if is_early:
        return "the car's own usual timing is not known yet, so this is early"
    if is_brief:
        return "this was too brief to tell knock from a moved pedal"
    return "check fuel quality, plugs and cooling before full load"


def _sentence(degrees: float, usual: UsualTiming, readings: int, advice: str) -> str:
    return (
        f"Ignition timing stayed at least {number(degrees)}° behind {number(usual.degrees)}° "
        f"({usual.basis.replace('_', ' ')}) in {readings} readings in a row under steady load; {advice}."
    )


def _loads(limits: KnockRetardLimits) -> LoadRange:
    return LoadRange(limits.load_percent, np.inf, limits.minimum_rpm)


def _scopes(signals: DriveSignals, limits: KnockRetardLimits) -> Scopes:
    timing = signals.of(TIMING_ADVANCE)
    return banded(TIMING_ADVANCE, steady_bands(signals, timing, _loads(limits)), timing)


KNOCK_RETARD = Rule(
    name="knock_retard",
    title="Ignition timing under load",
    about=(
        "Timing pulled back in several readings in a row, while a warm engine pulls steadily: ALERT from 5°, WARNING "
        "from 10°, STOP above 15° below what is usual at this engine speed and load, once it lasts 5 s and four "
        "readings, else WATCH. Usual is the reference drive, else earlier drives; until there are enough of them the "
        "rule says WATCH and calls it early."
    ),
    category=Category.MECHANICAL,
    focus=frozenset({"mechanical", "ignition", "timing"}),
    parameters=(TIMING_ADVANCE, RPM, ENGINE_LOAD),
    weight=3.0,
    limits=KnockRetardLimits(),
    judge=judge_knock_retard,
    checks=(
        OCTANE,
        GENTLE,
        IGNITION,
        Check(
            "knock_retard.intake",
            "Have intake air and coolant temperature looked at: an engine that runs hot knocks sooner.",
        ),
    ),
    scopes=_scopes,
)

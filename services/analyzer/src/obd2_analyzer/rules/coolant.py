"""Coolant that stays too hot once the engine has warmed up."""

import numpy as np

from obd2_analyzer.facts.episodes import Episode, find_episodes, hold_seconds
from obd2_analyzer.facts.findings import Finding, Severity, during, lasting, number, tier_down, worst
from obd2_analyzer.facts.parameters import COOLANT_TEMP
from obd2_analyzer.facts.readings import Booleans, Series
from obd2_analyzer.facts.signals import is_standstill
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.thresholds import CoolantLimits

ADVICE = {
    Severity.ALERT: "keep an eye on it",
    Severity.WARNING: "check coolant level, thermostat and fan before the next long drive",
    Severity.STOP: "do not drive on before the cooling system is checked",
}


def judge_coolant(case: DriveCase) -> Finding | None:
    """Find the worst sustained coolant temperature.

    The first minutes are not judged, after a cold start nothing before the engine was warm once. A shorter spell at
    standstill counts one tier less: the fan catches up with it.
    """
    limits, sampling = case.thresholds.coolant, case.thresholds.sampling
    coolant = case.signals.of(COOLANT_TEMP)
    if not len(coolant):
        return None
    judged = _judged(coolant, case.signals.started_at, limits, sampling.warm_coolant_celsius)
    moving = ~is_standstill(case.signals, coolant)
    moving_seconds = np.where(moving, hold_seconds(coolant.times, sampling.maximum_hole_seconds), 0.0)
    tiers = (
        (Severity.ALERT, limits.alert_celsius, coolant.values >= limits.alert_celsius),
        (Severity.WARNING, limits.warning_celsius, coolant.values >= limits.warning_celsius),
        (Severity.STOP, limits.stop_above_celsius, coolant.values > limits.stop_above_celsius),
    )
    found = []
    for tier, threshold, is_hot in tiers:
        for episode in find_episodes(coolant.times, judged & is_hot, sampling.maximum_hole_seconds):
            if episode.duration_seconds < limits.sustained_seconds:
                continue
            moved_seconds = round(float(moving_seconds[episode.samples].sum()), 3)
            stood = moved_seconds < limits.sustained_seconds
            is_brief_stand = stood and episode.duration_seconds < limits.standstill_downgrade_seconds
            severity = tier_down(tier) if is_brief_stand else tier
            if severity is not None:
                found.append(_finding(severity, threshold, episode, coolant, stood=stood))
    return worst(found)


def _judged(coolant: Series, started_at: float, limits: CoolantLimits, warm_celsius: float) -> Booleans:
    judged = coolant.times >= started_at + limits.skip_first_seconds
    if coolant.values[0] < limits.cold_start_below_celsius:
        warm = np.flatnonzero(coolant.values >= warm_celsius)
        judged &= np.arange(len(coolant)) >= (warm[0] if len(warm) else len(coolant))
    return judged


def _finding(severity: Severity, threshold: float, episode: Episode, coolant: Series, *, stood: bool) -> Finding:
    peak = float(coolant.values[episode.samples].max())
    where = "at standstill" if stood else "while driving"
    sentence = (
        f"COOLANT_TEMP stayed at or above {number(threshold)} °C for {lasting(episode.duration_seconds)} {where} "
        f"and reached {number(peak)} °C; {ADVICE[severity]}."
    )
    finding = Finding(
        "coolant",
        COOLANT_TEMP,
        severity,
        peak,
        "°C",
        threshold,
        sentence,
        details={"sample_count": episode.sample_count, "where": where},
    )
    return during(finding, episode)

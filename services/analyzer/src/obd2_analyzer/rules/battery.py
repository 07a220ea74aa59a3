"""System voltage too low although the alternator should be charging."""

from obd2_analyzer.facts.episodes import find_episodes, longest_sustained
from obd2_analyzer.facts.findings import Finding, Severity, during, lasting, number
from obd2_analyzer.facts.parameters import BATTERY_V, RPM
from obd2_analyzer.facts.signals import value_nearest
from obd2_analyzer.rules.drive import DriveCase


def judge_battery(case: DriveCase) -> Finding | None:
    """Find the worst sustained undervoltage with the engine running; a dip while cranking is none."""
    limits, sampling = case.thresholds.battery, case.thresholds.sampling
    volts = case.signals.of(BATTERY_V)
    rpm = value_nearest(case.signals.of(RPM), volts, sampling.neighbour_seconds)
    is_running = rpm >= limits.engine_running_rpm
    tiers = ((Severity.STOP, limits.stop_below_volts), (Severity.ALERT, limits.alert_below_volts))
    for severity, threshold in tiers:
        is_low = is_running & (volts.values < threshold)
        episode = longest_sustained(
            find_episodes(volts.times, is_low, sampling.maximum_hole_seconds), limits.sustained_seconds
        )
        if episode is None:
            continue
        lowest = float(volts.values[episode.samples].min())
        sentence = (
            f"BATTERY_V stayed below {number(threshold)} V for {lasting(episode.duration_seconds)} with the engine "
            f"running and fell to {number(lowest, 2)} V; check belt, alternator and battery connections."
        )
        finding = Finding(
            "battery",
            BATTERY_V,
            severity,
            lowest,
            "V",
            threshold,
            sentence,
            details={"sample_count": episode.sample_count},
        )
        return during(finding, episode)
    return None

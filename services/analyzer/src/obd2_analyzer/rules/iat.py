"""Intake air far hotter than the air outside."""

from obd2_analyzer.facts.episodes import find_episodes, longest_sustained
from obd2_analyzer.facts.findings import Finding, Severity, during, lasting, number
from obd2_analyzer.facts.parameters import COOLANT_TEMP, INTAKE_TEMP
from obd2_analyzer.rules.drive import DriveCase


def judge_iat(case: DriveCase) -> Finding | None:
    """Find intake air sustained above ambient; without a known ambient temperature there is no judgement."""
    limits, sampling = case.thresholds.iat, case.thresholds.sampling
    intake, known = case.signals.of(INTAKE_TEMP), ambient(case)
    if known is None:
        return None
    outside, source = known
    is_hot = intake.values - outside > limits.above_ambient_celsius
    episode = longest_sustained(
        find_episodes(intake.times, is_hot, sampling.maximum_hole_seconds), limits.sustained_seconds
    )
    if episode is None:
        return None
    excess = float(intake.values[episode.samples].max()) - outside
    sentence = (
        f"INTAKE_TEMP stayed more than {number(limits.above_ambient_celsius)} °C above the {number(outside)} °C "
        f"outside for {lasting(episode.duration_seconds)}, by up to {number(excess)} °C; "
        "check intercooler and air ducts."
    )
    finding = Finding(
        "iat",
        INTAKE_TEMP,
        Severity.ALERT,
        excess,
        "°C",
        limits.above_ambient_celsius,
        sentence,
        details={"sample_count": episode.sample_count, "ambient_celsius": outside, "ambient_source": source},
    )
    return during(finding, episode)


def ambient(case: DriveCase) -> tuple[float, str] | None:
    """Return the outside temperature and where it comes from.

    The Pi's note counts unless it is heat soak. Without it, intake air at a cold start is as warm as the air outside.
    """
    limits = case.thresholds.iat
    noted = case.ambient_celsius
    if noted is not None and noted <= limits.ambient_maximum_celsius:
        return noted, "drive_summary"
    coolant, intake = case.signals.of(COOLANT_TEMP), case.signals.of(INTAKE_TEMP)
    if not len(coolant) or not len(intake):
        return None
    is_cold_start = coolant.values[0] < case.thresholds.coolant.cold_start_below_celsius
    first = float(intake.values[0])
    return (first, "cold_start") if is_cold_start and first <= limits.ambient_maximum_celsius else None

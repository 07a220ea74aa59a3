"""A short-term fuel trim that works on one side while the long-term trim does not follow."""

from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.facts.parameters import LONG_FUEL_TRIM_1, SHORT_FUEL_TRIM_1
from obd2_analyzer.facts.signals import SCOPE_CLOSED_LOOP
from obd2_analyzer.rules.drive import DriveCase


def judge_stft(case: DriveCase) -> Finding | None:
    """Find a mean short-term trim off its centre in closed loop, warm, with a stable long-term trim."""
    limits = case.thresholds.stft
    short = case.statistics.find(SHORT_FUEL_TRIM_1, SCOPE_CLOSED_LOOP)
    long = case.statistics.find(LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP)
    if short is None or long is None or min(short.sample_count, long.sample_count) < limits.minimum_samples:
        return None
    if abs(short.mean) <= limits.centred_percent or long.sigma > limits.ltft_stable_sigma_percent:
        return None
    direction = "lean" if short.mean > 0 else "rich"
    sentence = (
        f"SHORT_FUEL_TRIM_1 averaged {number(short.mean)} % in closed loop with a warm engine, beyond "
        f"{number(limits.centred_percent)} % either way ({direction}), while LONG_FUEL_TRIM_1 stayed at "
        f"{number(long.mean)} %; the mixture is being corrected all the time."
    )
    return Finding(
        "stft",
        SHORT_FUEL_TRIM_1,
        Severity.WATCH,
        short.mean,
        "%",
        limits.centred_percent if short.mean > 0 else -limits.centred_percent,
        sentence,
        details={"sample_count": short.sample_count},
    )

"""A short-term fuel trim that works on one side while the long-term trim does not follow."""

from pydantic import Field, PositiveFloat, PositiveInt

from obd2_analyzer.facts.findings import Finding, Severity, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, FUEL_SYSTEM_STATUS, LONG_FUEL_TRIM_1, SHORT_FUEL_TRIM_1
from obd2_analyzer.facts.signals import SCOPE_CLOSED_LOOP
from obd2_analyzer.facts.statistics import is_enough
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import counted_when, too_few
from obd2_analyzer.rules.rule import Category, Rule, Verdict
from obd2_analyzer.rules.shared_checks import AIR_LEAKS, INJECTORS, OXYGEN_SENSOR


class StftLimits(Limits):
    """Short-term trim away from its centre."""

    centred_percent: PositiveFloat = Field(5.0, description="a mean further from zero, either way, is off its centre")
    ltft_stable_sigma_percent: PositiveFloat = Field(1.0, description="a long-term trim that varies more does follow")
    minimum_samples: PositiveInt = Field(100, description="readings of either trim a drive needs to be judged")


def judge_stft(case: DriveCase, limits: StftLimits) -> Verdict:
    """Find a mean short-term trim off its centre in closed loop, warm, with a stable long-term trim."""
    short = case.statistics.find(SHORT_FUEL_TRIM_1, SCOPE_CLOSED_LOOP)
    long = case.statistics.find(LONG_FUEL_TRIM_1, SCOPE_CLOSED_LOOP)
    if short is None or not is_enough(short, limits.minimum_samples):
        return too_few(case, SHORT_FUEL_TRIM_1, short, limits.minimum_samples)
    if long is None or not is_enough(long, limits.minimum_samples):
        return too_few(case, LONG_FUEL_TRIM_1, long, limits.minimum_samples)
    if abs(short.mean) <= limits.centred_percent or long.sigma > limits.ltft_stable_sigma_percent:
        return ()
    direction = "lean" if short.mean > 0 else "rich"
    sentence = (
        f"Short-term fuel trim averaged {number(short.mean)} % {counted_when(case)}, beyond "
        f"{number(limits.centred_percent)} % either way ({direction}), while the long-term trim stayed at "
        f"{number(long.mean)} %; the mixture is being corrected all the time."
    )
    finding = Finding(
        "stft",
        SHORT_FUEL_TRIM_1,
        Severity.WATCH,
        short.mean,
        "%",
        limits.centred_percent if short.mean > 0 else -limits.centred_percent,
        sentence,
        details={"sample_count": short.sample_count},
    )
    return (finding,)


STFT = Rule(
    name="stft",
    title="Short-term fuel trim",
    about=(
        "What the engine computer adds or takes away at the moment, as the mean of a drive in closed loop with a warm "
        "engine: WATCH beyond 5 % either way while the long-term trim stays where it is."
    ),
    category=Category.FUELING,
    focus=frozenset({"fueling", "fuel"}),
    parameters=(SHORT_FUEL_TRIM_1, LONG_FUEL_TRIM_1, FUEL_SYSTEM_STATUS, COOLANT_TEMP),
    weight=0.8,
    is_weighty=True,
    limits=StftLimits(),
    judge=judge_stft,
    checks=(
        AIR_LEAKS,
        INJECTORS,
        OXYGEN_SENSOR,
    ),
)

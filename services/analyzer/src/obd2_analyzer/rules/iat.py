"""Intake air far hotter than the air outside."""

from pydantic import Field, NonNegativeFloat, PositiveFloat

from obd2_analyzer.facts.episodes import find_episodes, longest_sustained
from obd2_analyzer.facts.findings import Finding, Severity, during, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, INTAKE_TEMP
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import too_brief, unread
from obd2_analyzer.rules.outside import outside_air
from obd2_analyzer.rules.rule import Category, NotJudged, Rule, Verdict
from obd2_analyzer.rules.shared_checks import AIR_LEAKS
from obd2_common.durations import duration_text


class IatLimits(Limits):
    """Intake air above ambient."""

    above_ambient_celsius: PositiveFloat = Field(40.0, description="this much hotter than outside is an ALERT")
    sustained_seconds: NonNegativeFloat = Field(300.0, description="for at least this long")
    ambient_maximum_celsius: float = Field(
        40.0, description="a hotter outside temperature is heat soak and not believed"
    )


def judge_iat(case: DriveCase, limits: IatLimits) -> Verdict:
    """Find intake air sustained above ambient; without a known ambient temperature there is no judgement."""
    absent = unread(case, INTAKE_TEMP)
    if absent is not None:
        return absent
    known = outside_air(case, limits.ambient_maximum_celsius)
    if known is None:
        return NotJudged("the temperature outside is not known")
    intake, outside = case.signals.of(INTAKE_TEMP), known.celsius
    is_hot = intake.values - outside > limits.above_ambient_celsius
    episode = longest_sustained(
        find_episodes(intake.times, is_hot, case.sampling.maximum_hole_seconds), limits.sustained_seconds
    )
    if episode is None:
        return too_brief(case, intake, limits.sustained_seconds) or ()
    excess = float(intake.values[episode.samples].max()) - outside
    sentence = (
        f"Intake air temperature stayed more than {number(limits.above_ambient_celsius)} °C above the "
        f"{number(outside)} °C outside for {duration_text(episode.duration_seconds)}, by up to {number(excess)} °C."
    )
    finding = Finding(
        "iat",
        INTAKE_TEMP,
        Severity.ALERT,
        excess,
        "°C",
        limits.above_ambient_celsius,
        sentence,
        details={"sample_count": episode.sample_count, "ambient_celsius": outside, "ambient_source": known.source},
    )
    return (during(finding, episode),)


IAT = Rule(
    name="iat",
    title="Intake air temperature",
    about=(
        "Intake air that stays more than 40 °C hotter than the air outside for five minutes: ALERT. The temperature "
        "outside is what the Pi noted at the start, else the intake air at a cold start; without either nothing is "
        "judged."
    ),
    category=Category.BOOST,
    focus=frozenset({"cooling", "temperature", "intake", "boost"}),
    parameters=(INTAKE_TEMP, COOLANT_TEMP),
    weight=2.0,
    limits=IatLimits(),
    judge=judge_iat,
    checks=(
        AIR_LEAKS,
        Check(
            "iat.intercooler",
            "With the engine cold, look whether leaves or dirt block the intercooler and the openings before it.",
        ),
        Check(
            "iat.sensor", "Have the intake air temperature sensor compared with a thermometer, with the engine cold."
        ),
    ),
)

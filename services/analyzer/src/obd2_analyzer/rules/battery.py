"""System voltage too low although the alternator should be charging."""

from pydantic import Field, NonNegativeFloat, PositiveFloat

from obd2_analyzer.facts.episodes import find_episodes, longest_sustained
from obd2_analyzer.facts.findings import Finding, Severity, during, lasting, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import BATTERY_V, RPM
from obd2_analyzer.facts.signals import value_nearest
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import too_brief, unread
from obd2_analyzer.rules.rule import Category, Rule, Verdict


class BatteryLimits(Limits):
    """System voltage with the engine running."""

    alert_below_volts: PositiveFloat = Field(12.0, description="below this an ALERT")
    stop_below_volts: PositiveFloat = Field(11.5, description="below this a STOP")
    sustained_seconds: NonNegativeFloat = Field(30.0, description="for at least so long")
    engine_running_rpm: PositiveFloat = Field(500.0, description="from here on the engine runs")


def judge_battery(case: DriveCase, limits: BatteryLimits) -> Verdict:
    """Find the worst sustained undervoltage with the engine running; a dip while cranking is none."""
    absent = unread(case, BATTERY_V, RPM)
    if absent is not None:
        return absent
    sampling = case.sampling
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
        return (during(finding, episode),)
    return too_brief(case, volts, limits.sustained_seconds, counted=is_running, when="with the engine running") or ()


BATTERY = Rule(
    name="battery",
    title="Charging",
    about=(
        "Voltage that stays too low while the engine runs: ALERT below 12 V, STOP below 11.5 V, since the engine dies "
        "when the battery is empty. A dip while the starter turns is normal."
    ),
    category=Category.ELECTRICAL,
    focus=frozenset({"electrical", "battery", "charging"}),
    parameters=(BATTERY_V, RPM),
    weight=2.0,
    is_weighty=True,
    limits=BatteryLimits(),
    judge=judge_battery,
    checks=(
        Check(
            "battery.belt",
            "With the engine off and the key out, look whether the alternator belt is there, tight and dry.",
        ),
        Check(
            "battery.terminals",
            "With the engine off, check that both battery terminals and the earth strap are clean and tight.",
        ),
        Check(
            "battery.charging_test",
            "Have the charging voltage and the battery tested under load at a workshop or a parts shop.",
        ),
        Check(
            "battery.stay",
            "Do not set out again before it is mended: with an empty battery the engine stops.",
        ),
    ),
)

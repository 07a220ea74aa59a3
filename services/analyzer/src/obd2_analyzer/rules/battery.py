"""System voltage too low although the alternator should be charging, or too high because it does not stop."""

from dataclasses import dataclass

from pydantic import Field, NonNegativeFloat, PositiveFloat

from obd2_analyzer.facts.episodes import Episode, find_episodes, longest_sustained
from obd2_analyzer.facts.findings import Finding, Severity, during, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import BATTERY_V, CONTROL_MODULE_VOLTAGE, RPM
from obd2_analyzer.facts.readings import Series
from obd2_analyzer.facts.signals import value_nearest
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import too_brief, unread
from obd2_analyzer.rules.rule import Category, Rule, Verdict
from obd2_analyzer.rules.shared_checks import BATTERY_TEST, TERMINALS
from obd2_common.durations import duration_text
from obd2_common.plain_names import plain_name


class BatteryLimits(Limits):
    """System voltage with the engine running."""

    alert_below_volts: PositiveFloat = Field(12.0, description="below this an ALERT")
    stop_below_volts: PositiveFloat = Field(11.5, description="below this a STOP")
    sustained_seconds: NonNegativeFloat = Field(30.0, description="for at least this long")
    overcharge_alert_above_volts: PositiveFloat = Field(
        15.0, description="above this the battery is overcharged: ALERT"
    )
    overcharge_warning_above_volts: PositiveFloat = Field(16.0, description="above this a WARNING")
    overcharge_sustained_seconds: NonNegativeFloat = Field(120.0, description="for at least this long")
    engine_running_rpm: PositiveFloat = Field(500.0, description="from here on the engine runs")


@dataclass(frozen=True, slots=True)
class _Tier:
    """One limit: how severe it is to lie beyond it for so long."""

    severity: Severity
    volts: float
    sustained_seconds: float
    is_high: bool


def judge_battery(case: DriveCase, limits: BatteryLimits) -> Verdict:
    """Find the worst sustained under- or overvoltage with the engine running; a dip while cranking is none."""
    volts = case.signals.of(BATTERY_V)
    if not len(volts):
        volts = case.signals.of(CONTROL_MODULE_VOLTAGE)
    absent = unread(case, *(() if len(volts) else (BATTERY_V,)), RPM)
    if absent is not None:
        return absent
    rpm = value_nearest(case.signals.of(RPM), volts, case.sampling.neighbour_seconds)
    is_running = rpm >= limits.engine_running_rpm
    low, high = limits.sustained_seconds, limits.overcharge_sustained_seconds
    tiers = (
        _Tier(Severity.STOP, limits.stop_below_volts, low, is_high=False),
        _Tier(Severity.WARNING, limits.overcharge_warning_above_volts, high, is_high=True),
        _Tier(Severity.ALERT, limits.alert_below_volts, low, is_high=False),
        _Tier(Severity.ALERT, limits.overcharge_alert_above_volts, high, is_high=True),
    )
    for tier in tiers:
        is_beyond = is_running & (volts.values > tier.volts if tier.is_high else volts.values < tier.volts)
        episodes = find_episodes(volts.times, is_beyond, case.sampling.maximum_hole_seconds)
        episode = longest_sustained(episodes, tier.sustained_seconds)
        if episode is not None:
            return (_finding(tier, episode, volts),)
    return too_brief(case, volts, limits.sustained_seconds, counted=is_running, when="with the engine running") or ()


def _finding(tier: _Tier, episode: Episode, series: Series) -> Finding:
    volts = series.values[episode.samples]
    extreme = float(volts.max() if tier.is_high else volts.min())
    stayed = (
        f"{'above' if tier.is_high else 'below'} {number(tier.volts)} V for {duration_text(episode.duration_seconds)}"
    )
    end = (
        f"rose to {number(extreme, 2)} V; too much voltage boils the battery"
        if tier.is_high
        else f"fell to {number(extreme, 2)} V"
    )
    finding = Finding(
        "battery",
        series.parameter,
        tier.severity,
        extreme,
        "V",
        tier.volts,
        f"{plain_name(series.parameter).capitalize()} stayed {stayed} with the engine running and {end}.",
        details={"sample_count": episode.sample_count},
    )
    return during(finding, episode)


BATTERY = Rule(
    name="battery",
    title="Charging",
    about=(
        "Voltage that stays too low while the engine runs: ALERT below 12 V, STOP below 11.5 V, since the engine dies "
        "when the battery is empty. Above 15 V for two minutes: ALERT, above 16 V WARNING. A dip while the starter "
        "turns is normal. Where the Pi reads no system voltage, the control module's is judged."
    ),
    category=Category.ELECTRICAL,
    focus=frozenset({"electrical", "battery", "charging"}),
    parameters=(BATTERY_V, CONTROL_MODULE_VOLTAGE, RPM),
    weight=2.0,
    is_weighty=True,
    limits=BatteryLimits(),
    judge=judge_battery,
    checks=(
        Check(
            "battery.stay",
            "Do not set out again before it is mended: with an empty battery the engine stops.",
            Severity.STOP,
        ),
        Check(
            "battery.belt",
            "With the engine off and the key out, look whether the alternator belt is there, tight and dry.",
        ),
        TERMINALS,
        BATTERY_TEST,
    ),
)

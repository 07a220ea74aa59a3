"""Coolant that stays too hot once the engine has warmed up."""

import numpy as np
from pydantic import Field, NonNegativeFloat

from obd2_analyzer.facts.episodes import Episode, find_episodes, hold_seconds
from obd2_analyzer.facts.findings import Finding, Severity, during, number, tier_down
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, RPM, SPEED
from obd2_analyzer.facts.readings import Booleans, Series
from obd2_analyzer.facts.signals import is_standstill, value_nearest
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import too_brief, unread
from obd2_analyzer.rules.rule import Category, Rule, Verdict, single
from obd2_analyzer.rules.shared_checks import COOLANT_LEVEL
from obd2_common.durations import duration_text

WHILE_DRIVING, AT_STANDSTILL, SPEED_UNKNOWN = "while driving", "at standstill", "(speed not known)"

ADVICE = {
    Severity.WATCH: "some cars run this hot by design, others should not",
    Severity.ALERT: "keep an eye on it",
    Severity.WARNING: "check coolant level, thermostat and fan before the next long drive",
    Severity.STOP: "do not drive on before the cooling system is checked",
}


class CoolantLimits(Limits):
    """Coolant temperature, sustained, warmed up."""

    alert_celsius: float = Field(96.0, description="from here on an ALERT")
    warning_celsius: float = Field(100.0, description="from here on a WARNING")
    stop_above_celsius: float = Field(104.0, description="above this a STOP")
    sustained_seconds: NonNegativeFloat = Field(60.0, description="for at least this long")
    skip_first_seconds: NonNegativeFloat = Field(300.0, description="the start of a drive is not judged")
    cold_start_below_celsius: float = Field(
        30.0, description="a drive that begins colder is judged once the engine was warm"
    )
    standstill_downgrade_seconds: NonNegativeFloat = Field(
        600.0, description="a shorter spell at standstill counts one step less"
    )


def judge_coolant(case: DriveCase, limits: CoolantLimits) -> Verdict:
    """Find the worst sustained coolant temperature.

    The first minutes are not judged, nor anything before the engine was warm once after a cold start, nor an engine
    that is off: its coolant heats up when it no longer flows. A shorter spell at standstill counts one tier less: the
    fan catches up with it. Where no speed is read only a STOP is sure; what is milder may be a car at standstill.
    """
    absent = unread(case, COOLANT_TEMP)
    if absent is not None:
        return absent
    coolant = case.signals.of(COOLANT_TEMP)
    judged = _judged(case, coolant, limits)
    brief = too_brief(case, coolant, limits.sustained_seconds, counted=judged, when="after the engine had warmed up")
    if brief is not None:
        return brief
    tiers = (
        (Severity.ALERT, limits.alert_celsius, coolant.values >= limits.alert_celsius),
        (Severity.WARNING, limits.warning_celsius, coolant.values >= limits.warning_celsius),
        (Severity.STOP, limits.stop_above_celsius, coolant.values > limits.stop_above_celsius),
    )
    hole, found = case.sampling.maximum_hole_seconds, []
    moving_seconds = np.where(is_standstill(case.signals, coolant), 0.0, hold_seconds(coolant.times, hole))
    for tier, threshold, is_hot in tiers:
        for episode in find_episodes(coolant.times, judged & is_hot, hole):
            if episode.duration_seconds < limits.sustained_seconds:
                continue
            moved_seconds = round(float(moving_seconds[episode.samples].sum()), 3)
            where = _where(case, moved_seconds, limits)
            severity = _severity(tier, where, episode, limits)
            if severity is not None:
                found.append(_finding(severity, threshold, episode, coolant, where))
    return single(max(found, key=lambda one: (one.severity, one.threshold, one.duration_seconds or 0.0), default=None))


def _judged(case: DriveCase, coolant: Series, limits: CoolantLimits) -> Booleans:
    reach = case.sampling.neighbour_seconds
    judged = coolant.times >= case.signals.started_at + limits.skip_first_seconds
    is_off = value_nearest(case.signals.of(RPM), coolant, reach) == 0
    judged &= ~(is_off & ~(value_nearest(case.signals.of(SPEED), coolant, reach) > 0))
    if coolant.values[0] < limits.cold_start_below_celsius:
        warm = np.flatnonzero(coolant.values >= case.sampling.warm_coolant_celsius)
        judged &= np.arange(len(coolant)) >= (warm[0] if len(warm) else len(coolant))
    return judged


def _where(case: DriveCase, moved_seconds: float, limits: CoolantLimits) -> str:
    if not len(case.signals.of(SPEED)):
        return SPEED_UNKNOWN
    return AT_STANDSTILL if moved_seconds < limits.sustained_seconds else WHILE_DRIVING


def _severity(tier: Severity, where: str, episode: Episode, limits: CoolantLimits) -> Severity | None:
    if where == SPEED_UNKNOWN and tier < Severity.STOP:
        return Severity.WATCH
    is_brief_stand = where == AT_STANDSTILL and episode.duration_seconds < limits.standstill_downgrade_seconds
    return tier_down(tier) if is_brief_stand else tier


def _finding(severity: Severity, threshold: float, episode: Episode, coolant: Series, where: str) -> Finding:
    peak = float(coolant.values[episode.samples].max())
    sentence = (
        f"Coolant temperature stayed at or above {number(threshold)} °C for {duration_text(episode.duration_seconds)} "
        f"{where} and reached {number(peak)} °C; {ADVICE[severity]}."
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


COOLANT = Rule(
    name="coolant",
    title="Coolant temperature",
    about=(
        "Coolant that stays hot for a minute once the engine is warm: ALERT from 96 °C, WARNING from 100 °C, STOP "
        "above 104 °C. A spell of less than ten minutes at standstill counts one step less. Without the vehicle speed "
        "only a STOP is told as such, the rest as WATCH. An engine that is off is not judged."
    ),
    category=Category.COOLING,
    focus=frozenset({"cooling", "coolant", "temperature"}),
    parameters=(COOLANT_TEMP, RPM, SPEED),
    weight=2.5,
    is_weighty=True,
    limits=CoolantLimits(),
    judge=judge_coolant,
    checks=(
        Check(
            "coolant.stop",
            "When the gauge nears red or the lamp comes on, stop where it is safe, switch the engine off and let it "
            "cool for at least an hour; keep the cooling system closed until then.",
        ),
        COOLANT_LEVEL,
        Check("coolant.fan", "Have the radiator fan, its fuse and its switch tested."),
        Check(
            "coolant.thermostat",
            "Have the thermostat and the water pump tested, and the cooling system pressure tested.",
        ),
    ),
)

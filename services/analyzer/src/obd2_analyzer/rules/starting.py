"""A starter that turns an engine which does not start."""

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from obd2_analyzer.facts.episodes import Episode, find_episodes
from obd2_analyzer.facts.findings import Finding, Severity, during, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import BATTERY_V, RPM, SPEED
from obd2_analyzer.facts.readings import Series
from obd2_analyzer.facts.signals import value_nearest
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import unread
from obd2_analyzer.rules.rule import Category, Rule, Verdict
from obd2_analyzer.rules.shared_checks import BATTERY_TEST, TERMINALS


class StartingLimits(Limits):
    """Attempts to start the engine."""

    cranking_above_rpm: PositiveFloat = Field(60.0, description="below this the engine counts as standing still")
    cranking_below_rpm: PositiveFloat = Field(400.0, description="below this only the starter turns the engine")
    attempts: PositiveInt = Field(3, description="this many failed attempts are an ALERT")
    within_seconds: PositiveFloat = Field(600.0, description="if they are no further apart than this")


def judge_starting(case: DriveCase, limits: StartingLimits) -> Verdict:
    """Count the times the engine was turned and came to rest again without running in between."""
    absent = unread(case, RPM)
    if absent is not None:
        return absent
    attempts = _failed(case, case.signals.of(RPM), limits)
    groups = (attempts[first : first + limits.attempts] for first in range(max(0, len(attempts) - limits.attempts + 1)))
    near = [group for group in groups if group[-1].ended_at - group[0].started_at <= limits.within_seconds]
    if not near:
        return ()
    spell = [attempt for attempt in attempts if near[0][0].started_at <= attempt.started_at <= near[-1][-1].started_at]
    volts = _lowest_volts(case.signals.of(BATTERY_V), spell)
    seen = "the system voltage was not read meanwhile" if volts is None else f"with {number(volts, 2)} V at the lowest"
    sentence = f"The engine was cranked {len(spell)} times without starting, {seen}."
    whole = Episode(
        spell[0].first,
        spell[-1].last,
        spell[0].started_at,
        spell[-1].ended_at,
        spell[-1].ended_at - spell[0].started_at,
    )
    details: dict[str, float | int | str] = {"attempts": len(spell)}
    if volts is not None:
        details["lowest_volts"] = volts
    finding = Finding(
        "starting", RPM, Severity.ALERT, float(len(spell)), "count", float(limits.attempts), sentence, details=details
    )
    return (during(finding, whole),)


def _failed(case: DriveCase, rpm: Series, limits: StartingLimits) -> list[Episode]:
    """Return the stretches of cranking that began and ended with the engine at rest, in a car that stood."""
    is_moving = value_nearest(case.signals.of(SPEED), rpm, case.sampling.neighbour_seconds) > 0
    is_cranking = (rpm.values > limits.cranking_above_rpm) & (rpm.values < limits.cranking_below_rpm) & ~is_moving
    stretches = find_episodes(rpm.times, is_cranking, case.sampling.maximum_hole_seconds)
    return [part for part in stretches if _is_rest(rpm, part.first - 1) and _is_rest(rpm, part.last + 1)]


def _is_rest(rpm: Series, place: int) -> bool:
    """Tell whether the engine rested at a reading; before the first and behind the last nobody saw it run."""
    return not 0 <= place < len(rpm) or bool(rpm.values[place] == 0)


def _lowest_volts(volts: Series, spell: list[Episode]) -> float | None:
    during_attempts = np.zeros(len(volts), dtype=np.bool_)
    for attempt in spell:
        during_attempts |= (volts.times >= attempt.started_at - 1) & (volts.times <= attempt.ended_at + 1)
    return float(volts.values[during_attempts].min()) if during_attempts.any() else None


STARTING = Rule(
    name="starting",
    title="Starting",
    about="Three failed attempts to start the engine within ten minutes: ALERT, with the lowest voltage meanwhile.",
    category=Category.ELECTRICAL,
    focus=frozenset({"electrical", "battery", "starting"}),
    parameters=(RPM, SPEED, BATTERY_V),
    weight=1.0,
    limits=StartingLimits(),
    judge=judge_starting,
    checks=(
        BATTERY_TEST,
        TERMINALS,
        Check("starting.pause", "Let the starter cool for a minute between attempts, and stop after a few of them."),
        Check(
            "starting.fuel",
            "Have fuel pump, crankshaft sensor and ignition tested if the starter turns briskly, the starter if not.",
        ),
    ),
)

"""A narrow-band oxygen sensor that has stopped swinging."""

from collections import deque

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from obd2_analyzer.facts.episodes import Episode, find_episodes
from obd2_analyzer.facts.findings import Finding, Severity, during, number
from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import COOLANT_TEMP, FUEL_SYSTEM_STATUS, O2_B1S1, RPM
from obd2_analyzer.facts.readings import Floats
from obd2_analyzer.facts.signals import is_closed_loop, is_warm, value_nearest
from obd2_analyzer.rules.drive import DriveCase
from obd2_analyzer.rules.missing import counted_when, never_closed_loop, too_brief
from obd2_analyzer.rules.rule import Category, Rule, Verdict
from obd2_analyzer.rules.shared_checks import CONNECTOR, EXHAUST, OXYGEN_SENSOR
from obd2_common.durations import duration_text


class O2Limits(Limits):
    """The narrow-band sensor's swing in closed loop."""

    minimum_range_volts: PositiveFloat = Field(0.2, description="a sensor that moves less is stuck")
    minimum_samples: PositiveInt = Field(20, description="this many readings in a row must show it, to rule out chance")
    sustained_seconds: NonNegativeFloat = Field(60.0, description="for at least this long")


def judge_o2(case: DriveCase, limits: O2Limits) -> Verdict:
    """Find the longest stretch of warm closed loop in which the sensor moved less than it must."""
    sensor = case.signals.of(O2_B1S1)
    is_off = value_nearest(case.signals.of(RPM), sensor, case.sampling.neighbour_seconds) == 0
    counted = is_closed_loop(case.signals, sensor) & is_warm(case.signals, sensor) & ~is_off
    if not counted.any():
        return never_closed_loop(case, O2_B1S1)
    brief = too_brief(case, sensor, limits.sustained_seconds, counted=counted, when=counted_when(case))
    if brief is not None:
        return brief
    flat: list[Episode] = []
    for stretch in find_episodes(sensor.times, counted, case.sampling.maximum_hole_seconds):
        flat.extend(_flat_parts(sensor.times, sensor.values, stretch, limits.minimum_range_volts))
    flat = [part for part in flat if part.sample_count >= limits.minimum_samples]
    longest = max(flat, key=lambda part: (part.duration_seconds, -part.first), default=None)
    if longest is None or longest.duration_seconds < limits.sustained_seconds:
        return ()
    volts = sensor.values[longest.samples]
    swing = float(volts.max() - volts.min())
    sentence = (
        f"The front oxygen sensor moved by only {number(swing, 2)} V (less than "
        f"{number(limits.minimum_range_volts, 2)} V) for {duration_text(longest.duration_seconds)} "
        f"{counted_when(case)}; the sensor or the mixture is stuck."
    )
    finding = Finding(
        "o2",
        O2_B1S1,
        Severity.WATCH,
        swing,
        "V",
        limits.minimum_range_volts,
        sentence,
        details={"sample_count": longest.sample_count, "mean_volts": float(volts.mean())},
    )
    return (during(finding, longest),)


def _flat_parts(times: Floats, values: Floats, stretch: Episode, minimum_range: float) -> list[Episode]:
    """Return the longest flat part that ends at each sample of a stretch, kept where it cannot grow any further."""
    highest: deque[int] = deque()
    lowest: deque[int] = deque()
    first, parts = stretch.first, []
    readings = values.tolist()
    for last in range(stretch.first, stretch.last + 1):
        while highest and readings[highest[-1]] <= readings[last]:
            highest.pop()
        highest.append(last)
        while lowest and readings[lowest[-1]] >= readings[last]:
            lowest.pop()
        lowest.append(last)
        if readings[highest[0]] - readings[lowest[0]] >= minimum_range and last > first:
            parts.append((first, last - 1))
        while readings[highest[0]] - readings[lowest[0]] >= minimum_range:
            first += 1
            if highest[0] < first:
                highest.popleft()
            if lowest[0] < first:
                lowest.popleft()
    parts.append((first, stretch.last))
    return [
        Episode(start, end, float(times[start]), float(times[end]), float(times[end] - times[start]))
        for start, end in parts
    ]


O2 = Rule(
    name="o2",
    title="Front oxygen sensor",
    about=(
        "A narrow-band oxygen sensor before the catalyst that moves by less than 0.2 V for a minute, in closed loop "
        "with a warm engine: WATCH. It is the sensor, or a mixture it cannot correct."
    ),
    category=Category.FUELING,
    focus=frozenset({"fueling", "fuel", "diagnostic", "sensors"}),
    parameters=(O2_B1S1, RPM, FUEL_SYSTEM_STATUS, COOLANT_TEMP),
    weight=0.8,
    limits=O2Limits(),
    judge=judge_o2,
    checks=(
        CONNECTOR,
        EXHAUST,
        OXYGEN_SENSOR,
    ),
)

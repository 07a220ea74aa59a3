"""A narrow-band oxygen sensor that has stopped swinging."""

from collections import deque

from obd2_analyzer.facts.episodes import Episode, find_episodes
from obd2_analyzer.facts.findings import Finding, Severity, during, lasting, number
from obd2_analyzer.facts.parameters import O2_B1S1
from obd2_analyzer.facts.readings import Floats
from obd2_analyzer.facts.signals import is_closed_loop, is_warm
from obd2_analyzer.rules.drive import DriveCase


def judge_o2(case: DriveCase) -> Finding | None:
    """Find the longest stretch of warm closed loop in which the sensor moved less than it must."""
    limits, sampling = case.thresholds.o2, case.thresholds.sampling
    sensor = case.signals.of(O2_B1S1)
    counted = is_closed_loop(case.signals, sensor) & is_warm(case.signals, sensor)
    flat: list[Episode] = []
    for stretch in find_episodes(sensor.times, counted, sampling.maximum_hole_seconds):
        flat.extend(_flat_parts(sensor.times, sensor.values, stretch, limits.minimum_range_volts))
    longest = max(flat, key=lambda part: (part.duration_seconds, -part.first), default=None)
    if longest is None or longest.duration_seconds < limits.sustained_seconds:
        return None
    held = sensor.values[longest.samples]
    swing = float(held.max() - held.min())
    sentence = (
        f"O2_B1S1 moved by only {number(swing, 2)} V (less than {number(limits.minimum_range_volts, 2)} V) for "
        f"{lasting(longest.duration_seconds)} in closed loop with a warm engine; the sensor or the mixture is stuck."
    )
    finding = Finding(
        "o2",
        O2_B1S1,
        Severity.WATCH,
        swing,
        "V",
        limits.minimum_range_volts,
        sentence,
        details={"sample_count": longest.sample_count, "mean_volts": float(held.mean())},
    )
    return during(finding, longest)


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

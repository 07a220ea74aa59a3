"""What a test asks of a simulated drive, computed from its readings as the contract words the rules."""

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from obd2_cli.simulate import DriveKind, DrivePlan, Fault, FaultName
from obd2_cli.simulate.records import DriveRecord, record_drive
from obd2_cli.simulate.sensors import PARAMETERS

STARTED_AT = datetime(2026, 6, 1, 13, 0, tzinfo=UTC)
Floats = NDArray[np.float64]


def simulated(kind: DriveKind, *faults: Fault, seed: int = 1) -> DriveRecord:
    """Simulate one drive of the usual length."""
    return record_drive(DrivePlan(kind, STARTED_AT, drive_id=3, seed=seed, faults=faults))


def series(record: DriveRecord, name: str) -> tuple[Floats, Floats]:
    """Return seconds and values of one parameter."""
    index = [parameter.name for parameter in PARAMETERS].index(name)
    is_it = record.readings.parameter == index
    return record.readings.at_seconds[is_it], record.readings.value[is_it]


def latest(record: DriveRecord, name: str, at_seconds: Floats) -> Floats:
    """Return the last value read at or before each of these seconds, the first one where there is none yet."""
    seconds, values = series(record, name)
    places = np.maximum(np.searchsorted(seconds, at_seconds, side="right") - 1, 0)
    return values[places]


def longest_seconds(seconds: Floats, is_true: NDArray[np.bool_]) -> float:
    """Return how long the longest unbroken run lasts."""
    longest, since = 0.0, None
    for at_second, holds in zip(seconds.tolist(), is_true.tolist(), strict=True):
        since = (at_second if since is None else since) if holds else None
        longest = longest if since is None else max(longest, at_second - since)
    return longest


def coolant_seconds_above(record: DriveRecord, limit_c: float, *, moving: bool) -> float:
    """Return the longest time above a limit, from the sixth minute and the first 80 °C on."""
    seconds, coolant = series(record, "COOLANT_TEMP")
    is_judged = (seconds >= 300.0) & (np.maximum.accumulate(coolant) >= 80.0)
    if moving:
        is_judged &= latest(record, "SPEED", seconds) > 0.0
    return longest_seconds(seconds, is_judged & (coolant > limit_c))


def warm_closed_loop(record: DriveRecord, seconds: Floats) -> NDArray[np.bool_]:
    """Tell when the engine was warm and in closed loop."""
    is_closed: NDArray[np.bool_] = latest(record, "FUEL_SYSTEM_STATUS", seconds) == 2.0
    return is_closed & (latest(record, "COOLANT_TEMP", seconds) >= 80.0)


def long_trim_mean(record: DriveRecord) -> tuple[float, int]:
    """Return mean and number of the long-term trims that count."""
    seconds, trims = series(record, "LONG_FUEL_TRIM_1")
    counted = trims[warm_closed_loop(record, seconds)]
    return float(counted.mean()) if counted.size else 0.0, int(counted.size)


def low_voltage_seconds(record: DriveRecord, limit_v: float) -> float:
    """Return the longest time below a voltage with the engine running."""
    seconds, volts = series(record, "BATTERY_V")
    return longest_seconds(seconds, (volts < limit_v) & (latest(record, "RPM", seconds) >= 500.0))


def intake_seconds_above_ambient(record: DriveRecord, excess_k: float) -> float:
    """Return the longest time the intake air was this far above the ambient the Pi noted."""
    ambient = record.rows["drive_summary"][0][1]["ambient_temp_at_start_c"]
    seconds, intake = series(record, "INTAKE_TEMP")
    return longest_seconds(seconds, intake - float(str(ambient)) > excess_k) if ambient is not None else 0.0


def most_retarded_three(record: DriveRecord) -> float:
    """Return the largest retard from 15 degrees that three timings in a row at half load or more all reach."""
    seconds, timing = series(record, "TIMING_ADVANCE")
    retard = np.where(latest(record, "ENGINE_LOAD", seconds) >= 50.0, 15.0 - timing, -np.inf)
    return float(np.lib.stride_tricks.sliding_window_view(retard, 3).min(axis=1).max())


def flattest_minute_volts(record: DriveRecord) -> float:
    """Return the smallest range of the oxygen sensor over any minute of warm closed loop."""
    seconds, volts = series(record, "O2_B1S1")
    counts = warm_closed_loop(record, seconds)
    seconds, volts = seconds[counts], volts[counts]
    if not seconds.size:
        return float("inf")
    starts = np.searchsorted(seconds, seconds - 60.0)
    ranges = [
        float(np.ptp(volts[start : end + 1]))
        for end, start in enumerate(starts.tolist())
        if seconds[end] - seconds[0] >= 60.0
    ]
    return min(ranges, default=float("inf"))


def fault(name: FaultName, severity: float = 0.9) -> Fault:
    """Return a fault, a clear one unless said otherwise."""
    return Fault(name, severity)

"""What kind of drive a drive is: its window, its flags, whether it is real, what its rows can be used for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from obd2_analyzer.facts.parameters import RPM
from obd2_analyzer.facts.physics import is_running
from obd2_analyzer.facts.readings import Readings, most_frequent
from obd2_analyzer.facts.series import unknown_units
from obd2_common.plain_names import UNIT_OF

FLAG_OVERLAP = "overlap"
FLAG_GAP = "gap"
FLAG_CLOCK = "clock_anomaly"
FLAG_SPARSE = "sparse"
FLAG_NOT_REAL = "not_real"
FLAG_NO_RPM = "no_rpm"

REAL = "real"
QUALITY_FULL = "full"
QUALITY_ANOMALY = "attribution_anomaly"

GAP_SECONDS = 300.0
SPARSE_ROWS = 100
REAL_SHARE = 0.95
OVERLAP_SECONDS = 1.0
CLOCK_STEP_BACK_SECONDS = 1.0
"""Stamps have a resolution of one second: a step back of up to that much is rounding, not the clock."""


@dataclass(frozen=True, slots=True)
class DriveQuality:
    """One drive's own facts that need no other drive; times in seconds since 1970, None when unknown."""

    started_at: float | None
    ended_at: float | None
    duration_seconds: int | None
    row_count: int
    invalid_row_count: int
    first_source_id: int | None
    last_source_id: int | None
    profile_id: str | None
    is_real: bool | None
    real_share: float | None
    leading_source: str | None
    flags: tuple[str, ...]


def judge_drive(readings: Readings, *, default_source: str | None = None) -> DriveQuality:
    """Judge one drive by its own rows.

    Args:
        readings: the drive's own rows, without pre-mint.
        default_source: what rows without data_source of this device are; None when nobody knows.
    """
    window = readings.window
    sources = source_counts(readings, default_source)
    real_share, is_real = judge_real(sources)
    return DriveQuality(
        started_at=None if window is None else window[0],
        ended_at=None if window is None else window[1],
        duration_seconds=None if window is None else int(window[1] - window[0]),
        row_count=len(readings),
        invalid_row_count=_invalid_row_count(readings),
        first_source_id=int(readings.source_ids[0]) if len(readings) else None,
        last_source_id=int(readings.source_ids[-1]) if len(readings) else None,
        profile_id=most_frequent(readings.profiles),
        is_real=is_real,
        real_share=real_share,
        leading_source=leading_source(sources),
        flags=_flags(readings, is_real=is_real),
    )


def source_counts(readings: Readings, default_source: str | None) -> dict[str | None, int]:
    """Count rows by data source, the device's default standing in where the row says nothing."""
    counts: dict[str | None, int] = {}
    for source, count in readings.data_sources.counts().items():
        known = default_source if source is None else source
        counts[known] = counts.get(known, 0) + count
    return counts


def judge_real(counts: dict[str | None, int]) -> tuple[float | None, bool | None]:
    """Return the share of real rows and whether the drive is real, None while that is unknown.

    Real takes more than 95 % real rows, not real takes none and at most 5 % of unknown origin; either takes 100 rows.
    """
    total = sum(counts.values())
    if not total:
        return None, None
    share = counts.get(REAL, 0) / total
    if total < SPARSE_ROWS:
        return share, None
    if share > REAL_SHARE:
        return share, True
    is_unreal = share == 0 and counts.get(None, 0) / total <= 1 - REAL_SHARE
    return share, False if is_unreal else None


def leading_source(counts: dict[str | None, int]) -> str | None:
    """Return the data source of most rows; statistics use its rows only, since sources are never mixed."""
    if not counts:
        return None
    return min(counts, key=lambda source: (-counts[source], source is None, source or ""))


def rows_of_source(readings: Readings, source: str | None, default_source: str | None) -> Readings:
    """Return the rows of one data source, with those that say nothing where the default is that source."""
    chosen = readings.data_sources.equals(source)
    if source == default_source:
        chosen |= readings.data_sources.equals(None)
    # Most drives have one source: a long one need not be in memory twice.
    return readings if chosen.all() else readings.take(chosen)


def drive_quality(flags: Sequence[str]) -> str:
    """Return the data quality of a drive with these flags."""
    return QUALITY_ANOMALY if FLAG_OVERLAP in flags else QUALITY_FULL


def _invalid_row_count(readings: Readings) -> int:
    """Count the rows without a usable number; one whose unit nobody knows is counted elsewhere."""
    unknown = sum(count for (name, _), count in unknown_units(readings).items() if name in UNIT_OF)
    return int((~readings.valid).sum()) - unknown


def _flags(readings: Readings, *, is_real: bool | None) -> tuple[str, ...]:
    times = readings.times[np.isfinite(readings.times)]
    steps = np.diff(times)
    running = readings.parameters.equals(RPM) & is_running(readings.values)
    found = {
        FLAG_GAP: bool((steps > GAP_SECONDS).any()),
        FLAG_CLOCK: bool(readings.has_wrong_time.any() or (steps < -CLOCK_STEP_BACK_SECONDS).any()),
        FLAG_SPARSE: len(readings) < SPARSE_ROWS,
        FLAG_NOT_REAL: is_real is False,
        FLAG_NO_RPM: not bool(running.any()),
    }
    return tuple(name for name, is_set in found.items() if is_set)

"""The ignition timing that is usual for a car at an engine speed and load."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from obd2_analyzer.facts.history import PastDrive, PastStatistic
from obd2_analyzer.facts.parameters import TIMING_ADVANCE
from obd2_analyzer.facts.statistics import is_enough
from obd2_analyzer.rules.drive import DriveCase

FROM_REFERENCE, FROM_HISTORY = "reference_drive", "earlier_drives"
WIDEST_REACH = 2
"""So many bands to either side, of engine speed and of load, may stand in for one that is hardly known."""

_BAND = re.compile(r"rpm_(?P<rpm>\d+)_load_(?P<load>\d+)")


@dataclass(frozen=True, slots=True)
class UsualTiming:
    """Degrees before top dead centre, their standard deviation within a drive, and where they come from."""

    degrees: float
    sigma: float
    basis: str


def usual_timing(case: DriveCase, band: str, minimum_samples: int) -> UsualTiming | None:
    """Return the usual timing of a band: of the reference drive, else of enough earlier drives, else None.

    Where the band itself is hardly known, its neighbours are taken together with it; their scatter then counts as the
    usual one.
    """
    for reach in range(WIDEST_REACH + 1):
        own = None if case.history.reference is None else _pooled(case, case.history.reference, band, reach)
        if own is not None and is_enough(own, minimum_samples):
            return UsualTiming(own.mean, own.sigma, FROM_REFERENCE)
        pooled = [_pooled(case, drive, band, reach) for drive in case.history.healthy]
        past = [found for found in pooled if found is not None and is_enough(found, minimum_samples)]
        past = past[: case.baseline_drives]
        if len(past) >= case.minimum_drives:
            degrees, sigma = median(one.mean for one in past), median(one.sigma for one in past)
            return UsualTiming(degrees, sigma, FROM_HISTORY)
    return None


def _pooled(case: DriveCase, drive: PastDrive, band: str, reach: int) -> PastStatistic | None:
    """Return one drive's timing in a band and its neighbours as if it were one band."""
    near = [
        known
        for (parameter, scope), known in drive.statistics.items()
        if parameter == TIMING_ADVANCE and _is_near(case, scope, band, reach)
    ]
    return _together(near) if near else None


def _together(parts: Sequence[PastStatistic]) -> PastStatistic:
    count = sum(part.sample_count for part in parts)
    mean = sum(part.mean * part.sample_count for part in parts) / count
    variance = sum((part.sigma**2 + (part.mean - mean) ** 2) * part.sample_count for part in parts) / count
    return PastStatistic(mean, sqrt(variance), count, sum(part.seconds for part in parts))


def _is_near(case: DriveCase, scope: str, band: str, reach: int) -> bool:
    if scope == band:
        return True
    found, wanted = _BAND.fullmatch(scope), _BAND.fullmatch(band)
    if not reach or found is None or wanted is None:
        return False
    rpm, load = (abs(int(found[name]) - int(wanted[name])) for name in ("rpm", "load"))
    return rpm <= reach * case.sampling.band_rpm and load <= reach * case.sampling.band_load_percent

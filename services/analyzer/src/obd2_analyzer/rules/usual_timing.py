"""The ignition timing that is usual for a car at an engine speed and load."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from statistics import median

from obd2_analyzer.facts.history import PastDrive, PastStatistic
from obd2_analyzer.facts.parameters import TIMING_ADVANCE
from obd2_analyzer.facts.statistics import is_enough
from obd2_analyzer.rules.drive import DriveCase

FROM_REFERENCE, FROM_HISTORY = "reference_drive", "earlier_drives"
WIDEST_REACH = 2
"""So many bands to either side, of engine speed and of load, may stand in for one that is hardly known."""

_BAND = re.compile(r"rpm_(?P<rpm>[\d.]+)_load_(?P<load>[\d.]+)")


Bands = dict[str, PastStatistic]
"""One drive's timing by band."""


@dataclass(frozen=True, slots=True)
class UsualTiming:
    """Degrees before top dead centre, their standard deviation within a drive, and where they come from."""

    degrees: float
    sigma: float
    basis: str


def usual_timings(case: DriveCase, bands: Iterable[str], minimum_samples: int) -> dict[str, UsualTiming]:
    """Return the usual timing of each band: of the reference drive, else of enough earlier drives; of others nothing.

    Where a band itself is hardly known, its neighbours are taken together with it; their scatter then counts as the
    usual one.
    """
    reference = {} if case.history.reference is None else _bands(case.history.reference)
    healthy = [bands_of for drive in case.history.healthy if (bands_of := _bands(drive))]
    scopes = {scope for drive in (reference, *healthy) for scope in drive}
    found = {}
    for band in bands:
        near = [[scope for scope in scopes if _is_near(case, scope, band, reach)] for reach in range(WIDEST_REACH + 1)]
        known = _usual(case, reference, healthy, near, minimum_samples)
        if known is not None:
            found[band] = known
    return found


def _usual(
    case: DriveCase, reference: Bands, healthy: Sequence[Bands], near: Sequence[Sequence[str]], minimum_samples: int
) -> UsualTiming | None:
    for scopes in near:
        own = _pooled(reference, scopes)
        if own is not None and is_enough(own, minimum_samples):
            return UsualTiming(own.mean, own.sigma, FROM_REFERENCE)
        pooled = (_pooled(bands, scopes) for bands in healthy)
        past = [known for known in pooled if known is not None and is_enough(known, minimum_samples)]
        if len(past) >= case.minimum_drives:
            past = past[: case.baseline_drives]
            degrees, sigma = median(one.mean for one in past), median(one.sigma for one in past)
            return UsualTiming(degrees, sigma, FROM_HISTORY)
    return None


def _bands(drive: PastDrive) -> Bands:
    return {scope: known for (name, scope), known in drive.statistics.items() if name == TIMING_ADVANCE}


def _pooled(bands: Bands, scopes: Sequence[str]) -> PastStatistic | None:
    """Return one drive's timing in several bands as if they were one."""
    known = [bands[scope] for scope in scopes if scope in bands]
    return _together(known) if known else None


def _together(parts: Sequence[PastStatistic]) -> PastStatistic:
    count = sum(part.sample_count for part in parts)
    mean = sum(part.mean * part.sample_count for part in parts) / count
    variance = sum((part.sigma**2 + (part.mean - mean) ** 2) * part.sample_count for part in parts) / count
    return PastStatistic(mean, sqrt(variance), count, sum(part.seconds for part in parts))


def _is_near(case: DriveCase, scope: str, band: str, reach: int) -> bool:
    if scope == band:
        return True
    found, wanted = _edges(scope), _edges(band)
    if not reach or found is None or wanted is None:
        return False
    rpm, load = abs(found[0] - wanted[0]), abs(found[1] - wanted[1])
    return rpm <= reach * case.sampling.band_rpm and load <= reach * case.sampling.band_load_percent


@lru_cache(maxsize=4096)
def _edges(scope: str) -> tuple[float, float] | None:
    """Return the lower edges of a band: engine speed, and load in percent."""
    found = _BAND.fullmatch(scope)
    return None if found is None else (float(found["rpm"]), float(found["load"]))

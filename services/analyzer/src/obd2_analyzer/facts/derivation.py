"""Which rows make which drive: by the Pi's drive id, and by the running engine where there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from obd2_analyzer.facts.parameters import RPM
from obd2_analyzer.facts.physics import is_running
from obd2_analyzer.facts.readings import NO_DRIVE, Integers, Readings

RUN_GAP_SECONDS = 120.0
"""A longer silence ends a run of rows without drive id; 87.8 s were once only a Bluetooth reconnect."""

PREMINT_SECONDS = 60.0
"""How long before a drive's first row its cranking and first idle may end."""

ENGINE_RAN_SECONDS = 30.0
"""How long RPM must be above 0 for rows without drive id to be a drive the Pi missed."""

ORIGIN_PI = "pi"
ORIGIN_DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class EventWindow:
    """A drive as the Pi's connection log tells it, in seconds since 1970; the end is None when it never came."""

    started_at: float
    ended_at: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DerivedDrive:
    """The rows of one drive, as ascending indices into the readings they were derived from."""

    drive_key: str
    drive_id: int | None
    origin: str
    rows: Integers
    premint_rows: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Unassigned:
    """What became of the rows without drive id."""

    premint: dict[str, Integers]
    derived: tuple[DerivedDrive, ...]
    orphans: Integers


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """Rows without drive id between two silences."""

    rows: Integers
    started_at: float
    ended_at: float


def derive_drives(readings: Readings, windows: Sequence[EventWindow] = ()) -> tuple[DerivedDrive, ...]:
    """Group the rows of one device and epoch into drives, ordered by start.

    Args:
        readings: all rows in question, with and without drive id.
        windows: drives the connection log tells of and that have no drive id.
    """
    own = {
        int(drive_id): np.flatnonzero(readings.drive_ids == drive_id)
        for drive_id in np.unique(readings.drive_ids[readings.drive_ids != NO_DRIVE])
    }
    starts = {
        str(drive_id): window[0] for drive_id, rows in own.items() if (window := readings.take(rows).window) is not None
    }
    unassigned = assign_unassigned(readings, starts, windows)
    none = np.array([], dtype=np.int64)
    minted = [
        DerivedDrive(str(drive_id), drive_id, ORIGIN_PI, rows, unassigned.premint.get(str(drive_id), none))
        for drive_id, rows in own.items()
    ]
    drives = [*minted, *unassigned.derived]
    return tuple(sorted(drives, key=lambda drive: (_start(readings, drive), drive.drive_key)))


def assign_unassigned(
    readings: Readings, starts: Mapping[str, float], windows: Sequence[EventWindow] = ()
) -> Unassigned:
    """Attribute the rows without drive id to the drive they precede, or to a drive the Pi missed.

    A run that ends at most `PREMINT_SECONDS` before a drive's first row is that drive's pre-mint. Where its older part
    is a missed drive of its own, only the last `PREMINT_SECONDS` join. Of the other runs, those the connection log
    calls a drive and those with a running engine become derived drives; the rest stay orphans, as do rows whose time
    is unknown.

    Args:
        readings: rows with and without drive id.
        starts: drive key to the time of the drive's first own row, in seconds since 1970.
        windows: drives the connection log tells of and that have no drive id.
    """
    premint: dict[str, list[Integers]] = {}
    derived: list[DerivedDrive] = []
    for run in _runs(readings):
        rest = run.rows
        followed = _drive_after(run, starts)
        if followed is not None:
            drive_key, start = followed
            older = run.rows[readings.times[run.rows] < start - PREMINT_SECONDS]
            is_missed_drive = engine_ran_seconds(readings.take(older)) >= ENGINE_RAN_SECONDS
            rest = older if is_missed_drive else older[:0]
            joined = np.setdiff1d(run.rows, rest, assume_unique=True)
            premint.setdefault(drive_key, []).append(joined)
        if len(rest):
            derived.extend(_missed_drives(readings, rest, windows))
    without = np.flatnonzero(readings.drive_ids == NO_DRIVE)
    joined_rows = {key: np.sort(np.concatenate(parts)) for key, parts in premint.items()}
    taken = [*joined_rows.values(), *(drive.rows for drive in derived)]
    orphans = np.setdiff1d(without, np.concatenate(taken)) if taken else without
    return Unassigned(joined_rows, tuple(derived), orphans)


def engine_ran_seconds(readings: Readings) -> float:
    """Sum the time between neighbouring RPM readings above 0; a silence of more than a run's gap does not count."""
    rows = readings.parameters.equals(RPM) & np.isfinite(readings.values) & np.isfinite(readings.times)
    running = is_running(readings.values[rows])
    steps = np.diff(readings.times[rows])
    counted = running[1:] & running[:-1] & (steps > 0) & (steps <= RUN_GAP_SECONDS)
    return float(steps[counted].sum())


def _runs(readings: Readings) -> list[_Run]:
    """Split the rows without drive id, in the Pi's order, where the time leaps either way by more than the gap."""
    rows = np.flatnonzero((readings.drive_ids == NO_DRIVE) & np.isfinite(readings.times))
    breaks = np.flatnonzero(np.abs(np.diff(readings.times[rows])) > RUN_GAP_SECONDS) + 1
    parts = [part for part in np.split(rows, breaks) if len(part)]
    return [_Run(part, float(readings.times[part].min()), float(readings.times[part].max())) for part in parts]


def _drive_after(run: _Run, starts: Mapping[str, float]) -> tuple[str, float] | None:
    """Name the first drive that starts within the pre-mint time after this run's end."""
    near = [(start, key) for key, start in starts.items() if run.ended_at <= start <= run.ended_at + PREMINT_SECONDS]
    if not near:
        return None
    start, key = min(near)
    return key, start


def _missed_drives(readings: Readings, rows: Integers, windows: Sequence[EventWindow]) -> list[DerivedDrive]:
    times = readings.times[rows]
    touching = sorted(
        (window for window in windows if _touches(window, float(times.min()), float(times.max()))),
        key=lambda window: window.started_at,
    )
    if touching:
        parts = [part for part in np.split(rows, _cuts(times, touching)) if len(part)]
    elif engine_ran_seconds(readings.take(rows)) >= ENGINE_RAN_SECONDS:
        parts = [rows]
    else:
        parts = []
    none = np.array([], dtype=np.int64)
    return [
        DerivedDrive(derived_key(int(readings.source_ids[part[0]])), None, ORIGIN_DERIVED, part, none) for part in parts
    ]


def derived_key(first_source_id: int) -> str:
    """Return the key of a drive that has no id of its own."""
    return f"derived-{first_source_id}"


def _touches(window: EventWindow, started_at: float, ended_at: float) -> bool:
    """Tell whether a logged drive lies in this stretch of rows; one without an end counts by its start alone."""
    last = window.started_at if window.ended_at is None else window.ended_at
    return window.started_at <= ended_at and last >= started_at


def _cuts(times: np.ndarray, windows: Sequence[EventWindow]) -> list[int]:
    """Cut between logged drives of one run: each begins at most the pre-mint time before its logged start.

    The log tells how many drives a run holds. It does not tell their edges well (of 149 samples once only 69 lay
    between start and end), so no row of the run is left out.
    """
    cuts = []
    for earlier, later in pairwise(windows):
        ended_at = earlier.started_at if earlier.ended_at is None else earlier.ended_at
        edge = max(min(ended_at, later.started_at), later.started_at - PREMINT_SECONDS)
        cuts.append(int(np.argmax(times > edge)) if (times > edge).any() else len(times))
    return cuts


def _start(readings: Readings, drive: DerivedDrive) -> float:
    window = readings.take(drive.rows).window
    return float("inf") if window is None else window[0]

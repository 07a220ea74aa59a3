"""Reads realtime rows as arrays, part by part, so that a long drive never stands in memory as Python objects."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import ColumnElement, DateTime, Select, Table, or_, select, type_coerce, union_all
from sqlmodel import Session

from obd2_analyzer.facts.clock import with_one_clock
from obd2_analyzer.facts.derivation import RUN_GAP_SECONDS, EventWindow
from obd2_analyzer.facts.readings import ROW_COLUMNS, Floats, Readings, joined, readings_from_columns
from obd2_common.tables.synced import ConnectionLog, RealtimeData

READINGS: Table = RealtimeData.__table__  # type: ignore[attr-defined]
EVENTS: Table = ConnectionLog.__table__  # type: ignore[attr-defined]
PART_ROWS = 5_000
RUN_GAP = timedelta(seconds=RUN_GAP_SECONDS)
STEP = timedelta(minutes=30)
LONGEST_REACH = timedelta(hours=24)
"""How far from a changed row its run is followed either way."""

FUTURE_FLAG = "time_future"


@dataclass(frozen=True, slots=True)
class Source:
    """One life of one device's database: what every query is about."""

    source_device: str
    source_epoch: int


def of_source(table: Table, source: Source) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that choose the rows of one device and epoch."""
    return (table.c.source_device == source.source_device, table.c.source_epoch == source.source_epoch)


def rows_of_drive(session: Session, source: Source, drive_id: int) -> Readings:
    """Read the rows the Pi gave this drive id, times outside the drive's body unknown."""
    return with_one_clock(_read(session, _of(source).where(READINGS.c.drive_id == drive_id)))


def rows_of_run(session: Session, source: Source, first_source_id: int, last_source_id: int) -> Readings:
    """Read the rows without drive id between two of the Pi's row ids, both included."""
    query = _of(source).where(READINGS.c.source_id.between(first_source_id, last_source_id))
    return _read(session, query.where(_is_unassigned(), READINGS.c.timestamp.is_not(None)))


def rows_in_window(
    session: Session, source: Source, window: tuple[datetime, datetime], *, profile_id: str | None = None
) -> Readings:
    """Read every row of a stretch of time, both ends included."""
    query = _of(source).where(READINGS.c.timestamp.between(*window))
    return _read(session, query if profile_id is None else query.where(READINGS.c.profile_id == profile_id))


def unassigned_rows(session: Session, source: Source, window: tuple[datetime, datetime]) -> Readings:
    """Read the rows without drive id of a stretch of time, both ends included."""
    return _read(session, _of(source).where(READINGS.c.timestamp.between(*window), _is_unassigned()))


def times_of_rows(
    session: Session,
    source: Source,
    drive_id: int | None,
    source_ids: tuple[int | None, int | None],
    window: tuple[datetime, datetime],
) -> Floats:
    """Return the distinct times, in seconds, of a drive's rows in a stretch of time.

    Args:
        session: reads.
        source: whose rows.
        drive_id: the Pi's; None for a drive without one.
        source_ids: first and last row of such a drive.
        window: first and last moment, both included.
    """
    if drive_id:
        own = [READINGS.c.drive_id == drive_id]
    else:
        own = [_is_unassigned(), READINGS.c.source_id.between(*source_ids)]
    query = select(READINGS.c.timestamp).where(
        *of_source(READINGS, source), *own, READINGS.c.timestamp.between(*window)
    )
    moments = session.connection().execute(query.distinct()).scalars()
    return np.array([moment.timestamp() for moment in moments], dtype=np.float64)


def changed_stretches(
    session: Session, source: Source, received_since: datetime | None
) -> list[tuple[datetime, datetime]]:
    """Return the stretches of time in which rows without drive id, or logged drives without one, arrived.

    Args:
        session: reads.
        source: whose rows.
        received_since: rows received before are known already; None means that none is.
    """
    readings = select(READINGS.c.timestamp).where(
        *of_source(READINGS, source), _is_unassigned(), READINGS.c.timestamp.is_not(None)
    )
    events = _logged(source).with_only_columns(EVENTS.c.timestamp).where(EVENTS.c.timestamp.is_not(None))
    if received_since is not None:
        readings = readings.where(READINGS.c.synced_at >= received_since)
        events = events.where(EVENTS.c.synced_at >= received_since)
    stretches: list[tuple[datetime, datetime]] = []
    ordered = union_all(readings, events).order_by("timestamp").execution_options(yield_per=PART_ROWS)
    for moment in session.connection().execute(ordered).scalars():
        if stretches and moment - stretches[-1][1] <= RUN_GAP:
            stretches[-1] = (stretches[-1][0], moment)
        else:
            stretches.append((moment, moment))
    return stretches


def whole_runs(
    session: Session, source: Source, stretch: tuple[datetime, datetime]
) -> tuple[datetime, datetime] | None:
    """Widen a stretch of time to the whole runs of rows without drive id that touch it, None when none does."""
    begin, end = stretch
    edges = (
        _is_unassigned(),
        *of_source(READINGS, source),
        READINGS.c.timestamp.between(begin - RUN_GAP, end + RUN_GAP),
    )
    times = select(READINGS.c.timestamp).where(*edges)
    first = session.connection().execute(times.order_by(READINGS.c.timestamp).limit(1)).scalar()
    last = session.connection().execute(times.order_by(READINGS.c.timestamp.desc()).limit(1)).scalar()
    if first is None or last is None:
        return None
    return _followed(session, source, first, -1), _followed(session, source, last, +1)


def logged_drives(session: Session, source: Source, window: tuple[datetime, datetime]) -> list[EventWindow]:
    """Return the drives that the connection log tells of and that have no drive id, by start."""
    query = _logged(source).where(EVENTS.c.timestamp.between(window[0] - RUN_GAP, window[1] + RUN_GAP))
    found: list[EventWindow] = []
    ordered = query.order_by(EVENTS.c.timestamp, EVENTS.c.source_id)
    for row in session.connection().execute(ordered):
        if row.event_type == "drive_start":
            found.append(EventWindow(row.timestamp.timestamp()))
        elif found and found[-1].ended_at is None:
            found[-1] = EventWindow(found[-1].started_at, row.timestamp.timestamp())
    return found


def _followed(session: Session, source: Source, edge: datetime, direction: int) -> datetime:
    """Follow a run from one of its rows into the past (-1) or future (+1) until it falls silent."""
    farthest = edge + direction * LONGEST_REACH
    while (edge - farthest) * direction < timedelta(0):
        reach = edge + direction * STEP
        query = select(READINGS.c.timestamp).where(
            *of_source(READINGS, source),
            _is_unassigned(),
            READINGS.c.timestamp.between(min(edge, reach), max(edge, reach)),
        )
        order = READINGS.c.timestamp.asc() if direction > 0 else READINGS.c.timestamp.desc()
        was = edge
        for moment in session.connection().execute(query.order_by(order)).scalars().all():
            if abs(moment - edge) > RUN_GAP:
                return edge
            edge = moment
        if abs(reach - edge) > RUN_GAP or edge == was:
            return edge
    return edge


def _logged(source: Source) -> Select[tuple[str, datetime]]:
    return select(EVENTS.c.event_type, EVENTS.c.timestamp).where(
        *of_source(EVENTS, source),
        EVENTS.c.event_type.in_(("drive_start", "drive_end")),
        or_(EVENTS.c.drive_id.is_(None), EVENTS.c.drive_id == 0),
    )


def _is_unassigned() -> ColumnElement[bool]:
    return or_(READINGS.c.drive_id.is_(None), READINGS.c.drive_id == 0)


def _of(source: Source) -> Select[tuple[object, ...]]:
    # Plain datetimes cost less than aware ones, and readings take them as UTC.
    columns = [
        type_coerce(column, DateTime()) if column.name == "timestamp" else column
        for column in (READINGS.c[name] for name in ROW_COLUMNS)
    ]
    return select(*columns, READINGS.c.row_flags).where(*of_source(READINGS, source))


def _read(session: Session, query: Select[tuple[object, ...]]) -> Readings:
    parts = []
    result = session.connection().execute(query.execution_options(yield_per=PART_ROWS))
    for part in result.partitions():
        *columns, flags = zip(*part, strict=True)
        is_marked = {text: text is not None and FUTURE_FLAG in text.split(",") for text in set(flags)}
        ahead = [is_marked[text] for text in flags] if any(is_marked.values()) else None
        parts.append(readings_from_columns(columns, ahead=ahead))
    return joined(parts)

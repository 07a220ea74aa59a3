"""What is drawn of a drive: its lines, thinned to what a line can show, and what happened in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from obd2_api.curves import Line, gap_seconds, line
from obd2_api.repository import curves as repository
from obd2_api.repository.drive_summaries import codes_of
from obd2_api.repository.drives import findings_of
from obd2_api.repository.pi_notes import alerts_of
from obd2_common.series import unpack_series
from obd2_common.tables.curves import DriveSeries
from obd2_common.tables.drives import Drive
from obd2_common.tables.synced import ConnectionLog

_MICROSECONDS = 1_000_000
MAXIMUM_EVENTS = 500
COOLANT = "COOLANT_TEMP"
_QUIET_EVENTS = frozenset({"connect_attempt", "reconnect_attempt", "adapter_wait"})
"""What the Pi logs by the thousand and nobody looks for in a drive."""


@dataclass(frozen=True, slots=True)
class DrawnSeries:
    """One parameter's stored curve and the line made of it."""

    stored: DriveSeries
    line: Line


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a drive."""

    kind: str
    started_at: datetime
    text: str
    ended_at: datetime | None = None
    severity: str | None = None
    parameter: str | None = None


def drawn_series(
    session: Session,
    drive: Drive,
    parameters: Sequence[str],
    window: tuple[datetime | None, datetime | None],
    points: int,
) -> list[DrawnSeries]:
    """Return lines of a drive, their seconds counted from its start.

    Args:
        session: to read with.
        drive: whose.
        parameters: which, all when empty.
        window: from when to when, None for the drive's own ends.
        points: how many a line may have at most.
    """
    if drive.started_at is None:
        return []
    started_at = drive.started_at
    first, last = (
        otherwise if moment is None else (moment - started_at).total_seconds()
        for moment, otherwise in zip(window, (float("-inf"), float("inf")), strict=True)
    )
    drawn = []
    for stored in repository.series_of(session, drive, parameters):
        offsets, values = unpack_series(stored.packed, stored.sample_count)
        begin = (stored.started_at - started_at).total_seconds()
        seconds = [round(begin + offset / _MICROSECONDS, 3) for offset in offsets]
        gap = gap_seconds(stored.median_interval_seconds)
        drawn.append(DrawnSeries(stored, line(seconds, values, (first, last), points=points, gap=gap)))
    return drawn


def warm_after(session: Session, drive: Drive, celsius: float) -> float | None:
    """Return after how many seconds of a drive its coolant was so warm; None when it never was or nobody looked."""
    stored = next(iter(repository.series_of(session, drive, (COOLANT,))), None)
    if stored is None or drive.started_at is None:
        return None
    offsets, values = unpack_series(stored.packed, stored.sample_count)
    begin = (stored.started_at - drive.started_at).total_seconds()
    reached = (offset for offset, value in zip(offsets, values, strict=True) if value >= celsius)
    return next((begin + offset / _MICROSECONDS for offset in reached), None)


def events_of(session: Session, drive: Drive) -> list[Event]:
    """Return what happened in a drive, in the order of time: findings, trouble codes, the Pi's alerts and its log."""
    events = [
        Event("finding", found.started_at, found.sentence, found.ended_at, found.severity, found.signal)
        for found in findings_of(session, drive)
        if found.started_at is not None
    ]
    events += _codes(session, drive) + _alerts(session, drive) + _logged(session, drive)
    return sorted(events, key=lambda event: (event.started_at, event.kind))[:MAXIMUM_EVENTS]


def _codes(session: Session, drive: Drive) -> list[Event]:
    return [
        Event(
            "trouble_code", code.first_seen_at, f"{code.code}: {code.description} ({code.status})", parameter=code.code
        )
        for code in codes_of(session, drive)
        if code.first_seen_at is not None
    ]


def _alerts(session: Session, drive: Drive) -> list[Event]:
    return [
        Event("alert", alert.timestamp, f"{alert.alert_type}: {alert.value:g}", parameter=alert.parameter_name)
        for alert in alerts_of(session, drive)
        if alert.timestamp is not None and alert.value is not None
    ]


def _logged(session: Session, drive: Drive) -> list[Event]:
    if drive.started_at is None or drive.ended_at is None:
        return []
    query = select(ConnectionLog).where(
        col(ConnectionLog.source_device) == drive.source_device,
        col(ConnectionLog.source_epoch) == drive.source_epoch,
        col(ConnectionLog.timestamp).between(drive.started_at, drive.ended_at),
        col(ConnectionLog.event_type).not_in(_QUIET_EVENTS),
    )
    return [
        Event("connection", entry.timestamp, str(entry.event_type).replace("_", " "))
        for entry in session.exec(query.order_by(col(ConnectionLog.timestamp)).limit(MAXIMUM_EVENTS))
        if entry.timestamp is not None
    ]

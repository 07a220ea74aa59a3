"""Tells the analyzer which drives changed, in the transaction that changed them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, select, update
from sqlmodel import Session

from obd2_api.ingest.decode import DecodedRows
from obd2_api.ingest.quiet_times import QuietTimes
from obd2_api.ingest.state import EPOCHS, DeviceState, EpochState
from obd2_api.ingest.times import FUTURE_TOLERANCE, from_sql_time
from obd2_api.ingest.write import Stamp, Written
from obd2_common.jobs import queue as jobs
from obd2_common.tables.jobs import Job

JOBS: Table = Job.__table__  # type: ignore[attr-defined]
NO_DRIVE = 0
DRIVE_END = "drive_end"
FEW_DRIVES = 10
"""So many go to the database with the account; more go in statements of their own, which are quicker for many, and are
a backlog that other devices' drives need not wait for."""
LONGEST_WAIT = timedelta(hours=12)
"""A drive is derived after so long although its rows keep coming."""
LONGEST_WAIT_UNASSIGNED = timedelta(hours=1)
"""The same for rows without a drive, which nothing tells the end of."""
UNASSIGNED_TOLERANCE = timedelta(seconds=120)
"""Rows without a drive this close behind a drive_end belong to what it ended."""


@dataclass(slots=True)
class DriveChanges:
    """What one request brought for the drives of its epoch.

    Args:
        changed: drive ids with new or changed rows; 0 stands for rows without a drive.
        ended: drive ids whose end was seen.
        newest: largest drive id seen.
        unassigned_until: time of the newest row without a drive.
        ended_at: time of the newest drive_end.
    """

    changed: set[int]
    ended: set[int]
    newest: int = 0
    unassigned_until: datetime | None = None
    ended_at: datetime | None = None


def collect_changes(tables: dict[str, tuple[DecodedRows, Written]]) -> DriveChanges:
    """Read from the rows that were new or changed which drives they concern."""
    changes = DriveChanges(set(), set())
    for name, (decoded, written) in tables.items():
        if not written.touched:
            continue
        if name == "realtime_data":
            _from_readings(changes, decoded, written)
        elif name == "connection_log":
            _from_events(changes, decoded, written)
        elif name == "dtc_log":
            _from_codes(changes, decoded, written)
        elif name == "drive_summary":
            changes.changed.update(decoded.ids[index] for index in written.touched)
    changes.newest = max(changes.changed | changes.ended, default=0)
    return changes


def schedule_drives(
    session: Session,
    state: DeviceState,
    stamp: Stamp,
    changes: DriveChanges,
    *,
    quiet_times: QuietTimes,
) -> bool:
    """Put the jobs that recompute changed drives on the account; tell whether one of them is known to be over."""
    now = stamp.received_at
    if not changes.changed and not changes.ended:
        return False
    epoch = state.epochs[stamp.source_epoch]
    previous_newest = epoch.max_drive_id
    _update_epoch(session, stamp, epoch, changes)
    has_newer = epoch.max_drive_id > previous_newest
    triggered = False
    requests = []
    drive_ids = sorted(changes.changed | changes.ended)
    for drive_id in drive_ids:
        reason = _reason_it_is_over(drive_id, epoch, changes, has_newer=has_newer)
        triggered = triggered or reason is not None
        longest = LONGEST_WAIT if drive_id else LONGEST_WAIT_UNASSIGNED
        requests.append(
            jobs.JobRequest(
                kind=jobs.DRIVE_FACTS,
                reason=reason or "rows",
                due_at=now + (quiet_times.once_ended if reason else quiet_times.while_open),
                dedupe_key=jobs.drive_facts_key(stamp.source_device, stamp.source_epoch, drive_id),
                source_device=stamp.source_device,
                source_epoch=stamp.source_epoch,
                drive_id=drive_id,
                priority=jobs.Priority.BACKLOG if len(drive_ids) > FEW_DRIVES else jobs.Priority.AUTOMATIC,
                due_by=now + max(longest, quiet_times.while_open),
            )
        )
    if len(requests) > FEW_DRIVES:
        jobs.enqueue_many(session, requests, now=now)
    else:
        state.account.extend(jobs.enqueuing(request, now=now) for request in requests)
    if has_newer:
        triggered = _hurry_older_drives(session, stamp, epoch.max_drive_id, now + quiet_times.once_ended) or triggered
    return triggered


def _from_readings(changes: DriveChanges, decoded: DecodedRows, written: Written) -> None:
    drive_ids: list[Any] = decoded.columns.get("drive_id", [None] * len(decoded))
    touched = set(map(drive_ids.__getitem__, written.touched))
    changes.changed.update(drive_id or NO_DRIVE for drive_id in touched)
    changes.changed.update(drive_id or NO_DRIVE for drive_id in written.left_drives)
    if NO_DRIVE in changes.changed and "timestamp" in written.utc:
        times = written.utc["timestamp"]
        known = [times[index] for index in written.touched if not drive_ids[index] and times[index]]
        changes.unassigned_until = from_sql_time(max(known)) if known else None


def _from_codes(changes: DriveChanges, decoded: DecodedRows, written: Written) -> None:
    drive_ids: list[Any] = decoded.columns.get("drive_id", [None] * len(decoded))
    named = {*map(drive_ids.__getitem__, written.touched), *written.left_drives}
    changes.changed.update(drive_id for drive_id in named if drive_id)


def _from_events(changes: DriveChanges, decoded: DecodedRows, written: Written) -> None:
    events: list[Any] = decoded.columns.get("event_type", [None] * len(decoded))
    drive_ids: list[Any] = decoded.columns.get("drive_id", [None] * len(decoded))
    times: list[Any] = written.utc.get("timestamp", [None] * len(decoded))
    for index in written.touched:
        if events[index] != DRIVE_END:
            continue
        changes.ended.add(drive_ids[index] or NO_DRIVE)
        if times[index] is not None:
            ended_at = from_sql_time(times[index])
            changes.ended_at = max(changes.ended_at or ended_at, ended_at)


def _update_epoch(session: Session, stamp: Stamp, epoch: EpochState, changes: DriveChanges) -> None:
    before = (epoch.max_drive_id, epoch.ended_drive_id, epoch.last_drive_end_at)
    epoch.max_drive_id = max(epoch.max_drive_id, changes.newest)
    epoch.ended_drive_id = max(epoch.ended_drive_id, *changes.ended, 0)
    if changes.ended_at is not None and changes.ended_at <= stamp.received_at + FUTURE_TOLERANCE:
        epoch.last_drive_end_at = max(epoch.last_drive_end_at or changes.ended_at, changes.ended_at)
    after = (epoch.max_drive_id, epoch.ended_drive_id, epoch.last_drive_end_at)
    if after == before:
        return
    session.connection().execute(
        update(EPOCHS)
        .where(EPOCHS.c.source_device == stamp.source_device, EPOCHS.c.source_epoch == stamp.source_epoch)
        .values(max_drive_id=after[0], ended_drive_id=after[1], last_drive_end_at=after[2]),
    )


def _reason_it_is_over(drive_id: int, epoch: EpochState, changes: DriveChanges, *, has_newer: bool) -> str | None:
    if drive_id in changes.ended:
        return DRIVE_END
    if drive_id == NO_DRIVE:
        end, newest = epoch.last_drive_end_at, changes.unassigned_until
        if end and newest and newest <= end + UNASSIGNED_TOLERANCE:
            return "late_rows"
        return "newer_drive" if has_newer else None
    if drive_id <= epoch.ended_drive_id:
        return "late_rows"
    return "newer_drive" if drive_id < epoch.max_drive_id else None


def _hurry_older_drives(session: Session, stamp: Stamp, newest: int, due_at: datetime) -> bool:
    """Make drives before the newest, and rows without a drive, due soon: the Pi does not drive two at once."""
    connection = session.connection()
    can_wait = (JOBS.c.state == jobs.QUEUED, JOBS.c.due_at > due_at)
    query = select(JOBS.c.job_id).where(
        JOBS.c.source_device == stamp.source_device,
        JOBS.c.source_epoch == stamp.source_epoch,
        JOBS.c.kind == jobs.DRIVE_FACTS,
        JOBS.c.drive_id >= NO_DRIVE,
        JOBS.c.drive_id < newest,
        *can_wait,
    )
    # Found without locks and then updated by their keys: an update that searches may lock every queued job on its way,
    # and two devices would wait for each other.
    found = connection.execute(query).scalars().all()
    if not found:
        return False
    result = connection.execute(
        update(JOBS)
        .where(JOBS.c.job_id.in_(found), *can_wait)
        .values(due_at=due_at, reason="newer_drive", updated_at=stamp.received_at),
    )
    return result.rowcount > 0

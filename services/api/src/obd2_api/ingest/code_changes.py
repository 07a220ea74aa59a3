"""Tells from changed rows of the trouble code log, or of its freeze frames, which drives they concern."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select
from sqlmodel import Session

from obd2_api.ingest.decode import DecodedRows
from obd2_api.ingest.stored import Match
from obd2_api.ingest.times import from_sql_time
from obd2_api.ingest.write import Stamp, Written
from obd2_common.jobs.recompute import recompute_since, repeat_running
from obd2_common.pitime import parse_pi_time
from obd2_common.tables.synced import DtcLog
from obd2_common.time_range import EARLIEST

CODES: Table = DtcLog.__table__  # type: ignore[attr-defined]
FIRST, LAST = "first_seen_timestamp", "last_seen_timestamp"
AFTER_DRIVE = timedelta(minutes=2)
"""A code may be stamped so long after the last reading of the drive it belongs to."""


def changed_codes_since(decoded: DecodedRows, match: Match, written: Written, zone: ZoneInfo) -> datetime | None:
    """Return from when on drives may have other codes than before; None when none has.

    A code that is only seen again concerns the drives since it was seen last; any other change those since it was
    seen first.
    """
    moments = []
    for index in written.touched:
        stored = match.stored.get(decoded.ids[index])
        is_seen_again = stored is not None and all(
            values[index] == stored[name] for name, values in decoded.columns.items() if name != LAST
        )
        seen = parse_pi_time(str(stored[LAST]), zone) if stored is not None and is_seen_again else None
        moments.append(_first_seen(written, index) if seen is None else seen.utc)
    return min(moments, default=None)


def changed_frames_since(session: Session, stamp: Stamp, decoded: DecodedRows, written: Written) -> datetime | None:
    """Return when the codes of changed freeze frames were seen first; None when none of these codes is known yet."""
    code_ids = {decoded.columns["dtc_log_id"][index] for index in written.touched if "dtc_log_id" in decoded.columns}
    query = select(CODES.c.first_seen_timestamp).where(
        CODES.c.source_device == stamp.source_device,
        CODES.c.source_epoch == stamp.source_epoch,
        CODES.c.source_id.in_(sorted(code_ids - {None})),
    )
    return min((seen or EARLIEST for seen in session.connection().execute(query).scalars()), default=None)


def recompute_codes(session: Session, stamp: Stamp, since: datetime) -> None:
    """Have the drives computed again that may have other codes, those in hand included."""
    begin = max(since, EARLIEST + AFTER_DRIVE) - AFTER_DRIVE
    recompute_since(session, stamp.source_device, stamp.source_epoch, begin, now=stamp.received_at)
    repeat_running(session, stamp.source_device)


def _first_seen(written: Written, index: int) -> datetime:
    known = [times[index] for name in (FIRST, LAST) if (times := written.utc.get(name)) and times[index]]
    return from_sql_time(min(known)) if known else EARLIEST

"""Reads the trouble code log of a device with its freeze frames; which drive a code belongs to is decided elsewhere."""

from datetime import datetime

from sqlalchemy import Table, select
from sqlmodel import Session

from obd2_analyzer.facts.trouble_codes import CodeRow
from obd2_analyzer.repository.rows import Source, of_source
from obd2_common.tables.synced import DtcFreezeFrame, DtcLog

CODES: Table = DtcLog.__table__  # type: ignore[attr-defined]
FRAMES: Table = DtcFreezeFrame.__table__  # type: ignore[attr-defined]
NEWEST_ROWS = 2_000
"""A log that long is no log of one car; its newest rows are enough."""


def code_rows(session: Session, source: Source) -> tuple[CodeRow, ...]:
    """Return the rows of the trouble code log of one device and epoch, oldest id first."""
    query = select(CODES).where(*of_source(CODES, source)).order_by(CODES.c.source_id.desc()).limit(NEWEST_ROWS)
    rows = session.connection().execute(query).all()[::-1]
    if not rows:
        return ()
    frames = _frames(session, source)
    return tuple(
        CodeRow(
            source_id=row.source_id,
            code=row.dtc_code,
            description=row.description,
            status=row.status,
            first_seen_at=row.first_seen_timestamp,
            last_seen_at=row.last_seen_timestamp,
            drive_id=row.drive_id,
            data_source=row.data_source,
            frames=tuple(frames.get(row.source_id, ())),
        )
        for row in rows
    )


def _frames(session: Session, source: Source) -> dict[int, list[tuple[datetime | None, str | None]]]:
    """Return capture time and text of the newest frames, by the Pi's id of the code they belong to."""
    columns = (FRAMES.c.dtc_log_id, FRAMES.c.captured_at_timestamp_utc, FRAMES.c.pid_responses_json)
    query = select(*columns).where(*of_source(FRAMES, source), FRAMES.c.dtc_log_id.is_not(None))
    found: dict[int, list[tuple[datetime | None, str | None]]] = {}
    for code_id, captured_at, text in session.connection().execute(
        query.order_by(FRAMES.c.source_id.desc()).limit(NEWEST_ROWS)
    ):
        found.setdefault(code_id, []).append((captured_at, text))
    return found

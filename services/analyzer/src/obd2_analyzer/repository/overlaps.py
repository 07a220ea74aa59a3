"""Which drives overlap, by the rows they have, and that it is the same seen from either side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, select, update
from sqlmodel import Session

from obd2_analyzer.facts.clock import shared_seconds
from obd2_analyzer.facts.quality import FLAG_OVERLAP, OVERLAP_SECONDS, QUALITY_ANOMALY, QUALITY_FULL, drive_quality
from obd2_analyzer.facts.statistics import FEW_SAMPLES, FULL_SAMPLES
from obd2_analyzer.repository.changes import FactChanges, contribution, stored_drive
from obd2_analyzer.repository.drives import DRIVES, STATISTICS, is_drive
from obd2_analyzer.repository.rows import Source, of_source, times_of_rows


@dataclass(frozen=True, slots=True)
class OwnRows:
    """What chooses the rows of one drive: the Pi's drive id, or for a drive without one its range of row ids."""

    drive_id: int | None
    first_source_id: int | None
    last_source_id: int | None


def overlapping_drives(
    session: Session, source: Source, drive_key: str, own: OwnRows, window: tuple[datetime, datetime]
) -> list[str]:
    """Return the keys of the other drives that have rows at the same time as this one, for a second or longer.

    A drive that is held out spoils no other. Windows alone tell nothing: a drive may lie in a silence of another one.

    Args:
        session: reads.
        source: whose drives.
        drive_key: the drive in question.
        own: its rows.
        window: its first and last moment.
    """
    shared = timedelta(seconds=OVERLAP_SECONDS)
    if window[1] - window[0] < shared:
        return []
    query = select(DRIVES).where(
        *of_source(DRIVES, source),
        DRIVES.c.drive_key != drive_key,
        DRIVES.c.is_held_out.is_(False),
        DRIVES.c.started_at <= window[1] - shared,
        DRIVES.c.ended_at >= window[0] + shared,
    )
    found = []
    for other in session.connection().execute(query).mappings():
        both = max(window[0], other["started_at"]), min(window[1], other["ended_at"])
        if both[1] - both[0] < shared:
            continue
        theirs = OwnRows(other["drive_id"], other["first_source_id"], other["last_source_id"])
        times = [
            times_of_rows(session, source, rows.drive_id, (rows.first_source_id, rows.last_source_id), both)
            for rows in (own, theirs)
        ]
        if shared_seconds(*times) >= OVERLAP_SECONDS:
            found.append(other["drive_key"])
    return sorted(found)


def update_neighbours(
    session: Session,
    source: Source,
    drive_key: str,
    changes: FactChanges,
    *,
    before: Sequence[str],
    after: Sequence[str],
) -> None:
    """Put a drive into, or take it out of, the overlaps of the drives it overlaps or overlapped with.

    Args:
        session: in a transaction that holds the lock of the source.
        source: whose drives.
        drive_key: the drive that was computed.
        changes: is told of neighbours that enter or leave history.
        before: keys it overlapped with.
        after: keys it overlaps with.
    """
    for other_key in sorted(set(before) ^ set(after)):
        other = stored_drive(session, source, other_key)
        if other is None:
            continue
        contributed = contribution(session, source, other)
        others = set(other["overlaps_with"] or ()) - {drive_key}
        if other_key in after:
            others.add(drive_key)
        flags = [flag for flag in other["flags"] or () if flag != FLAG_OVERLAP]
        if others:
            flags.insert(0, FLAG_OVERLAP)
        quality = drive_quality(flags)
        session.connection().execute(
            update(DRIVES)
            .where(*is_drive(DRIVES, source, other_key))
            .values(overlaps_with=sorted(others), flags=flags, data_quality=quality)
        )
        session.connection().execute(
            update(STATISTICS)
            .where(*is_drive(STATISTICS, source, other_key))
            .values(data_quality=quality if quality == QUALITY_ANOMALY else _sample_quality())
        )
        changes.note_contribution(contributed, contribution(session, source, stored_drive(session, source, other_key)))


def _sample_quality() -> Any:  # noqa: ANN401 - an SQL expression
    count = STATISTICS.c.sample_count
    return case((count < FEW_SAMPLES, "below_threshold"), (count < FULL_SAMPLES, "sparse"), else_=QUALITY_FULL)

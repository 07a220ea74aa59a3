"""Keeps the overlaps of drives the same seen from either side."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, update
from sqlmodel import Session

from obd2_analyzer.facts.quality import FLAG_OVERLAP, QUALITY_ANOMALY, QUALITY_FULL, drive_quality
from obd2_analyzer.facts.statistics import FEW_SAMPLES, FULL_SAMPLES
from obd2_analyzer.repository.changes import FactChanges, contribution, stored_drive
from obd2_analyzer.repository.drives import DRIVES, STATISTICS, is_drive
from obd2_analyzer.repository.rows import Source


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

"""What storing facts changed beyond the drive itself: which analyses are due, which later drives' history moved."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import RowMapping, select
from sqlmodel import Session

from obd2_analyzer.facts.history import PastStatistic
from obd2_analyzer.profiles.learned import LEARNING_RULES
from obd2_analyzer.repository.drives import DRIVES, findings_by_drive, is_accused, is_drive, past_statistics
from obd2_analyzer.repository.rows import Source

PRECISION = 1e-12
"""Doubles may lose their last digit on the way through a database."""

DriveRow = RowMapping


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a drive adds to the history of later ones; ``found_by`` names rules whose limits are learned."""

    started_at: datetime
    statistics: Mapping[tuple[str, str], PastStatistic]
    is_healthy: bool
    found_by: frozenset[str]


@dataclass(slots=True)
class FactChanges:
    """Collects what changed in one transaction.

    ``facts`` and ``findings`` are keys of drives whose facts, or findings among them, are new or other than before.
    Drives that started after ``history_since`` have another history than before.
    """

    facts: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    history_since: datetime | None = None

    def note_contribution(self, before: Contribution | None, after: Contribution | None) -> None:
        """Take note of what a drive added to history, and what it does now."""
        if _is_same(before, after):
            return
        moments = [each.started_at for each in (before, after) if each is not None]
        known = [] if self.history_since is None else [self.history_since]
        self.history_since = min([*moments, *known])


def stored_drive(session: Session, source: Source, drive_key: str) -> DriveRow | None:
    """Return the columns of a drive as they are now."""
    query = select(DRIVES).where(*is_drive(DRIVES, source, drive_key))
    return session.connection().execute(query).mappings().first()


def contribution(session: Session, source: Source, drive: DriveRow | None) -> Contribution | None:
    """Return what a stored drive adds to history; None when it may not."""
    if drive is None or drive["started_at"] is None:
        return None
    if drive["is_real"] is not True or drive["flags"] or drive["is_held_out"]:
        return None
    statistics = past_statistics(session, source, {drive["drive_key"]})
    found = findings_by_drive(session, source, {drive["drive_key"]}).get(drive["drive_key"], {})
    own = statistics.get(drive["drive_key"], {})
    return Contribution(drive["started_at"], own, not is_accused(found), LEARNING_RULES & found.keys())


def _is_same(before: Contribution | None, after: Contribution | None) -> bool:
    if before is None or after is None:
        return before is after
    if (before.started_at, before.is_healthy, before.found_by) != (after.started_at, after.is_healthy, after.found_by):
        return False
    if before.statistics.keys() != after.statistics.keys():
        return False
    return all(_is_close(statistic, after.statistics[key]) for key, statistic in before.statistics.items())


def _is_close(first: PastStatistic, second: PastStatistic) -> bool:
    return (
        first.sample_count == second.sample_count
        and math.isclose(first.seconds, second.seconds, rel_tol=PRECISION)
        and math.isclose(first.mean, second.mean, rel_tol=PRECISION)
        and math.isclose(first.sigma, second.sigma, rel_tol=PRECISION)
    )

"""Recommendations in the order in which they became known, for whoever fetches what is new."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, and_, col, or_, select

from obd2_api.cursors import read_cursor, write_cursor
from obd2_api.repository.analyses import ANSWERED
from obd2_common.tables.analyses import Analysis, Recommendation


@dataclass(frozen=True, slots=True)
class RecommendationFilter:
    """Which recommendations to list; None means any.

    ``until`` keeps back what was told just now: an answer with an earlier time may still be on its way into the
    database, and whoever has gone past it would never see it.
    """

    until: datetime
    source_device: str | None = None
    since: datetime | None = None
    with_duplicates: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Recommendations with the analyses they are of, oldest first, and where to go on."""

    rows: list[tuple[Analysis, Recommendation]]
    next_cursor: str | None
    has_more: bool


def list_recommendations(session: Session, wanted: RecommendationFilter, *, limit: int, cursor: str | None) -> Page:
    """Return what was recommended after a cursor, oldest first.

    The cursor of the last page comes back while there is nothing new, so that it can always be kept.

    Raises:
        InvalidInputError: the cursor is not one of ours.
    """
    told, analysis, rank = col(Analysis.finished_at), col(Analysis.analysis_id), col(Recommendation.rank)
    query = (
        select(Analysis, Recommendation)
        .join(Recommendation, col(Recommendation.analysis_id) == analysis)
        .where(col(Analysis.status) == ANSWERED, told <= wanted.until)
        .order_by(told, analysis, rank)
        .limit(limit + 1)
    )
    if wanted.source_device is not None:
        query = query.where(col(Analysis.source_device) == wanted.source_device)
    if wanted.since is not None:
        query = query.where(told >= wanted.since)
    if not wanted.with_duplicates:
        query = query.where(col(Recommendation.is_duplicate_of).is_(None))
    if cursor is not None:
        moment, (last_id, last_rank) = read_cursor(cursor, str, int)
        query = query.where(
            or_(
                told > moment,
                and_(told == moment, analysis > last_id),
                and_(told == moment, analysis == last_id, rank > last_rank),
            )
        )
    found = list(session.exec(query))
    rows = found[:limit]
    if rows:
        last, item = rows[-1]
        assert last.finished_at is not None  # noqa: S101 - the query asks for a time
        cursor = write_cursor(last.finished_at, last.analysis_id, item.rank)
    return Page(rows, cursor, len(found) > limit)

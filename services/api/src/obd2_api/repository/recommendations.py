"""Recommendations in the order in which they became known, for whoever fetches what is new."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from obd2_api.paging import Page, SortKey, read_page
from obd2_api.repository.analyses import ANSWERED
from obd2_common.tables.analyses import Analysis, Recommendation


@dataclass(frozen=True, slots=True)
class RecommendationFilter:
    """Which recommendations to list; None means any.

    ``until`` keeps back what was told just now: an answer with an earlier time may still be on its way into the
    database, and whoever has gone past it would never see it. What gave way to a newer one about the same is left out
    unless ``with_superseded``.
    """

    until: datetime
    source_device: str | None = None
    since: datetime | None = None
    with_superseded: bool = False


_IN_ORDER: tuple[SortKey[tuple[Analysis, Recommendation]], ...] = (
    SortKey(col(Analysis.finished_at), datetime, lambda row: row[0].finished_at),
    SortKey(col(Analysis.analysis_id), str, lambda row: row[0].analysis_id),
    SortKey(col(Recommendation.rank), int, lambda row: row[1].rank),
)


def list_recommendations(
    session: Session, wanted: RecommendationFilter, *, limit: int, cursor: str | None
) -> Page[tuple[Analysis, Recommendation]]:
    """Return what was recommended after a cursor, oldest first.

    The cursor of the last page comes back while there is nothing new, so that it can always be kept.

    Raises:
        InvalidInputError: the cursor is not one of ours.
    """
    told = col(Analysis.finished_at)
    query = (
        select(Analysis, Recommendation)
        .join(Recommendation, col(Recommendation.analysis_id) == col(Analysis.analysis_id))
        .where(col(Analysis.status) == ANSWERED, told <= wanted.until)
    )
    if wanted.source_device is not None:
        query = query.where(col(Analysis.source_device) == wanted.source_device)
    if wanted.since is not None:
        query = query.where(told >= wanted.since)
    if not wanted.with_superseded:
        query = query.where(col(Recommendation.superseded_by).is_(None))
    return read_page(session, query, _IN_ORDER, limit=limit, cursor=cursor)

"""Published releases."""

from datetime import datetime

from sqlmodel import Session, col, select

from obd2_api.releases import HISTORY_LENGTH, ReleaseRecord
from obd2_common.tables.operations import Release


def publish_release(session: Session, record: ReleaseRecord, *, now: datetime) -> None:
    """Make a release the current one; publishing the same version again replaces what was said about it."""
    session.merge(record.to_row(published_at=now))


def published_releases(session: Session, *, limit: int = HISTORY_LENGTH) -> list[ReleaseRecord]:
    """Return the latest published releases, newest publication first."""
    rows = session.exec(
        select(Release).order_by(col(Release.published_at).desc(), col(Release.version).desc()).limit(limit)
    )
    return [ReleaseRecord.from_row(row) for row in rows]

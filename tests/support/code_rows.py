"""Rows of the trouble code log for tests, their times in seconds after a drive's noon."""

from datetime import UTC, datetime

from obd2_analyzer.facts.trouble_codes import CodeRow
from support.drive_rows import NOON


def at(second: float) -> datetime:
    """Return a moment so many seconds after the start of the usual drive."""
    return datetime.fromtimestamp(NOON + second, UTC)


def code_row(
    code: str | None = "P0301",
    status: str | None = "stored",
    *,
    source_id: int = 1,
    seen: tuple[float | None, float | None] = (60.0, 500.0),
    drive_id: int | None = 7,
    description: str | None = None,
    data_source: str | None = "real",
    frames: tuple[str, ...] = (),
) -> CodeRow:
    """Return one row; each of its freeze frames was captured when the code was first seen."""
    first, last = (None if second is None else at(second) for second in seen)
    return CodeRow(
        source_id=source_id,
        code=code,
        description=description,
        status=status,
        first_seen_at=first,
        last_seen_at=last,
        drive_id=drive_id,
        data_source=data_source,
        frames=tuple((first, text) for text in frames),
    )

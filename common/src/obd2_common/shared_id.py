"""When two devices are suspected of sending under one id."""

from datetime import datetime, timedelta

SUSPICION_LASTS = timedelta(days=30)
"""A suspicion without new signs ends after this long."""


def is_shared_id_suspected(suspected_at: datetime | None, now: datetime) -> bool:
    """Tell whether the last sign of two devices under one id is recent.

    Args:
        suspected_at: time of that sign; None when there was never one.
        now: aware UTC.
    """
    return suspected_at is not None and now - suspected_at < SUSPICION_LASTS

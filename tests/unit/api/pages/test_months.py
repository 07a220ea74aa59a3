"""Drives are counted by month as the owner's calendar has it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from obd2_api.web.pages.drives import UNDATED, count_months


def test_a_drive_belongs_to_the_month_of_its_own_zone() -> None:
    late = datetime(2026, 8, 1, 3, 0, tzinfo=UTC)

    assert count_months([late, None], ZoneInfo("America/Chicago")) == {"2026-07": 1, UNDATED: 1}
    assert count_months([late], ZoneInfo("UTC")) == {"2026-08": 1}


def test_months_keep_the_order_of_the_drives() -> None:
    starts = [datetime(2026, month, 5, tzinfo=UTC) for month in (9, 9, 3, 1)]

    assert list(count_months(starts, ZoneInfo("UTC")).items()) == [("2026-09", 2), ("2026-03", 1), ("2026-01", 1)]

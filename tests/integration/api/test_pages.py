"""Every list shows every row once, page by page, also where the sort keys are equal or NULL."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from support.api_client import ApiClient, api_client
from support.api_rows import NOON, analysis_row, backup_row, drive_row, recommendation_row, store

SIZES = [1, 2, 3, 100]
DEVICES = ["chi-eclipse-01", "Chi-Eclipse-01", "chi-eclipse-01 ", "\u00fc"]


def pages(client: ApiClient, path: str, name: str, limit: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the pages of a list until one is empty or says it is the last."""
    cursor: str | None = None
    while True:
        page = client.get(path, limit=limit, **({} if cursor is None else {"cursor": cursor})).json()
        yield page[name]
        cursor = page["nextCursor"]
        if cursor is None or not page.get("hasMore", True):
            return


@pytest.mark.parametrize("limit", SIZES)
def test_drives_that_start_at_the_same_time_or_at_none(database: Database, limit: int) -> None:
    starts = [NOON, NOON, NOON - timedelta(microseconds=1), None, None]
    rows = [
        drive_row(str(number), device=device, epoch=epoch, started_at=start)
        for device in DEVICES
        for epoch in (1, 2)
        for number, start in enumerate(starts)
    ]
    store(database, *rows)

    shown = [drive for page in pages(api_client(database), "/api/v1/drives", "drives", limit) for drive in page]

    keys = [(drive["deviceId"], drive["epoch"], drive["driveKey"]) for drive in shown]
    assert len(keys) == len(set(keys)) == len(rows)
    moments = [drive["startedAt"] or "" for drive in shown]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("limit", SIZES)
def test_backups_received_at_the_same_time(database: Database, limit: int) -> None:
    store(database, *(backup_row(number, received_at=NOON + timedelta(seconds=number // 4)) for number in range(12)))

    shown = [row for page in pages(api_client(database), "/api/v1/backups", "backups", limit) for row in page]

    assert len({row["backupId"] for row in shown}) == len(shown) == 12
    moments = [row["receivedAt"] for row in shown]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("limit", SIZES)
def test_recommendations_told_at_the_same_time(database: Database, limit: int) -> None:
    for number in range(4):
        name = f"an-{number}"
        store(database, analysis_row(name, finished_at=NOON + timedelta(seconds=number // 2)))
        store(database, *(recommendation_row(rank, analysis_id=name) for rank in (1, 2, 3)))
    client = api_client(database, clock=utc_now)

    shown = [row for page in pages(client, "/api/v1/recommendations", "recommendations", limit) for row in page]

    assert len({(row["analysisId"], row["rank"]) for row in shown}) == len(shown) == 12
    assert [row["toldAt"] for row in shown] == sorted(row["toldAt"] for row in shown)

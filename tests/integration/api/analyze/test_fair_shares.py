"""How many requests of one key or device may wait, and that others are not refused for them."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from obd2_api.auth.credentials import Scope
from obd2_api.repository.fair_shares import (
    MOST_OF_A_DEVICES_KEY,
    MOST_OF_A_DEVICES_KEYS,
    MOST_OF_AN_OPERATORS_KEY,
)
from obd2_common.db.database import Database
from obd2_common.jobs import queue as jobs
from obd2_common.tables.jobs import Job
from support.api_client import ApiClient, api_client
from support.api_rows import DEVICE, NOON, device_row, drive_row, store
from support.issued_keys import issue

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def client(database: Database) -> ApiClient:
    store(database, device_row(), drive_row())
    return api_client(database, analysis_timeout_seconds=0.01)


def ask(client: ApiClient, *, key: str | None = None, prefer: str = "respond-async") -> tuple[int, str | None]:
    headers = {"Prefer": prefer, **({} if key is None else {"X-API-Key": key})}
    answer = client.call("POST", "/api/v1/analyze", json={"drive_id": 33, "deviceId": DEVICE}, headers=headers)
    return answer.status_code, answer.headers.get("Retry-After")


def flood(database: Database, count: int, *, asked_by: str, device: str = DEVICE) -> None:
    """Leave requests in the queue as if a key had sent them."""
    waiting = [
        jobs.JobRequest(
            jobs.ANALYSIS, "async_request", NOON, source_device=device, priority=jobs.Priority.ASKED, asked_by=asked_by
        )
        for _ in range(count)
    ]
    database.run(lambda session: jobs.enqueue_many(session, waiting, now=NOON))


@pytest.mark.parametrize("prefer", ["respond-async", "handling=lenient"], ids=["asynchronous", "waiting"])
def test_a_devices_key_is_refused_when_enough_of_its_requests_wait(
    client: ApiClient, database: Database, prefer: str
) -> None:
    key = issue(database, Scope.PUSH, device=DEVICE).text
    accepted = [ask(client, key=key)[0] for _ in range(MOST_OF_A_DEVICES_KEY)]

    refused = ask(client, key=key, prefer=prefer)

    assert set(accepted) == {202}
    assert refused == (429, "30")
    assert ask(client)[0] == 202  # an operator's request about the same device


def test_a_device_cannot_have_more_requests_wait_by_having_more_keys(client: ApiClient, database: Database) -> None:
    for number in range(4):
        flood(database, MOST_OF_A_DEVICES_KEYS // 4, asked_by=f"key-{number}")

    refused = ask(client, key=issue(database, Scope.PUSH, device=DEVICE).text)

    assert refused == (429, "30")


def test_an_operators_key_has_a_larger_share_that_ends_too(client: ApiClient, database: Database) -> None:
    flood(database, MOST_OF_AN_OPERATORS_KEY - 1, asked_by="shared", device="other")

    assert [ask(client)[0] for _ in range(2)] == [202, 429]


@pytest.mark.parametrize(
    "change", [{"state": jobs.DONE}, {"due_at": NOON + timedelta(days=36500)}], ids=["answered", "waits for the model"]
)
def test_what_does_not_wait_for_its_turn_does_not_count(
    client: ApiClient, database: Database, change: dict[str, object]
) -> None:
    key = issue(database, Scope.PUSH, device=DEVICE).text
    for _ in range(MOST_OF_A_DEVICES_KEY):
        ask(client, key=key)
    database.run(lambda session: session.connection().execute(update(Job).values(**change)))

    assert ask(client, key=key)[0] == 202

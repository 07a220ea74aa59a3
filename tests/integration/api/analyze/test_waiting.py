"""`POST /analyze`: how long an answer is waited for."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlmodel import Session, select

from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.jobs import queue as jobs
from obd2_common.tables.jobs import Job
from obd2_common.tables.operations import ServiceHeartbeat
from support.api_client import api_client
from support.api_rows import NOON, device_row, drive_row, store


def hurrying_clock() -> Callable[[], datetime]:
    """Return a clock on which ten seconds pass between two looks."""
    looks = count()
    began = utc_now()
    return lambda: began + timedelta(seconds=10 * next(looks))


@contextmanager
def running_jobs(database: Database) -> Iterator[None]:
    """Let every job be taken up and never finished."""
    stopped = threading.Event()

    def take(session: Session) -> None:
        for job in session.exec(select(Job)):
            job.state = jobs.RUNNING

    def work() -> None:
        while not stopped.wait(0.01):
            database.run(take)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    stopped.set()
    thread.join(30)


@pytest.mark.databases("sqlite")
def test_when_nobody_takes_the_job_in_time_the_client_may_come_again(database: Database) -> None:
    store(database, device_row(), drive_row())

    answer = api_client(database, analysis_timeout_seconds=0.2).post("/api/v1/analyze", {"drive_id": 33})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "busy" in answer.json()["detail"]


@pytest.mark.databases("sqlite")
def test_a_job_that_is_not_finished_in_time_is_504(database: Database) -> None:
    store(database, device_row(), drive_row())
    client = api_client(database, analysis_timeout_seconds=0.2)

    with running_jobs(database):
        answer = client.post("/api/v1/analyze", {"drive_id": 33})

    assert (answer.status_code, answer.headers["retry-after"]) == (504, "5")


@pytest.mark.databases("sqlite")
def test_without_an_analyzer_the_wait_is_short(database: Database) -> None:
    store(database, device_row(), drive_row())
    client = api_client(database, clock=hurrying_clock())

    answer = client.post("/api/v1/analyze", {"drive_id": 33})

    assert answer.status_code == 503
    assert "not running" in answer.json()["detail"]


@pytest.mark.databases("sqlite")
def test_behind_a_busy_analyzer_the_wait_goes_on(database: Database) -> None:
    beat = ServiceHeartbeat(
        service="analyzer", instance="one", version="1", started_at=NOON, beat_at=utc_now() + timedelta(hours=1)
    )
    store(database, device_row(), drive_row(), beat)
    client = api_client(database, clock=hurrying_clock(), analysis_timeout_seconds=25)

    answer = client.post("/api/v1/analyze", {"drive_id": 33})

    assert "busy" in answer.json()["detail"]

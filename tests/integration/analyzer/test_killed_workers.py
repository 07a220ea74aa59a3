"""Workers that stop in the middle of a job: nothing is lost, nothing is stored twice."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlmodel import Session

from obd2_analyzer.context import JOB_KINDS
from obd2_analyzer.facts_job import compute_drives
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.jobs import claims as jobs_repository
from obd2_common.jobs import queue as jobs
from obd2_common.jobs.claims import Claim, JobSelection, LeaseLostError
from obd2_common.jobs.queue import JobRequest
from obd2_common.tables.drives import Drive
from obd2_common.tables.jobs import Job
from support.analyzer_process import worker_in_hand
from support.analyzer_store import CAR, Garage
from support.drive_rows import drive_rows

pytestmark = pytest.mark.kill

FACTS = JobSelection(jobs.DRIVE_FACTS)
COUNT = 1000
WORKERS = 8
HOOKS = ["_load_and_compute", "_follow_up"]
"""Before anything was read, and in the middle of the transaction that stores."""


def release_expired(garage: Garage, now: datetime) -> int:
    return garage.database.run(
        lambda session: jobs_repository.release_expired(session, JOB_KINDS, now=now, max_attempts=5)
    )


@pytest.mark.parametrize("hook", HOOKS)
def test_a_job_of_a_killed_process_is_done_by_the_next(garage: Garage, database_url: str, hook: str) -> None:
    garage.clock.now = utc_now()
    garage.receive(drive_rows(300))

    with worker_in_hand(database_url, hook) as process:
        process.kill()
        process.wait()
    (taken,) = garage.all(Job, kind=jobs.DRIVE_FACTS)
    after_kill = garage.all(Drive)
    garage.clock.now = utc_now() + timedelta(seconds=61)
    released = release_expired(garage, garage.clock.now)
    garage.work()

    assert (taken.state, taken.lease_owner) == (jobs.RUNNING, "doomed")
    assert after_kill == []
    assert released == 1
    assert [drive.row_count for drive in garage.all(Drive)] == [1812]
    assert {job.state for job in garage.all(Job)} == {jobs.DONE}
    assert garage.job(taken.job_id).attempts == 2


def test_a_worker_that_pauses_past_its_lease_between_reading_and_storing_stores_nothing(
    garage: Garage, monkeypatch: pytest.MonkeyPatch
) -> None:
    garage.receive(drive_rows(60))
    slow = garage.database.run(
        lambda session: jobs_repository.claim_next(
            session, FACTS, owner="slow", now=garage.clock(), lease=timedelta(seconds=60)
        )
    )
    assert slow is not None
    run, has_paused = garage.database.run, threading.Event()

    def pause_then_run(work: object) -> object:
        # The first write of the slow worker comes after all it has read: there it is overtaken.
        if not has_paused.is_set():
            has_paused.set()
            garage.clock.advance(seconds=61)
            release_expired(garage, garage.clock())
            garage.receive(drive_rows(90, first_id=5_000))
            garage.work()
        return run(work)  # type: ignore[arg-type]

    monkeypatch.setattr(garage.database, "run", pause_then_run)
    with pytest.raises(LeaseLostError):
        compute_drives(garage.context, slow)

    assert has_paused.is_set()
    assert [drive.row_count for drive in garage.all(Drive)] == [13 * 31 - 31 + 12 * 46]


@pytest.mark.databases("server")
def test_a_thousand_jobs_and_eight_workers_give_one_result_each(database: Database) -> None:
    now = utc_now()

    def ask(session: Session) -> None:
        for number in range(COUNT):
            request = JobRequest(jobs.DRIVE_FACTS, "test", now, dedupe_key=f"job-{number}", source_device=CAR)
            jobs.enqueue(session, request, now=now)

    database.run(ask)
    finished: Counter[str] = Counter()
    guard, failures = threading.Lock(), []

    def claim_one(name: str) -> Claim | None:
        return database.run(
            lambda session: jobs_repository.claim_next(
                session, FACTS, owner=name, now=utc_now(), lease=timedelta(minutes=5)
            )
        )

    def work(name: str) -> None:
        try:
            while (taken := claim_one(name)) is not None:
                database.run(partial(jobs_repository.finish, claim=taken, result={"by": name}, now=now))
                with guard:
                    finished[taken.job_id] += 1
        except Exception as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    threads = [threading.Thread(target=work, args=[f"worker-{number}"]) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stored = Garage(database).all(Job)
    assert failures == []
    assert set(finished.values()) == {1}
    assert len(finished) == COUNT
    assert Counter((job.state, job.attempts, job.fencing_token) for job in stored) == {(jobs.DONE, 1, 1): COUNT}
    assert len({job.result["by"] for job in stored if job.result}) > 1

"""Workers, leases and fences at the job table."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import Session

from obd2_analyzer.context import JOB_KINDS
from obd2_analyzer.facts_job import compute_drives
from obd2_analyzer.worker import FACTS, Worker
from obd2_common.jobs import claims as jobs_repository
from obd2_common.jobs import queue as jobs
from obd2_common.jobs.claims import Claim, JobSelection, LeaseLostError
from obd2_common.tables.analyses import Analysis
from obd2_common.tables.drives import Drive
from obd2_common.tables.jobs import Job
from support.analyzer_store import CAR, LEASE, Garage
from support.drive_rows import drive_rows


def claim(garage: Garage, owner: str = "worker-1") -> Claim | None:
    selection = JobSelection(jobs.DRIVE_FACTS)
    return garage.database.run(
        lambda session: jobs_repository.claim_next(session, selection, owner=owner, now=garage.clock(), lease=LEASE)
    )


def claimed(garage: Garage, owner: str = "worker-1") -> Claim:
    taken = claim(garage, owner)
    assert taken is not None
    return taken


def release_expired(garage: Garage, max_attempts: int = 5) -> int:
    return garage.database.run(
        lambda session: jobs_repository.release_expired(
            session, JOB_KINDS, now=garage.clock(), max_attempts=max_attempts
        )
    )


def test_a_job_is_claimed_by_one_worker_only(garage: Garage) -> None:
    garage.receive(drive_rows(60))

    assert claim(garage, "first") is not None
    assert claim(garage, "second") is None


def test_a_job_that_is_not_due_waits(garage: Garage) -> None:
    request = jobs.JobRequest(jobs.DRIVE_FACTS, "rows", garage.clock() + timedelta(seconds=300), drive_id=7)
    garage.database.run(lambda session: jobs.enqueue(session, request, now=garage.clock()))

    assert garage.work() == 0
    garage.clock.advance(seconds=301)
    assert claim(garage) is not None


def test_somebody_who_waits_for_an_analysis_comes_before_new_facts(garage: Garage) -> None:
    garage.receive(drive_rows(60))
    garage.clock.advance(seconds=1)
    garage.ask({"deviceId": CAR, "driveId": 7})

    assert garage.worker().work_once()
    assert {job.kind: job.state for job in garage.all(Job)} == {jobs.ANALYSIS: "done", jobs.DRIVE_FACTS: "queued"}


def test_rows_that_arrive_during_the_work_put_the_job_back_in_the_queue(garage: Garage) -> None:
    garage.receive(drive_rows(60))
    taken = claimed(garage)
    garage.receive(drive_rows(80))

    compute_drives(garage.context, taken)

    assert garage.job(taken.job_id).state == "queued"
    garage.work()
    assert garage.drives()["7"].duration_seconds == 80
    assert garage.job(taken.job_id).state == "done"


def test_a_worker_past_its_lease_writes_nothing(garage: Garage) -> None:
    garage.receive(drive_rows(60))
    slow = claimed(garage, "slow")
    garage.clock.advance(seconds=61)
    assert release_expired(garage) == 1
    quick = claimed(garage, "quick")

    with pytest.raises(LeaseLostError):
        compute_drives(garage.context, slow)

    assert garage.all(Drive) == []
    compute_drives(garage.context, quick)
    assert len(garage.all(Drive)) == 1


def test_a_renewed_lease_does_not_expire(garage: Garage) -> None:
    garage.receive(drive_rows(60))
    taken = claimed(garage)
    garage.clock.advance(seconds=50)
    garage.database.run(lambda session: jobs_repository.renew(session, taken, now=garage.clock(), lease=LEASE))
    garage.clock.advance(seconds=50)

    assert release_expired(garage) == 0


def test_a_job_whose_workers_keep_falling_silent_is_given_up(garage: Garage) -> None:
    garage.receive(drive_rows(60))
    for _ in range(2):
        taken = claimed(garage)
        garage.clock.advance(seconds=61)
        release_expired(garage, max_attempts=2)

    job = garage.job(taken.job_id)
    assert (job.state, job.last_error) == ("dead", "the worker fell silent")


def test_a_failing_job_is_tried_again_later_each_time_and_then_given_up(garage: Garage) -> None:
    job_id = garage.ask({"deviceId": CAR, "driveId": 7, "windowStart": "no time"})
    worker = garage.worker(max_attempts=2)

    assert worker.work_once()
    first = garage.job(job_id)
    assert (first.state, first.last_error) == ("queued", "ValueError")
    assert first.due_at == garage.clock() + timedelta(seconds=5)
    assert not worker.work_once()
    garage.clock.advance(seconds=5)
    assert worker.work_once()

    last = garage.job(job_id)
    assert (last.state, last.attempts, last.last_error) == ("dead", 2, "ValueError")
    assert worker.last_error == "ValueError"


def test_a_failing_job_does_not_hold_up_the_next(garage: Garage) -> None:
    garage.ask({"deviceId": CAR, "driveId": 7, "windowStart": "no time"})
    garage.receive(drive_rows(60))

    garage.work()

    assert list(garage.drives()) == ["7"]


def test_finished_requests_are_pruned_and_subjects_stay(garage: Garage) -> None:
    garage.receive(drive_rows(60))
    garage.ask({"deviceId": CAR, "driveId": 7})
    garage.work()
    garage.clock.advance(days=31)

    pruned = garage.database.run(
        lambda session: jobs_repository.prune_finished(session, JOB_KINDS, before=garage.clock() - timedelta(days=30))
    )

    assert pruned == 1
    assert {job.kind for job in garage.all(Job)} == {jobs.DRIVE_FACTS, jobs.ANALYSIS}


def test_jobs_of_other_services_are_left_alone(garage: Garage) -> None:
    request = jobs.JobRequest("something_else", "test", garage.clock())
    garage.database.run(lambda session: jobs.enqueue(session, request, now=garage.clock()))

    assert garage.work() == 0


def test_a_worker_for_facts_leaves_analyses_to_others(garage: Garage) -> None:
    garage.ask({"deviceId": CAR, "driveId": 7})
    worker = Worker(garage.context, name="facts", lease=LEASE, max_attempts=5, selections=FACTS)

    assert not worker.work_once()
    assert garage.work() == 1


def test_many_workers_give_every_drive_exactly_one_result(garage: Garage) -> None:
    for drive_id in range(1, 25):
        garage.receive(
            drive_rows(
                62, every_seconds=20, started_at=1.75e9 + drive_id * 9000, first_id=drive_id * 100, drive_id=drive_id
            )
        )
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            garage.work(garage.worker(f"worker-{number}"))
        except Exception as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    garage.work()

    assert failures == []
    assert len(garage.all(Drive)) == 24
    assert {job.state for job in garage.all(Job)} == {"done"}
    assert len(garage.all(Analysis)) == 24


def test_drives_computed_at_once_see_each_others_overlap(garage: Garage) -> None:
    garage.receive(drive_rows(300, drive_id=23))
    garage.receive(drive_rows(300, first_id=10_000, drive_id=24))
    first, second = claimed(garage, "one"), claimed(garage, "two")

    threads = [threading.Thread(target=compute_drives, args=[garage.context, taken]) for taken in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {key: drive.overlaps_with for key, drive in garage.drives().items()} == {"23": ["24"], "24": ["23"]}


def test_a_job_that_vanished_cannot_be_finished(garage: Garage) -> None:
    garage.receive(drive_rows(60))
    taken = claimed(garage)

    def forget(session: Session) -> None:
        session.connection().execute(update(Job.__table__).values(fencing_token=99))  # type: ignore[attr-defined]

    garage.database.run(forget)

    with pytest.raises(LeaseLostError):
        garage.database.run(lambda session: jobs_repository.finish(session, taken, result={}, now=garage.clock()))

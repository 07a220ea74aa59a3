"""Leaving work for another service, and signs of life."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, event
from sqlmodel import Session, col, select, update

from obd2_common import __version__
from obd2_common.db.database import Database
from obd2_common.errors import DatabaseUnavailableError
from obd2_common.heartbeat import PROOF_OF_WRITE, PROVEN_SECONDS, WriteProof, beat
from obd2_common.jobs import claims
from obd2_common.jobs import queue as jobs
from obd2_common.jobs.queue import Priority
from obd2_common.jobs.recompute import lock_device, lock_source
from obd2_common.tables.devices import Device, DeviceEpoch
from obd2_common.tables.jobs import Job
from obd2_common.tables.operations import ServiceHeartbeat
from support.pauses import Pauses
from support.statement_faults import refused_writes, server_error, statement_faults

NOW = datetime(2026, 7, 11, 18, 2, 44, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
LEASE = timedelta(minutes=1)
SELECTION = claims.JobSelection(jobs.DRIVE_FACTS)
KEY = jobs.drive_facts_key("chi-eclipse-01", 1, 33)


def request(reason: str, *, due_at: datetime = NOW, dedupe_key: str | None = KEY) -> jobs.JobRequest:
    return jobs.JobRequest(
        kind=jobs.DRIVE_FACTS,
        reason=reason,
        due_at=due_at,
        dedupe_key=dedupe_key,
        source_device="chi-eclipse-01",
        source_epoch=1,
        drive_id=33,
        payload={"rows": 3},
    )


def enqueue(database: Database, wanted: jobs.JobRequest, *, now: datetime = NOW) -> str:
    return database.run(lambda session: jobs.enqueue(session, wanted, now=now))


def all_jobs(database: Database) -> list[Job]:
    return database.read(lambda session: list(session.exec(select(Job))))


def test_a_job_waits_in_the_queue_with_what_its_worker_needs(database: Database) -> None:
    job_id = enqueue(database, request("rows", due_at=LATER))

    (job,) = all_jobs(database)
    assert (job.job_id, job.kind, job.reason, job.state) == (job_id, "drive_facts", "rows", "queued")
    assert (job.source_device, job.source_epoch, job.drive_id) == ("chi-eclipse-01", 1, 33)
    assert (job.payload, job.due_at, job.revision, job.attempts) == ({"rows": 3}, LATER, 1, 0)


def test_asking_again_for_one_subject_raises_the_revision_of_its_one_job(database: Database) -> None:
    enqueue(database, request("rows"))
    enqueue(database, request("drive_end", due_at=LATER), now=LATER)

    (job,) = all_jobs(database)
    assert (job.revision, job.reason, job.due_at, job.updated_at) == (2, "drive_end", LATER, LATER)
    assert job.created_at == NOW


@pytest.mark.parametrize(("before", "after"), [("done", "queued"), ("dead", "queued"), ("running", "running")])
def test_asking_again_reopens_a_finished_job_and_leaves_a_running_one_to_its_worker(
    database: Database, before: str, after: str
) -> None:
    enqueue(database, request("rows"))
    database.run(
        lambda session: session.connection().execute(update(Job).values(state=before, attempts=3, finished_at=NOW))
    )

    enqueue(database, request("late_rows"))

    (job,) = all_jobs(database)
    assert (job.state, job.revision, job.attempts, job.finished_at) == (after, 2, 0, None)


def test_jobs_without_a_dedupe_key_are_jobs_of_their_own(database: Database) -> None:
    ids = {enqueue(database, request("request", dedupe_key=None)) for _ in range(3)}

    assert {job.job_id for job in all_jobs(database)} == ids


def test_a_job_is_due_by_the_earliest_bound_it_was_given_while_it_waits(database: Database) -> None:
    bound = NOW + timedelta(minutes=7)
    enqueue(database, replace(request("rows", due_at=LATER), due_by=bound))
    enqueue(database, replace(request("rows", due_at=LATER + timedelta(hours=1)), due_by=bound + timedelta(hours=1)))

    (job,) = all_jobs(database)
    assert (job.due_at, job.due_by) == (bound, bound)


def test_a_job_that_was_done_has_no_bound_of_before(database: Database) -> None:
    enqueue(database, replace(request("rows", due_at=NOW), due_by=NOW))
    claim = database.run(partial(claims.claim_next, selection=SELECTION, owner="w", now=NOW, lease=LEASE))
    assert claim is not None
    database.run(lambda session: claims.finish(session, claim, result={}, now=NOW))

    enqueue(database, replace(request("rows", due_at=LATER), due_by=LATER + LEASE), now=LATER)

    (job,) = all_jobs(database)
    assert (job.due_at, job.due_by) == (LATER, LATER + LEASE)


def test_jobs_are_taken_by_priority_and_then_by_due_time(database: Database) -> None:
    wanted = [(Priority.BACKLOG, 0), (Priority.AUTOMATIC, 2), (Priority.AUTOMATIC, 1), (Priority.AWAITED, 3)]
    for priority, minute in wanted:
        due_at = NOW - timedelta(minutes=10 - minute)
        enqueue(database, replace(request("rows", due_at=due_at, dedupe_key=None), priority=priority))

    taken = [
        database.run(partial(claims.claim_next, selection=SELECTION, owner="w", now=NOW, lease=LEASE)) for _ in wanted
    ]

    order = {job.job_id: (Priority(job.priority), job.due_at.minute) for job in all_jobs(database)}
    assert [order[claim.job_id][0] for claim in taken if claim] == sorted(priority for priority, _ in wanted)
    assert order[taken[1].job_id if taken[1] else ""][1] < order[taken[2].job_id if taken[2] else ""][1]


def test_a_job_in_the_queue_keeps_the_better_of_its_priorities(database: Database) -> None:
    for priority in (Priority.BACKLOG, Priority.AUTOMATIC, Priority.BACKLOG):
        enqueue(database, replace(request("rows"), priority=priority))

    (job,) = all_jobs(database)
    assert job.priority == Priority.AUTOMATIC


def test_what_a_clock_that_was_ahead_put_off_is_due_and_its_leases_end(database: Database) -> None:
    tomorrow = NOW + timedelta(days=1)
    enqueue(database, request("rows", due_at=tomorrow), now=tomorrow)
    enqueue(database, request("rows", due_at=tomorrow, dedupe_key="taken"), now=tomorrow)
    database.run(partial(claims.claim_next, selection=SELECTION, owner="w", now=tomorrow, lease=LEASE))
    enqueue(database, request("rows", due_at=LATER, dedupe_key="as usual"), now=NOW)

    mended = database.run(partial(claims.mend_clock, now=NOW, lease=LEASE))

    moments = sorted((job.due_at if job.state == jobs.QUEUED else job.lease_until) or NOW for job in all_jobs(database))
    assert mended == 2
    assert moments == [NOW, NOW + LEASE, LATER]


def test_a_job_asked_for_in_a_transaction_that_fails_is_not_there(database: Database) -> None:
    def ask_and_fail(session: Session) -> None:
        jobs.enqueue(session, request("rows"), now=NOW)
        raise RuntimeError("after the job")

    with pytest.raises(RuntimeError):
        database.run(ask_and_fail)

    assert all_jobs(database) == []


def test_dedupe_keys_of_two_subjects_differ() -> None:
    keys = {
        jobs.drive_facts_key(device, epoch, drive)
        for device in ("1:2", "2", "car")
        for epoch in (1, 2)
        for drive in (1, 2)
    }

    assert len(keys) == 12


def test_a_heartbeat_is_one_row_per_instance_that_moves(database: Database) -> None:
    for instance, now in (("a", NOW), ("b", NOW), ("a", LATER), ("b", LATER)):
        pulse = partial(beat, service="api", instance=instance, started_at=NOW, now=now, details={"port": 8000})
        database.run(pulse)

    rows = database.read(
        lambda session: session.exec(select(ServiceHeartbeat).order_by(col(ServiceHeartbeat.instance))).all()
    )
    assert [(row.instance, row.beat_at, row.version, row.details) for row in rows] == [
        ("a", LATER, __version__, {"port": 8000}),
        ("b", LATER, __version__, {"port": 8000}),
    ]


def test_instances_of_long_ago_are_forgotten_when_a_new_one_begins(database: Database) -> None:
    for instance, age in (("old", timedelta(days=8)), ("recent", timedelta(days=6)), ("new", timedelta(0))):
        database.run(
            lambda session, instance=instance, at=NOW - age: beat(  # type: ignore[misc]
                session, service="pruned", instance=instance, started_at=at, now=at
            )
        )

    found = database.read(
        lambda session: session.exec(
            select(ServiceHeartbeat.instance).where(ServiceHeartbeat.service == "pruned")
        ).all()
    )
    assert sorted(found) == ["new", "recent"]


@pytest.mark.databases("server")
def test_a_server_that_takes_no_writes_is_found_out_by_writing(database: Database) -> None:
    pauses = Pauses()
    proof = WriteProof(database, lambda: NOW, pauses.monotonic)

    with statement_faults(database, server_error(1290), breaks_at=1), pytest.raises(DatabaseUnavailableError):
        proof.require()
    proof.require()
    with statement_faults(database) as asked_soon:
        proof.require()
    pauses(PROVEN_SECONDS)
    with statement_faults(database) as asked_later:
        proof.require()

    assert (proof.fault, asked_soon.executed) == (None, ["SELECT 1"])
    assert len(asked_later.executed) > 2
    (row,) = database.read(lambda session: session.exec(select(ServiceHeartbeat)).all())
    assert (row.service, row.beat_at) == (PROOF_OF_WRITE, NOW)


@pytest.mark.databases("server")
def test_why_a_server_takes_no_writes_is_remembered_until_it_does(database: Database) -> None:
    proof = WriteProof(database)

    with refused_writes(database, 1836):
        with pytest.raises(DatabaseUnavailableError, match="cannot be written: injected"):
            proof.require()
        assert proof.fault == "the database cannot be written: injected"

    proof.require()
    assert proof.fault is None


def test_a_job_that_another_worker_took_although_it_was_locked_is_not_taken(database: Database) -> None:
    enqueue(database, request("rows"))

    def claim(session: Session) -> claims.Claim | None:
        @event.listens_for(session.connection(), "after_cursor_execute")
        def _another_is_quicker(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("SELECT") and "lease_owner" in statement:
                connection.execute(update(Job).values(fencing_token=Job.fencing_token + 1))

        return claims.claim_next(session, SELECTION, owner="late", now=NOW, lease=LEASE)

    assert database.run(claim) is None
    assert [job.state for job in all_jobs(database)] == ["queued"]
    assert database.run(lambda s: claims.claim_next(s, SELECTION, owner="next", now=NOW, lease=LEASE)) is not None


def test_locks_write_so_that_nodes_of_a_cluster_see_them(database: Database) -> None:
    epoch = DeviceEpoch(source_device="car", source_epoch=1, opened_at=NOW, reason="first contact")
    device = Device(source_device="car", display_name="car", open_epoch=1, first_seen_at=NOW, last_seen_at=NOW)
    database.run(lambda session: session.add_all([epoch, device]))

    for _ in range(2):
        database.run(lambda session: lock_source(session, "car", 1))
        assert database.run(lambda session: lock_device(session, "car"))

    assert not database.run(lambda session: lock_device(session, "no such car"))
    counts = database.read(
        lambda session: [session.exec(select(col(table.lock_count))).one() for table in (Device, DeviceEpoch)]
    )
    assert counts == [2, 2]

"""The job that tries quarantined rows again: however many there are, nobody's request waits for them."""

import os
import socket
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from obd2_api.ingest.receive import Ingest
from obd2_api.ingest.replay import Replay, replay
from obd2_api.repository.quarantine import QuarantineFilter, open_ids
from obd2_common.errors import DatabaseUnavailableError, Obd2Error
from obd2_common.jobs import claims, queue
from obd2_common.jobs.claims import Claim, JobSelection, LeaseLostError
from obd2_common.jobs.listing import find_job
from obd2_common.tables.jobs import Job

log = structlog.get_logger(__name__)

KIND = queue.QUARANTINE_REPLAY
SELECTION = JobSelection(KIND)
LEASE = timedelta(minutes=2)
ROWS_AT_ONCE = 50
MAX_ATTEMPTS = 5
LOOK_SECONDS = 5.0
WAIT_SECONDS = 0.2
NUMBERS, WANTED = "numbers", "wanted"


def enqueue_replay(
    session: Session,
    wanted: QuarantineFilter,
    *,
    numbers: list[int] | None = None,
    asked_by: str | None = None,
    now: datetime,
) -> str:
    """Leave a replay in the job table and return its id.

    Args:
        session: the caller commits.
        wanted: which rows to try; only open ones are.
        numbers: these rows instead, whatever else they are.
        asked_by: whose request it is; None for an operator at the server.
        now: the time.
    """
    request = queue.JobRequest(
        kind=KIND,
        reason=queue.REASON_ASYNC_REQUEST,
        due_at=now,
        source_device=wanted.source_device,
        payload={NUMBERS: numbers, WANTED: asdict(wanted)},
        priority=queue.Priority.ASKED,
        asked_by=asked_by,
    )
    return queue.enqueue(session, request, now=now)


def outcome_of(result: dict[str, Any] | None) -> Replay:
    """Read what a replay has come to so far from its job's result."""
    document = result or {}
    return Replay(document.get("stored", 0), Counter(document.get("reasons", {})))


def wait_until_over(worker: "ReplayWorker", job_id: str) -> Job:
    """Return the job of a replay once it is done or dead; the worker helps, in case no server runs.

    Raises:
        NotFoundError: somebody has deleted it.
        DatabaseUnavailableError: the database went away.
    """
    while True:
        job = worker.ingest.database.read(lambda session: find_job(session, job_id))
        if job.state in {queue.DONE, queue.DEAD}:
            return job
        if not worker.work_once():
            time.sleep(WAIT_SECONDS)


@dataclass
class ReplayWorker:
    """Claims replays, in a thread of its own once it was started, and does them some rows at a time.

    Args:
        ingest: what storing rows needs.
    """

    ingest: Ingest
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=self._work, name="quarantine-replay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the rows in hand; blocks. What is left of a replay is done by whoever starts next."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def work_once(self) -> bool:
        """Do the next replay; return whether there was one.

        Raises:
            DatabaseUnavailableError: the database went away; the replay goes on when its lease is over.
        """
        database, now = self.ingest.database, self.ingest.clock()
        if not database.read(lambda session: claims.has_unfinished(session, SELECTION, now=now)):
            return False
        owner = f"{socket.gethostname()}:{os.getpid()}:replay"
        claim = database.run(lambda session: _claim(session, owner, now))
        if claim is None:
            return False
        try:
            self._replay(claim)
        except LeaseLostError:
            log.warning("job_lease_lost", job_id=claim.job_id, kind=claim.kind)
        except DatabaseUnavailableError:
            raise
        except Exception as error:
            log.exception("job_failed", job_id=claim.job_id, kind=claim.kind, attempt=claim.attempts)
            said, now = str(error) if isinstance(error, Obd2Error) else type(error).__name__, self.ingest.clock()
            database.run(
                lambda session: claims.give_back(session, claim, error=said, now=now, max_attempts=MAX_ATTEMPTS)
            )
        return True

    def _replay(self, claim: Claim) -> None:
        database, clock = self.ingest.database, self.ingest.clock
        numbers: list[int] | None = claim.payload.get(NUMBERS)
        wanted = QuarantineFilter(**claim.payload[WANTED])
        ids = numbers or database.read(lambda session: open_ids(session, wanted))
        done = Replay(outcome_of(claim.previous_result).stored)
        for start in range(0, len(ids), ROWS_AT_ONCE):
            part = replay(self.ingest, ids[start : start + ROWS_AT_ONCE])
            done = Replay(done.stored + part.stored, done.kept + part.kept)
            now, result = clock(), _document(done)
            if self._stopping.is_set():
                rest = claims.Postponement(result, "the server stopped", now, is_attempt=False)
                database.run(lambda session: claims.postpone(session, claim, rest, now=now))  # noqa: B023 - at once
                return
            database.run(
                lambda session: claims.renew(session, claim, now=now, lease=LEASE, result=result)  # noqa: B023 - at once
            )
        now, result = clock(), _document(done)
        database.run(lambda session: claims.finish(session, claim, result=result, now=now))

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                if self.work_once():
                    continue
            except (Obd2Error, SQLAlchemyError) as error:
                log.warning("quarantine_replay_waits", reason=type(error).__name__)
            self._stopping.wait(LOOK_SECONDS)


def _claim(session: Session, owner: str, now: datetime) -> Claim | None:
    claims.release_expired(session, (KIND,), now=now, max_attempts=MAX_ATTEMPTS)
    return claims.claim_next(session, SELECTION, owner=owner, now=now, lease=LEASE)


def _document(done: Replay) -> dict[str, Any]:
    return {"stored": done.stored, "kept": done.kept.total(), "reasons": dict(done.kept)}

"""Works through the job table: claims one job at a time, does it, and never lets a failure stop the next."""

import threading
from datetime import timedelta

import structlog

from obd2_analyzer.analyses.job import answer_analysis
from obd2_analyzer.context import Workbench
from obd2_analyzer.facts_job import compute_drives
from obd2_common.errors import DatabaseUnavailableError, Obd2Error
from obd2_common.jobs import claims as jobs_repository
from obd2_common.jobs.claims import ANY_JOB, Chosen, Claim, LeaseLostError
from obd2_common.jobs.queue import ANALYSIS

log = structlog.get_logger(__name__)


class Worker:
    """Claims and does jobs under one name; knows what it has in hand, so that its lease can be renewed."""

    def __init__(
        self,
        bench: Workbench,
        *,
        name: str,
        lease: timedelta,
        max_attempts: int,
        chosen: Chosen = ANY_JOB,
    ) -> None:
        self._bench = bench
        self._chosen = chosen
        self._name = name
        self._lease = lease
        self._max_attempts = max_attempts
        self._in_hand: Claim | None = None
        self._guard = threading.Lock()
        self.last_error: str | None = None
        self.done_count = 0

    def work_once(self) -> bool:
        """Do the next due job; return whether there was one.

        Raises:
            DatabaseUnavailableError: the database went away.
        """
        held = self._claim()
        if held is None:
            return False
        self._hold(held)
        try:
            self._do(held)
        finally:
            self._hold(None)
        return True

    def renew_lease(self) -> None:
        """Tell that this worker is still at its job."""
        with self._guard:
            held = self._in_hand
        if held is not None:
            now = self._bench.clock()
            self._bench.database.run(lambda session: jobs_repository.renew(session, held, now=now, lease=self._lease))

    def _claim(self) -> Claim | None:
        now, database = self._bench.clock(), self._bench.database
        # On SQLite a claim takes the only write lock, so look first.
        if not database.read(lambda session: jobs_repository.has_due_job(session, now, self._chosen)):
            return None
        return database.run(
            lambda session: jobs_repository.claim(
                session, owner=self._name, now=now, lease=self._lease, chosen=self._chosen
            )
        )

    def _do(self, held: Claim) -> None:
        try:
            work = answer_analysis if held.kind == ANALYSIS else compute_drives
            work(self._bench, held)
        except LeaseLostError:
            log.warning("job_lease_lost", job_id=held.job_id, kind=held.kind)
        except DatabaseUnavailableError:
            # The lease runs out by itself; whoever comes first then takes the job.
            log.warning("job_waits_for_database", job_id=held.job_id, kind=held.kind)
            raise
        except Exception as error:
            log.exception("job_failed", job_id=held.job_id, kind=held.kind, attempt=held.attempts)
            self.last_error = _described(error)
            self._give_back(held, self.last_error)
        else:
            self.last_error = None
            self.done_count += 1

    def _give_back(self, held: Claim, error: str) -> None:
        now = self._bench.clock()
        try:
            is_dead = self._bench.database.run(
                lambda session: jobs_repository.give_back(
                    session, held, error=error, now=now, max_attempts=self._max_attempts
                )
            )
        except LeaseLostError:
            return
        if is_dead:
            log.error("job_given_up", job_id=held.job_id, kind=held.kind, attempts=held.attempts)

    def _hold(self, held: Claim | None) -> None:
        with self._guard:
            self._in_hand = held


def _described(error: Exception) -> str:
    """Describe a failure without row content: our own errors speak for themselves, others are only named."""
    return str(error) if isinstance(error, Obd2Error) else type(error).__name__

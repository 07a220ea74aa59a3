"""Works through the job table: claims one job at a time, does it, and never lets a failure stop the next."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import structlog

from obd2_analyzer.analyses.job import answer_analysis
from obd2_analyzer.context import JOB_KINDS, Context
from obd2_analyzer.facts_job import compute_drives
from obd2_analyzer.notices import NoticeError, NoticePolicy, send_notice
from obd2_common.errors import DatabaseUnavailableError, Obd2Error, StorageFaultError
from obd2_common.jobs import claims as jobs_repository
from obd2_common.jobs.claims import Claim, JobSelection, LeaseLostError
from obd2_common.jobs.queue import ANALYSIS, DRIVE_FACTS, NOTICE, REASON_REQUEST

log = structlog.get_logger(__name__)

EVERY_JOB = tuple(JobSelection(kind) for kind in JOB_KINDS)
FACTS = (JobSelection(DRIVE_FACTS),)
AWAITED_ANALYSES = (JobSelection(ANALYSIS, reasons=(REASON_REQUEST,)),)
BACKGROUND_ANALYSES = (JobSelection(ANALYSIS, other_reasons=(REASON_REQUEST,)),)
NOTICES = (JobSelection(NOTICE),)

Work = Callable[[Context, Claim], None]


class Worker:
    """Claims and does jobs under one name; knows what it has in hand, so that its lease can be renewed.

    Args:
        context: what jobs work with.
        name: of the worker, in the job table.
        lease: for how long a claim is valid without a renewal.
        max_attempts: failures after which a job is given up.
        selections: which jobs it takes, in the order it prefers.
        notices: whom it tells; only one that takes notices needs them.
    """

    def __init__(
        self,
        context: Context,
        *,
        name: str,
        lease: timedelta,
        max_attempts: int,
        selections: Sequence[JobSelection] = EVERY_JOB,
        notices: NoticePolicy | None = None,
    ) -> None:
        self._work: dict[str, Work] = {ANALYSIS: answer_analysis, DRIVE_FACTS: compute_drives}
        if notices is not None:
            self._work[NOTICE] = partial(send_notice, policy=notices)
        self._context = context
        self._selections = selections
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
        claim = self._claim()
        if claim is None:
            return False
        self._hold(claim)
        try:
            self._do(claim)
        finally:
            self._hold(None)
        return True

    def renew_lease(self) -> None:
        """Tell that this worker is still at its job."""
        with self._guard:
            claim = self._in_hand
        if claim is not None:
            now = self._context.clock()
            self._context.database.run(
                lambda session: jobs_repository.renew(session, claim, now=now, lease=self._lease)
            )

    def _claim(self) -> Claim | None:
        for selection in self._selections:
            claim = self._claim_one(selection)
            if claim is not None:
                return claim
        return None

    def _claim_one(self, selection: JobSelection) -> Claim | None:
        now, database = self._context.clock(), self._context.database
        # On SQLite a claim takes the only write lock, so look first.
        if not database.read(lambda session: jobs_repository.has_due_job(session, selection, now=now)):
            return None
        return database.run(
            lambda session: jobs_repository.claim_next(session, selection, owner=self._name, now=now, lease=self._lease)
        )

    def _do(self, claim: Claim) -> None:
        try:
            self._work[claim.kind](self._context, claim)
        except LeaseLostError:
            log.warning("job_lease_lost", job_id=claim.job_id, kind=claim.kind)
        except StorageFaultError:
            raise  # the storage writes its own line
        except DatabaseUnavailableError:
            # The lease runs out by itself; whoever comes first then takes the job.
            log.warning("job_waits_for_database", job_id=claim.job_id, kind=claim.kind)
            raise
        except NoticeError as error:
            self.last_error = str(error)
            log.warning("notice_not_taken", job_id=claim.job_id, attempt=claim.attempts, reason=self.last_error)
            self._give_back(claim, self.last_error)
        except Exception as error:
            log.exception("job_failed", job_id=claim.job_id, kind=claim.kind, attempt=claim.attempts)
            self.last_error = _described(error)
            self._give_back(claim, self.last_error)
        else:
            self.last_error = None
            self.done_count += 1

    def _give_back(self, claim: Claim, error: str) -> None:
        now = self._context.clock()
        try:
            is_dead = self._context.database.run(
                lambda session: jobs_repository.give_back(
                    session, claim, error=error, now=now, max_attempts=self._max_attempts
                )
            )
        except LeaseLostError:
            return
        if is_dead:
            log.error("job_given_up", job_id=claim.job_id, kind=claim.kind, attempts=claim.attempts)

    def _hold(self, claim: Claim | None) -> None:
        with self._guard:
            self._in_hand = claim


def _described(error: Exception) -> str:
    """Describe a failure without row content: our own errors speak for themselves, others are only named."""
    return str(error) if isinstance(error, Obd2Error) else type(error).__name__

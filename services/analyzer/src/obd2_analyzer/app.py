"""The running analyzer: workers at the job table, and what happens by schedule."""

import os
import socket
import threading
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlmodel import Session

from obd2_analyzer.advice.adviser import Adviser, ModelState
from obd2_analyzer.analyses.reanalysis import ask_again_of_newest
from obd2_analyzer.context import JOB_KINDS, Context, TimeLimits
from obd2_analyzer.nightly import Retention, due_slot, refresh_outdated, run_due_tasks
from obd2_analyzer.notices import MAXIMUM_ATTEMPTS as NOTICE_ATTEMPTS
from obd2_analyzer.notices import look_for_notices
from obd2_analyzer.settings import AnalyzerSettings
from obd2_analyzer.worker import AWAITED_ANALYSES, BACKGROUND_ANALYSES, FACTS, NOTICES, Worker
from obd2_common.clock import Clock, utc_now
from obd2_common.db.database import Database
from obd2_common.errors import DatabaseUnavailableError
from obd2_common.jobs import claims as jobs_repository
from obd2_common.jobs.claims import JobSelection
from obd2_common.jobs.queue import NOTICE
from obd2_common.metrics import RunCounter
from obd2_common.migrate import check_schema
from obd2_common.service import HEARTBEAT_INTERVAL, Schedule, sign_of_life

log = structlog.get_logger(__name__)

SERVICE = "analyzer"
LOOK_AT_MODEL_INTERVAL = timedelta(minutes=1)
LOOK_FOR_NOTICES_INTERVAL = timedelta(minutes=1)
LOOK_FOR_NIGHT_INTERVAL = timedelta(minutes=5)
LOOK_AT_LIMITS_INTERVAL = timedelta(seconds=15)
PAUSE_AFTER_FAILURE_SECONDS = 5.0


class Analyzer:
    """Computes drives and answers analyses until it is stopped."""

    def __init__(self, settings: AnalyzerSettings, context: Context, on_run: RunCounter | None = None) -> None:
        self._settings = settings
        self._on_run = on_run
        self._context = context
        self._stopping = threading.Event()
        self._retention = Retention(
            history=timedelta(days=settings.sync_history_days), jobs=timedelta(days=settings.finished_jobs_days)
        )
        self._lease = timedelta(seconds=settings.analyzer_lease_seconds)
        self._notices = settings.notice_policy()
        # Facts never wait for advice, and who asks does not wait for what nobody asked for: a language model may keep
        # a worker busy for minutes, and one that waits for its turn still answers by rule in time.
        self._workers = [
            *(self._worker(f"facts-{number + 1}", FACTS) for number in range(settings.analyzer_workers)),
            self._worker("requests", AWAITED_ANALYSES),
            self._worker("analyses", BACKGROUND_ANALYSES),
        ]
        # A receiver that does not answer keeps nobody else waiting.
        if self._notices is not None:
            self._workers.append(self._worker("notices", NOTICES, max_attempts=NOTICE_ATTEMPTS))
        self._threads = [
            threading.Thread(target=self._work, args=[worker], name=f"analyzer-{number}", daemon=True)
            for number, worker in enumerate(self._workers, start=1)
        ]
        self._schedule = Schedule(context.clock, on_run)
        self._has_asked_again = False

    def start(self) -> None:
        """Begin to work, in threads of its own."""
        context, lease, every = self._context, self._lease, self._schedule.every
        tell = sign_of_life(SERVICE, context.database, context.clock, self._details)
        every(HEARTBEAT_INTERVAL, "beat", tell)
        every(lease / 3, "renew_leases", self._renew_leases, delay=lease / 3)
        every(lease / 2, "mend_clock", self._mend_clock)
        every(lease / 2, "release_expired", self._release_expired)
        every(LOOK_FOR_NIGHT_INTERVAL, "nightly", self._nightly)
        self._schedule.once("refresh_outdated", partial(refresh_outdated, context))
        every(LOOK_AT_LIMITS_INTERVAL, "look_at_limits", self._look_at_limits, delay=LOOK_AT_LIMITS_INTERVAL)
        if self._notices is not None:
            look = partial(look_for_notices, context, self._notices)
            every(LOOK_FOR_NOTICES_INTERVAL, "look_for_notices", look)
        if context.adviser is not None:
            every(LOOK_AT_MODEL_INTERVAL, "look_at_model", partial(self._look_at_model, context.adviser))
        self._schedule.start()
        for thread in self._threads:
            thread.start()
        log.info("analyzer_started", workers=len(self._workers))

    def stop(self) -> None:
        """Stop after the jobs in hand; a language model that is still speaking is cut short."""
        self._stopping.set()
        if self._context.adviser is not None:
            self._context.adviser.close()
        for thread in self._threads:
            thread.join()
        self._schedule.stop()
        log.info("analyzer_stopped")

    def _worker(self, name: str, selections: Sequence[JobSelection], *, max_attempts: int | None = None) -> Worker:
        return Worker(
            self._context,
            name=f"{socket.gethostname()}:{os.getpid()}:{name}",
            lease=self._lease,
            max_attempts=max_attempts or self._settings.analyzer_max_attempts,
            selections=selections,
            notices=self._notices,
        )

    def _work(self, worker: Worker) -> None:
        while not self._stopping.is_set():
            pause_seconds = self._settings.analyzer_poll_seconds
            try:
                if worker.work_once():
                    continue
            except DatabaseUnavailableError:
                worker.last_error = "the database does not answer"
                pause_seconds = PAUSE_AFTER_FAILURE_SECONDS
            except Exception as error:
                log.exception("worker_failed")
                worker.last_error = type(error).__name__
                pause_seconds = PAUSE_AFTER_FAILURE_SECONDS
            self._stopping.wait(pause_seconds)

    def _details(self, _session: Session) -> dict[str, Any]:
        errors = [worker.last_error for worker in self._workers if worker.last_error]
        details: dict[str, Any] = {
            "jobsDone": sum(worker.done_count for worker in self._workers),
            "lastError": next(iter(errors), None),
        }
        if self._context.adviser is not None:
            details["model"] = _model_details(self._context.adviser.state())
        return details

    def _renew_leases(self) -> None:
        for worker in self._workers:
            worker.renew_lease()

    def _release_expired(self) -> None:
        now = self._context.clock()
        limits = {JOB_KINDS: self._settings.analyzer_max_attempts, (NOTICE,): NOTICE_ATTEMPTS}
        released = sum(
            self._context.database.run(
                partial(jobs_repository.release_expired, kinds=kinds, now=now, max_attempts=maximum)
            )
            for kinds, maximum in limits.items()
        )
        if released:
            log.warning("silent_workers_jobs_released", count=released)

    def _mend_clock(self) -> None:
        now = self._context.clock()
        mended = self._context.database.run(
            lambda session: jobs_repository.mend_clock(session, now=now, lease=self._lease)
        )
        if mended:
            log.warning("clock_was_ahead", jobs=mended)

    def _look_at_limits(self) -> None:
        """Have stored drives judged again when the operator's file has changed."""
        if self._context.operator.reload():
            log.info("limits_changed")
            refresh_outdated(self._context)

    def _look_at_model(self, adviser: Adviser) -> None:
        """See whether the model is there; when it first is, it advises on recent drives that another advised on."""
        if adviser.preflight() is None and not self._has_asked_again:
            ask_again_of_newest(self._context, adviser)
            self._has_asked_again = True

    def _nightly(self) -> None:
        settings = self._settings
        slot = due_slot(self._context.clock(), settings.analyzer_nightly_at, settings.zone)
        run_due_tasks(self._context, self._retention, slot, instance=socket.gethostname(), on_run=self._on_run)


def _model_details(state: ModelState) -> dict[str, Any]:
    return {
        "name": state.model,
        "isReachable": state.is_reachable,
        "isPresent": state.is_present,
        "digest": state.digest,
        "detail": state.detail,
    }


def start(
    settings: AnalyzerSettings,
    database: Database,
    *,
    clock: Clock = utc_now,
    adviser: Adviser | None = None,
    on_run: RunCounter | None = None,
) -> Analyzer:
    """Check that the analyzer can work and start it.

    Args:
        settings: how it works.
        database: migrated; the caller closes it after `Analyzer.stop`.
        clock: tells the time.
        adviser: the language model; None while there is none.
        on_run: hears of every run of a scheduled task.

    Raises:
        ConfigurationError: the thresholds file cannot be used.
        SchemaMismatchError: the database was not migrated to this version.
        DatabaseUnavailableError: the database does not answer.
    """
    operator = settings.operator_limits()
    database.ping()
    check_schema(database)
    limits = TimeLimits(settings.analysis_timeout_seconds, settings.analysis_background_timeout_seconds)
    context = Context(database, operator, clock, adviser, limits)
    analyzer = Analyzer(settings, context, on_run)
    analyzer.start()
    return analyzer

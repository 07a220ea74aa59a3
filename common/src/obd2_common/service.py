"""A service that works in the background: its process, its schedule and its sign of life."""

import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from prometheus_client import CollectorRegistry
from sqlmodel import Session

from obd2_common.clock import Clock
from obd2_common.db.database import Database
from obd2_common.errors import EXIT_REFUSED, DatabaseUnavailableError, Obd2Error, StorageFaultError
from obd2_common.heartbeat import WriteProof, beat
from obd2_common.logging import configure_logging
from obd2_common.metrics import ProcessMetrics, ReadMetrics, RunCounter
from obd2_common.ops import start_operations
from obd2_common.settings import CommonSettings, load_settings

log = structlog.get_logger(__name__)
Settings = TypeVar("Settings", bound=CommonSettings)

HEARTBEAT_INTERVAL = timedelta(seconds=15)


class Stoppable(Protocol):
    """A service that runs in threads of its own."""

    def stop(self) -> None:
        """Stop after the work in hand."""


def run_service(
    name: str,
    settings_kind: type[Settings],
    start: Callable[[Settings, Database, ProcessMetrics], Stoppable],
    read_metrics: ReadMetrics,
    check_ready: Callable[[Settings, WriteProof], None] = lambda _settings, proof: proof.require(),
) -> int:
    """Run a service in a process of its own until SIGTERM or SIGINT, and return the exit status.

    Args:
        name: of the service, among the metrics.
        settings_kind: what it reads from the environment.
        start: starts it; what it raises of our own errors refuses the start.
        read_metrics: reads those of its metrics that live in the database.
        check_ready: raises one of our own errors while the service cannot do its work.
    """
    configure_logging("INFO", "json")
    stopping = threading.Event()
    with ExitStack() as stack:
        try:
            settings = load_settings(settings_kind)
            configure_logging(settings.log_level, settings.log_format)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopping.set())
            metrics = ProcessMetrics(CollectorRegistry())
            database = Database(settings.effective_database_url, on_retry=metrics.count_retry)
            stack.callback(database.close)
            metrics.watch(database, {name: read_metrics})
            operations = start_operations(
                settings, metrics.registry, partial(check_ready, settings, WriteProof(database))
            )
            if operations is not None:
                stack.callback(operations.stop)
            stack.callback(start(settings, database, metrics).stop)
        except Obd2Error as error:
            log.critical("start_refused", reason=str(error))
            return EXIT_REFUSED
        stopping.wait()
    return 0


class Schedule:
    """Work that is done again and again, in threads of its own; where it fails, it waits for its next turn.

    Args:
        clock: tells when the first turns come.
        on_run: hears of every run.
    """

    def __init__(self, clock: Clock, on_run: RunCounter | None = None) -> None:
        self._clock, self._on_run = clock, on_run
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def every(
        self, interval: timedelta, task: str, work: Callable[[], object], *, delay: timedelta = timedelta(0)
    ) -> None:
        """Do something at an interval, for the first time after a delay; work that returns False has failed."""
        first_at = self._clock() + delay
        seconds = interval.total_seconds()
        self._scheduler.add_job(self._run, "interval", args=[task, work], seconds=seconds, next_run_time=first_at)

    def once(self, task: str, work: Callable[[], object]) -> None:
        """Do something once, at the start."""
        # A job without another turn is taken out of APScheduler's store, which fails in one that is just being stopped.
        self.every(timedelta(days=36_500), task, work)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop after the work in hand."""
        self._scheduler.shutdown(wait=True)

    def _run(self, task: str, work: Callable[[], object]) -> None:
        is_success = False
        try:
            is_success = work() is not False
        except StorageFaultError:
            pass  # the storage writes its own line
        except DatabaseUnavailableError:
            log.warning("scheduled_work_waits_for_database", task=task)
        finally:
            if self._on_run is not None:
                self._on_run(task, is_success=is_success)


def sign_of_life(
    service: str, database: Database, clock: Clock, details: Callable[[Session], dict[str, Any]]
) -> Callable[[], None]:
    """Return what tells in the database that a service, started now, is alive.

    Args:
        service: its name.
        database: takes the sign.
        clock: tells the time.
        details: what else to tell.
    """
    started_at, instance = clock(), socket.gethostname()

    def tell() -> None:
        now = clock()
        database.run(
            lambda session: beat(
                session, service=service, instance=instance, started_at=started_at, now=now, details=details(session)
            )
        )

    return tell

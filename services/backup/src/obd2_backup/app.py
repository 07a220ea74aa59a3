"""The running backup service: a watcher of the spool, and what happens by schedule."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from sqlmodel import Session

from obd2_backup import drilling, dumping, expiry, replicating, repository, rotation, runs, scrubbing, storing
from obd2_backup.adoption import find_missing
from obd2_backup.clock_watch import ClockWatch
from obd2_backup.context import BackupContext
from obd2_backup.errors import StoppingError
from obd2_backup.lock import VaultLock
from obd2_backup.replica import ReplicaError
from obd2_backup.settings import BackupSettings
from obd2_backup.vault import Vault
from obd2_common.backups.vault_marker import VaultUnavailableError, check_vault, require_marked
from obd2_common.clock import Clock, utc_now
from obd2_common.db.database import Database
from obd2_common.errors import DatabaseUnavailableError
from obd2_common.heartbeat import WriteProof
from obd2_common.metrics import RunCounter
from obd2_common.migrate import check_schema
from obd2_common.service import HEARTBEAT_INTERVAL, Schedule, sign_of_life

log = structlog.get_logger(__name__)

SERVICE = "backup"
PAUSE_AFTER_FAILURE_SECONDS = 2.0
TELL_WAITING_EVERY_SECONDS = 60.0
LOCK_RETRY_SECONDS = 1.0
FIRST_DUMP_DELAY = timedelta(minutes=5)
"""Lets a starting server start; a dump that was missed is made up for after this."""
FIRST_DRILL_DELAY = timedelta(minutes=15)


class BackupService:
    """Stores what is spooled and keeps the vault in order until it is stopped."""

    def __init__(
        self,
        settings: BackupSettings,
        database: Database,
        vault: Vault,
        *,
        clock: Clock,
        on_run: RunCounter | None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._vault = vault
        self._replica = settings.replica
        self._recipients = settings.replica_recipients
        self._stopping = threading.Event()
        self._working = threading.Lock()
        self._reading = threading.Lock()
        """Held while a stored backup is read again, so that one at a time takes up memory."""
        self._lock = VaultLock(vault.spool_dir / ".lock")
        self.last_error: str | None = None
        """What made the last piece of work fail; None once one succeeded again."""
        self._context = BackupContext(
            database=database,
            vault=vault,
            policy=settings.retention_policy,
            clock=clock,
            should_stop=self._stopping.is_set,
            reserve_bytes=settings.reserve_bytes,
            allowance=settings.allowance,
            may_delete=ClockWatch(
                clock,
                time.monotonic,
                settle_seconds=settings.backup_rotate_minutes * 60,
                last_seen_at=database.read(runs.last_seen_at),
            ).is_steady,
        )
        self._told_waiting_at: float | None = None
        self._schedule = Schedule(clock, on_run)
        self._watcher = threading.Thread(target=self._watch, name="backup-spool", daemon=True)

    def start(self) -> None:
        """Begin to work, in threads of its own."""
        tell = sign_of_life(SERVICE, self._database, self._context.clock, self._details)
        self._schedule.every(HEARTBEAT_INTERVAL, "beat", tell)
        self._schedule.start()
        self._watcher.start()
        log.info("backup_service_started")

    def stop(self) -> None:
        """Stop after the step in hand; what is unfinished goes on at the next start."""
        self._stopping.set()
        self._watcher.join()
        self._context.slow_checks.stop()
        self._schedule.stop()
        self._lock.release()
        log.info("backup_service_stopped")

    def _watch(self) -> None:
        is_scheduled = False
        while not self._stopping.is_set():
            if not self._attempt(self._take_vault) or not self._lock.is_acquired:
                self._stopping.wait(LOCK_RETRY_SECONDS)
                continue
            if not is_scheduled:
                self._schedule_work()
                is_scheduled = True
            self._work_while_vault_is_there()
            # A lock on a disk that was taken out says nothing of the one that comes back.
            self._lock.release()

    def _take_vault(self) -> None:
        open_vault(self._database, self._vault)
        if self._lock.try_acquire():
            self._vault.clear_scratch()

    def _work_while_vault_is_there(self) -> None:
        next_sweep = time.monotonic()
        while self._vault.is_there() and not self._stopping.is_set():
            pause_seconds = self._settings.backup_poll_seconds
            is_sweep = time.monotonic() >= next_sweep
            if is_sweep or self._vault.has_ready():
                if is_sweep:
                    next_sweep = time.monotonic() + self._settings.backup_sweep_seconds
                if not self._guarded(self._work):
                    pause_seconds = PAUSE_AFTER_FAILURE_SECONDS
            self._stopping.wait(pause_seconds)

    def _schedule_work(self) -> None:
        age = timedelta(hours=self._settings.backup_spool_expiry_hours)
        tasks: dict[str, Callable[[], bool]] = {
            "rotate": lambda: self._guarded(lambda: rotation.rotate_all(self._context)),
            "expire_uploads": lambda: self._guarded(lambda: expiry.expire_uploads(self._context, age=age)),
            "expire_resting": lambda: self._guarded(lambda: expiry.expire_resting(self._context)),
            "find_missing": lambda: self._guarded(lambda: find_missing(self._database, self._vault)),
            "scrub": self._scrub,
        }
        for task, work in tasks.items():
            self._add_task(task, work)
        if self._settings.backup_dump_hours:
            dump_interval = timedelta(hours=self._settings.backup_dump_hours)
            self._add_task(
                "dump",
                lambda: self._guarded(lambda: dumping.dump_if_due(self._context, interval=dump_interval)),
                # Whoever dumps more often than that is not kept waiting for longer than an interval.
                delay=min(FIRST_DUMP_DELAY, dump_interval),
            )

        if (replica := self._replica) is not None:
            self._add_task(
                "replicate",
                lambda: self._attempt_in_vault(lambda: replicating.replicate(self._context, replica, self._recipients)),
            )
        if self._settings.backup_drill_days:
            self._add_task("drill", self._drill, delay=FIRST_DRILL_DELAY)

    def _add_task(self, task: str, work: Callable[[], bool], *, delay: timedelta = timedelta(0)) -> None:
        """Do a task now or after a delay, and again as often as buckets are rotated; each knows what is due."""
        self._schedule.every(timedelta(minutes=self._settings.backup_rotate_minutes), task, work, delay=delay)

    def _scrub(self) -> bool:
        interval = timedelta(days=self._settings.backup_scrub_days)
        return self._one_by_one(lambda: scrubbing.scrub_next(self._context, interval=interval))

    def _drill(self) -> bool:
        scratch = self._settings.backup_scratch_database
        is_server = scratch is not None and not self._database.is_sqlite
        plan = drilling.DrillPlan(
            interval=timedelta(days=self._settings.backup_drill_days),
            scratch_url=self._database.url.set(database=scratch) if is_server else None,
        )
        return self._one_by_one(lambda: drilling.drill_next(self._context, plan))

    def _one_by_one(self, do_next: Callable[[], bool]) -> bool:
        """Do what is due piece by piece; uploads are stored meanwhile. False when a piece failed."""
        is_more = True

        def do_one() -> None:
            nonlocal is_more
            is_more = do_next()

        while is_more and not self._stopping.is_set():
            with self._reading:
                if not self._attempt_in_vault(do_one):
                    return False
        return True

    def _work(self) -> None:
        rotation.finish_rotations(self._context)
        storing.store_waiting(self._context)

    def _guarded(self, work: Callable[[], object]) -> bool:
        """Do one piece of work while nothing else changes the vault."""
        with self._working:
            return self._attempt_in_vault(work)

    def _attempt_in_vault(self, work: Callable[[], object]) -> bool:
        """Do one piece of work, unless the vault is away: then nothing is judged, moved or created."""

        def check_and_work() -> None:
            self._vault.check()
            work()

        return self._attempt(check_and_work)

    def _attempt(self, work: Callable[[], object]) -> bool:
        """Do one piece of work; a failure is told and tried again, it never ends the service."""
        if self._stopping.is_set():
            return True
        try:
            work()
        except StoppingError:
            return True
        except DatabaseUnavailableError:
            self.last_error = "the database does not answer"
            self._tell_waiting()
        except VaultUnavailableError as error:
            if self.last_error != str(error):
                log.error("vault_unavailable", reason=str(error))  # noqa: TRY400 - the reason is in the line
            self.last_error = str(error)
        except ReplicaError as error:
            # Replication has said so itself.
            self.last_error = str(error)
        except Exception as error:
            self.last_error = type(error).__name__
            log.exception("backup_work_failed")
        else:
            self.last_error = None
            return True
        return False

    def _tell_waiting(self) -> None:
        """Write that the database does not answer, once in a while however often it is asked."""
        now = time.monotonic()
        if self._told_waiting_at is None or now - self._told_waiting_at >= TELL_WAITING_EVERY_SECONDS:
            self._told_waiting_at = now
            log.warning("backup_waits_for_database")

    def _details(self, session: Session) -> dict[str, Any]:
        return {"states": repository.count_by_state(session), "lastError": self.last_error}


def check_ready(settings: BackupSettings, proof: WriteProof) -> None:
    """Make sure that the service can work now.

    Raises:
        VaultUnavailableError: the vault is not there.
        DatabaseUnavailableError: the database does not answer, or takes no writes.
    """
    proof.require()
    require_marked(settings.backup_dir)


def open_vault(database: Database, vault: Vault) -> None:
    """Prepare the vault if it is there.

    Raises:
        VaultUnavailableError: it is not.
        ConfigurationError: BACKUP_DIR cannot be used.
        DatabaseUnavailableError: the database does not answer.
    """
    check_vault(database, vault.root, vault.spool_dir)
    vault.prepare()


def start(
    settings: BackupSettings,
    database: Database,
    clock: Clock = utc_now,
    *,
    on_run: RunCounter | None = None,
) -> BackupService:
    """Check that the service can work and start it.

    Args:
        settings: where the vault is, and how long backups are kept.
        database: migrated; the caller closes it.
        clock: tells the time.
        on_run: hears of every run of a scheduled task.

    Raises:
        ConfigurationError: BACKUP_DIR cannot be used.
        SchemaMismatchError: the database was not migrated to this version.
        DatabaseUnavailableError: the database does not answer.
    """
    vault = Vault(settings.backup_dir, settings.spool_dir)
    database.ping()
    check_schema(database)
    try:
        open_vault(database, vault)
    except VaultUnavailableError as error:
        log.error("vault_unavailable", reason=str(error))  # noqa: TRY400 - the reason is in the line
    service = BackupService(settings, database, vault, clock=clock, on_run=on_run)
    service.start()
    return service

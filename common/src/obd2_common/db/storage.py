"""Whether the database's own storage is sound: damage is remembered for good, want of room until a write succeeds."""

import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import ExceptionContext

from obd2_common.db import dialect
from obd2_common.db.storage_faults import DAMAGED, faults
from obd2_common.errors import DatabaseUnavailableError, StorageFaultError

log = structlog.get_logger(__name__)

LOG_EVERY_SECONDS = 60.0
CHECK_WAIT_SECONDS = 10.0
"""How long a start waits for the check of a file; that of a large one goes on in the background."""


class Storage:
    """What is known of the storage behind one engine, by every error that passes through it.

    Args:
        engine: whose errors of this kind become `StorageFaultError`.
        monotonic: tells when the log may speak of it again.
    """

    def __init__(self, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._logged_at: float | None = None
        self._unlogged = 0
        self.damage: str | None = None
        """Why nothing may be read or written any more, until the process starts again."""
        self.want_of_room: str | None = None
        """Why the latest writes failed, until `has_room` is told."""
        event.listen(engine, "handle_error", self._on_error)

    @property
    def fault(self) -> str | None:
        """Return what is wrong, for people; None when nothing is known to be."""
        return self.damage or self.want_of_room

    def require_sound(self) -> None:
        """Make sure that no damage is known.

        Raises:
            StorageFaultError: there is some.
        """
        if self.damage is not None:
            raise StorageFaultError(self.damage)

    def has_room(self) -> None:
        """Forget that writes failed."""
        if self.want_of_room is not None:
            self.want_of_room = None
            log.info("database_storage_takes_writes_again")

    def check(self, wait_seconds: float = CHECK_WAIT_SECONDS) -> None:
        """Look through a SQLite file for damage; wait so long for the result, and leave the rest to the background."""
        if self._engine.dialect.name == "sqlite":
            looking = threading.Thread(target=self._look, name="quick-check", daemon=True)
            looking.start()
            looking.join(wait_seconds)

    def _look(self) -> None:
        try:
            with self._engine.connect() as connection:
                connection.execution_options(**{dialect.READ_ONLY: True})
                found = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        except DatabaseUnavailableError:
            return
        if found != "ok":
            self._note_damage(DAMAGED)

    def _on_error(self, context: ExceptionContext) -> None:
        damage, want_of_room = faults(context.original_exception)
        if damage is not None:
            self._note_damage(damage)
        elif want_of_room is not None:
            self.want_of_room = want_of_room
            self._tell(want_of_room)
        else:
            return
        raise StorageFaultError(damage or want_of_room) from context.original_exception

    def _note_damage(self, reason: str) -> None:
        self.damage = reason
        self._tell(reason)

    def _tell(self, reason: str) -> None:
        with self._guard:
            now = self._monotonic()
            if self._logged_at is not None and now - self._logged_at < LOG_EVERY_SECONDS:
                self._unlogged += 1
                return
            unlogged, self._logged_at, self._unlogged = self._unlogged, now, 0
        log.error("database_storage_fault", reason=reason, failures_since_last_line=unlogged)

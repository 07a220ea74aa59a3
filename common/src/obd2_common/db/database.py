"""Access to the database: one engine per process, transactions that are run again when the engine asks for it."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TypeVar

import structlog
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from obd2_common.db import dialect
from obd2_common.db.storage import Storage
from obd2_common.errors import DatabaseUnavailableError

log = structlog.get_logger(__name__)
Result = TypeVar("Result")

MAX_SECONDS = 15.0
"""No further attempt after this long: the Pi hangs up after 30 s and sends the same again, while an attempt that waits
for a lock takes up to 10 s."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.04, 1.0


class Database:
    """The database of one process, shared by its threads."""

    def __init__(
        self,
        url: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        on_retry: Callable[[DBAPIError], None] | None = None,
    ) -> None:
        self.url = dialect.normalise_url(url)
        self.engine: Engine = create_engine(self.url, hide_parameters=True, **dialect.engine_options(self.url))
        dialect.install_events(self.engine)
        self.storage = Storage(self.engine, monotonic)
        self._sleep = sleep
        self._monotonic = monotonic
        self._on_retry = on_retry

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded engine."""
        return self.engine.dialect.name == "sqlite"

    def run(self, work: Callable[[Session], Result]) -> Result:
        """Run work in one transaction and commit it; when this returns, what was written is durable.

        Args:
            work: gets a session, must not commit, and may be called several times: deadlocks, lock time-outs,
                conflicts between nodes, nodes that cannot write and lost connections start it again, with jitter, for
                `MAX_SECONDS`.

        Raises:
            DatabaseUnavailableError: the database did not take the work; nothing was stored.
        """
        return self._retry(work, read_only=False)

    def read(self, work: Callable[[Session], Result]) -> Result:
        """Run work that only reads; otherwise like `run`."""
        return self._retry(work, read_only=True)

    def ping(self) -> None:
        """Ask the database for a sign of life, once.

        Raises:
            DatabaseUnavailableError: it gave none, or is known to be damaged.
        """
        self.storage.require_sound()
        try:
            with self.engine.connect() as connection:
                connection.execution_options(**{dialect.READ_ONLY: True}).execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            raise DatabaseUnavailableError("the database does not answer") from error

    def once(self, work: Callable[[Session], object]) -> None:
        """Run work in one transaction and commit it, without a second attempt.

        Raises:
            DatabaseUnavailableError: the database did not take it; the message is the engine's own reason.
        """
        self.storage.require_sound()
        try:
            with self._transaction(read_only=False) as session:
                work(session)
        except DBAPIError as error:
            raise DatabaseUnavailableError(str((error.orig or error).args[-1])) from error
        except (SQLAlchemyError, OSError) as error:
            raise DatabaseUnavailableError("the database does not answer") from error

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    def _retry(self, work: Callable[[Session], Result], *, read_only: bool) -> Result:
        self.storage.require_sound()
        last_start = self._monotonic() + MAX_SECONDS
        pause = FIRST_PAUSE_SECONDS
        for attempt in count(1):
            try:
                with self._transaction(read_only=read_only) as session:
                    result = work(session)
            except DBAPIError as error:
                if not dialect.is_transient(error):
                    raise
                if self._on_retry is not None:
                    self._on_retry(error)
                log.warning("database_retry", attempt=attempt, code=dialect.error_code(error))
                if self._monotonic() + pause > last_start:
                    raise DatabaseUnavailableError("the database could not take the work") from error
            except PoolTimeoutError as error:
                raise DatabaseUnavailableError("every database connection is busy") from error
            else:
                return result
            self._sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        raise AssertionError("unreachable")

    @contextmanager
    def _transaction(self, *, read_only: bool) -> Iterator[Session]:
        with (
            self.engine.connect() as connection,
            Session(
                connection.execution_options(**{dialect.READ_ONLY: read_only}),
                expire_on_commit=False,
            ) as session,
        ):
            yield session
            try:
                session.commit()
            except BaseException:
                # SQLAlchemy returns a connection whose COMMIT failed to its pool as it is. Where the engine left the
                # transaction open, as SQLite does on a full disk, the next COMMIT there would store it after all.
                connection.invalidate()
                raise

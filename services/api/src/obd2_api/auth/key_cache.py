"""Finds whose a key is: the shared keys come from the settings, the issued ones from a copy a few seconds old."""

import asyncio
import hmac
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from obd2_api.auth import repository
from obd2_api.auth.credentials import (
    Client,
    Scope,
    are_all_among,
    digest_of,
    id_of,
    key_bytes,
    rotation_id,
)
from obd2_api.probes import Probe
from obd2_common.clock import Clock
from obd2_common.db.database import Database
from obd2_common.errors import DatabaseUnavailableError, Obd2Error
from obd2_common.tables.keys import ApiKey

log = structlog.get_logger(__name__)

FRESH_SECONDS = 5.0
"""How old the copy of the issued keys may be: after this long a revoked key is dead in every process."""
UNKNOWN_FRESH_SECONDS = 1.0
"""The same for a key that is not in the copy, so that a new one works at once and guesses cost no queries."""
LOAD_TIMEOUT_SECONDS = 1.0
RETRY_SECONDS = 1.0
"""How long nobody asks a database again that has not answered."""
NOTE_EVERY = timedelta(minutes=5)
"""How often the use of a key is written down."""
SHARED = Client()
PREVIOUS = Client(is_previous=True)


@dataclass(frozen=True, slots=True)
class _Issued:
    client: Client
    digest: bytes
    expires_at: datetime | None


class KeyCache:
    """The keys one process knows.

    Args:
        database: holds the issued keys; is only asked when somebody shows one.
        current: the shared key.
        previous: the shared key before it, as long as it is still valid.
        clock: the server's clock.
        monotonic: seconds that never run backwards.
        on_use: told the kind of each key that lets somebody in: current, previous or issued.
    """

    def __init__(
        self,
        database: Database,
        *,
        current: str,
        previous: str | None,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
        on_use: Callable[[str], None] = lambda _kind: None,
    ) -> None:
        self.rotation = None if previous is None else rotation_id(current, previous)
        self._database = database
        self._current = sorted(key_bytes(current))
        self._previous = [] if previous is None else sorted(key_bytes(previous))
        self._clock = clock
        self._monotonic = monotonic
        self._on_use = on_use
        self._issued: dict[str, _Issued] | None = None
        self._copied_at = self._failed_at = float("-inf")
        self._load = Probe("keys", self._read, timeout_seconds=LOAD_TIMEOUT_SECONDS)
        self._noted: dict[str | None, datetime] = {}
        self._notes: set[asyncio.Task[None]] = set()

    async def find(self, presented: Sequence[bytes]) -> Client | None:
        """Return who shows these keys, all of which must be right; None when one is not.

        Raises:
            DatabaseUnavailableError: they may have been issued, and the issued keys were never read.
        """
        if are_all_among(presented, self._current):
            self._on_use("current")
            return SHARED
        if self._previous and are_all_among(presented, [*self._previous, *self._current]):
            self._on_use("previous")
            self._note_use(PREVIOUS)
            return PREVIOUS
        key_id = id_of(presented[0])
        if key_id is None or any(value != presented[0] for value in presented):
            return None
        issued = await self._look_up(key_id)
        if issued is None or not hmac.compare_digest(digest_of(presented[0]), issued.digest):
            return None
        if issued.expires_at is not None and issued.expires_at <= self._clock():
            return None
        self._on_use("issued")
        self._note_use(issued.client)
        return issued.client

    def is_shared(self, presented: Sequence[bytes]) -> bool:
        """Tell whether all these keys are the shared one; never asks the database."""
        return are_all_among(presented, self._current)

    async def client_of(self, key_id: str | None) -> Client | None:
        """Return who has the key of an id while it is in force; None stands for the shared key.

        Raises:
            DatabaseUnavailableError: the issued keys were never read.
        """
        if key_id is None:
            return SHARED
        issued = await self._look_up(key_id)
        if issued is None or (issued.expires_at is not None and issued.expires_at <= self._clock()):
            return None
        return issued.client

    def begin(self) -> None:
        """Note the exchange of keys that is going on, if any; blocks."""
        rotation = self.rotation
        if rotation is not None:
            now = self._clock()
            with suppress(IntegrityError):  # another process began it in the same moment
                self._database.run(
                    lambda session: repository.record_rotation(session, rotation, now=now, is_use=False),
                )

    async def finish(self) -> None:
        """Wait until every use is written down."""
        await asyncio.gather(*self._notes)

    async def _look_up(self, key_id: str) -> _Issued | None:
        age = self._monotonic() - self._copied_at
        is_known = self._issued is not None and key_id in self._issued
        is_fresh = age < (FRESH_SECONDS if is_known else UNKNOWN_FRESH_SECONDS)
        if not is_fresh and self._monotonic() - self._failed_at >= RETRY_SECONDS:
            await self._copy()
        if self._issued is None:
            raise DatabaseUnavailableError("the issued keys cannot be read")
        return self._issued.get(key_id)

    async def _copy(self) -> None:
        """Copy the issued keys; a database that does not answer leaves the old copy."""
        answer = await self._load.answer()
        if answer is None:
            self._failed_at = self._monotonic()
            return
        copied_at, keys = answer
        if copied_at > self._copied_at:
            self._copied_at = copied_at
            self._issued = {key.key_id: _issued(key) for key in keys}

    def _read(self) -> tuple[float, list[ApiKey]]:
        began_at, now = self._monotonic(), self._clock()
        return began_at, self._database.read(lambda session: repository.keys_in_force(session, now=now))

    def _note_use(self, client: Client) -> None:
        now = self._clock()
        noted_at = self._noted.get(client.key_id)
        if noted_at is not None and now - noted_at < NOTE_EVERY:
            return
        self._noted[client.key_id] = now
        task = asyncio.get_running_loop().create_task(run_in_threadpool(self._write_use, client, now))
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    def _write_use(self, client: Client, now: datetime) -> None:
        key_id, rotation = client.key_id, self.rotation
        try:
            if key_id is not None:
                self._database.run(lambda session: repository.record_use(session, key_id, now=now))
            elif rotation is not None:
                self._database.run(
                    lambda session: repository.record_rotation(session, rotation, now=now, is_use=True),
                )
        except (Obd2Error, SQLAlchemyError) as error:
            self._noted.pop(key_id, None)
            log.warning("key_use_not_noted", key_id=key_id, error=type(error).__name__)


def _issued(key: ApiKey) -> _Issued:
    scopes = frozenset(Scope(name) for name in key.scopes.split(","))
    return _Issued(Client(key.key_id, scopes, key.source_device), bytes.fromhex(key.digest), key.expires_at)

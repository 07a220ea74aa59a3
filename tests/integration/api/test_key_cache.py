"""Who a key stands for while keys come and go, in every process and whatever the database does."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from obd2_api.auth.credentials import Client, Scope, make_key
from obd2_api.auth.issuing import revoke_key, rotate_key
from obd2_api.auth.key_cache import FRESH_SECONDS, NOTE_EVERY, PREVIOUS, SHARED, UNKNOWN_FRESH_SECONDS, KeyCache
from obd2_api.auth.repository import list_keys
from obd2_common.db.database import Database
from obd2_common.errors import DatabaseUnavailableError
from obd2_common.tables.keys import KeyRotation
from support.issued_keys import issue

NOW = datetime(2026, 7, 11, 18, 0, tzinfo=UTC)
DEVICE = "chi-eclipse-01"


class World:
    """A clock that is moved by hand, and caches that all go by it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def cache(self, database: Database, *, previous: str | None = None, current: str = "current") -> KeyCache:
        return KeyCache(database, current=current, previous=previous, clock=self.now, monotonic=lambda: self.seconds)


class Counting(Database):
    """A database that counts what it is asked to read, and can be cut off."""

    reads = 0
    is_cut_off = False

    def read(self, work: Callable[[Session], object]) -> object:  # type: ignore[override]
        self.reads += 1
        if self.is_cut_off:
            raise DatabaseUnavailableError("cut off")
        return super().read(work)


def find(cache: KeyCache, *keys: str) -> Client | None:
    async def found() -> Client | None:
        client = await cache.find([key.encode() for key in keys])
        await cache.finish()
        return client

    return asyncio.run(found())


def last_used(database: Database) -> list[datetime | None]:
    return [key.last_used_at for key in database.read(list_keys)]


def rotations(database: Database) -> list[tuple[datetime, datetime | None]]:
    rows = database.read(lambda session: list(session.exec(select(KeyRotation))))
    return sorted((row.begun_at, row.previous_used_at) for row in rows)


@pytest.fixture
def world() -> World:
    return World()


def test_a_new_key_works_within_a_second_and_a_revoked_one_dies_within_five_in_every_process(
    world: World, database: Database
) -> None:
    caches = [world.cache(database), world.cache(database)]
    early = issue(database, Scope.READ, name="early", now=NOW)
    assert [find(cache, early.text) for cache in caches] == [Client(early.key_id, frozenset({Scope.READ}))] * 2
    key = issue(database, Scope.PUSH, device=DEVICE, now=NOW)

    world.seconds += UNKNOWN_FRESH_SECONDS
    known = [find(cache, key.text) for cache in caches]
    database.run(lambda session: revoke_key(session, "test", now=world.now()))
    world.seconds += FRESH_SECONDS

    assert known == [Client(key.key_id, frozenset({Scope.PUSH}), DEVICE)] * 2
    assert [find(cache, key.text) for cache in caches] == [None, None]


def test_a_key_is_only_right_as_a_whole(world: World, database: Database) -> None:
    cache = world.cache(database)
    key, another = (issue(database, Scope.READ, name=name, now=NOW).text for name in ("one", "two"))

    assert find(cache, key) is not None
    assert find(cache, key[:-1] + ("A" if key[-1] != "A" else "B")) is None
    assert find(cache, key[:14] + another[14:]) is None
    assert find(cache, key, another) is None
    assert find(cache, key, "current") is None
    assert find(cache, key, key) is not None


def test_an_expired_key_is_dead_at_its_minute_and_not_when_somebody_looks(world: World, database: Database) -> None:
    key = issue(database, Scope.READ, lifetime=timedelta(seconds=3), now=NOW)
    cache = world.cache(database)
    assert find(cache, key.text) is not None

    world.seconds = 3

    assert find(cache, key.text) is None


def test_a_rotated_key_works_beside_the_new_one_until_its_grace_is_over(world: World, database: Database) -> None:
    old = issue(database, Scope.PUSH, device=DEVICE, now=NOW)
    new = database.run(lambda session: rotate_key(session, old.key_id, timedelta(days=1), now=NOW))
    cache = world.cache(database)
    both = [find(cache, old.text), find(cache, new.text)]

    world.seconds = 86_400

    assert both == [Client(key.key_id, frozenset({Scope.PUSH}), DEVICE) for key in (old, new)]
    assert (find(cache, old.text), find(cache, new.text)) == (None, both[1])


@pytest.mark.databases("sqlite")
def test_the_database_is_asked_seldom_and_for_the_shared_key_or_a_plain_guess_never(
    world: World, database_url: str
) -> None:
    database = Counting(database_url)
    key = issue(database, Scope.READ, now=NOW)
    cache = world.cache(database, previous="previous")

    for shared in ("current", "previous", "guess", "obd2_short"):
        find(cache, shared)
    before = database.reads
    for _ in range(50):
        world.seconds += 0.5
        find(cache, key.text)

    assert (before, database.reads) == (0, 5)
    database.close()


@pytest.mark.databases("sqlite")
def test_guesses_that_look_like_issued_keys_cost_one_query_a_second_however_many_they_are(
    world: World, database_url: str
) -> None:
    database = Counting(database_url)
    cache = world.cache(database)

    for _ in range(20):
        assert find(cache, make_key().text) is None
    world.seconds += UNKNOWN_FRESH_SECONDS
    for _ in range(20):
        assert find(cache, make_key().text) is None

    assert database.reads == 2
    database.close()


@pytest.mark.databases("sqlite")
def test_without_its_database_it_goes_by_what_it_knew_and_says_so_when_it_knew_nothing(
    world: World, database_url: str
) -> None:
    database = Counting(database_url)
    key = issue(database, Scope.READ, now=NOW)
    knowing, new = world.cache(database), world.cache(database)
    find(knowing, key.text)
    database.is_cut_off = True
    world.seconds = 60

    assert find(knowing, key.text) is not None
    assert find(new, "current") == SHARED
    with pytest.raises(DatabaseUnavailableError):
        find(new, key.text)

    database.is_cut_off = False
    world.seconds += 1
    assert find(new, key.text) is not None
    database.close()


def test_the_use_of_a_key_is_written_down_at_once_and_then_every_few_minutes(world: World, database: Database) -> None:
    key = issue(database, Scope.READ, now=NOW)
    cache = world.cache(database)

    find(cache, key.text)
    first = last_used(database)
    world.seconds = NOTE_EVERY.total_seconds() - 1
    find(cache, key.text)
    second = last_used(database)
    world.seconds += 1
    find(cache, key.text)

    assert (first, second, last_used(database)) == ([NOW], [NOW], [NOW + NOTE_EVERY])


def test_an_exchange_of_the_shared_key_tells_when_the_previous_one_was_last_used(
    world: World, database: Database
) -> None:
    replicas = [world.cache(database, previous="previous") for _ in range(2)]
    for cache in replicas:
        cache.begin()
    world.seconds = 60
    begun = rotations(database)

    clients = [find(replicas[0], "current"), find(replicas[1], "previous"), find(replicas[1], "previous", "current")]

    assert clients == [SHARED, PREVIOUS, PREVIOUS]
    assert (begun, rotations(database)) == ([(NOW, None)], [(NOW, world.now())])
    assert find(world.cache(database), "previous") is None


def test_the_next_exchange_begins_anew(world: World, database: Database) -> None:
    first = world.cache(database, previous="previous")
    find(first, "previous")
    world.seconds = 60

    world.cache(database, current="third", previous="current").begin()

    assert rotations(database) == [(NOW, NOW), (world.now(), None)]


def test_what_is_kept_holds_no_key(world: World, database: Database) -> None:
    key = issue(database, Scope.PUSH, now=NOW)
    world.cache(database, current="the-new-one", previous="the-old-one").begin()

    (kept,) = database.read(list_keys)
    rows = database.read(lambda session: list(session.exec(select(KeyRotation))))
    text = f"{kept.model_dump()} {[row.model_dump() for row in rows]}"

    secret = key.text.rpartition("_")[2]
    assert (key.key_id in text, secret in text, "the-" in text) == (True, False, False)

"""Servers killed again and again while two clients push: nothing is lost, nothing doubled, nothing half."""

import random
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from obd2_common.db.database import Database
from support.database_server import ServerMissingError
from support.database_sources import migrate
from support.killable_database import KillableDatabase, killable_database
from support.killable_server import KillableServer
from support.persistent_client import assert_everything_is_held_once, pushing_clients
from support.pi_rows import readings
from support.suite_settings import SuiteSettings

pytestmark = pytest.mark.kill

SERVER_KILLS, SERVER_KILLS_ON_SQLITE, DATABASE_KILLS = 50, 20, 8
ROWS = readings(1, 20_000)
SHARES = (ROWS[:13_000], ROWS[7_000:])
"""What each client pushes: some rows only one of them has, some both."""


@pytest.fixture
def server(database_url: str) -> Iterator[KillableServer]:
    with closing(KillableServer(database_url)) as running:
        yield running


@pytest.fixture
def killable() -> Iterator[KillableDatabase]:
    try:
        with killable_database() as running:
            yield running
    except ServerMissingError as error:
        reason = f"no database: server binary: {error}"
        if SuiteSettings().require_database:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def test_kills_of_the_server_lose_double_and_halve_nothing(server: KillableServer, database_url: str) -> None:
    generator = random.Random(20_000)  # noqa: S311 - test data
    kills = SERVER_KILLS_ON_SQLITE if database_url.startswith("sqlite") else SERVER_KILLS

    with pushing_clients(server.port, SHARES) as clients:
        for _ in range(kills):
            if generator.random() < 0.8:
                clients[0].answered.clear()
                assert clients[0].answered.wait(30), "no request got through"
            time.sleep(generator.uniform(0, 0.08))
            server.kill()

    assert sum(client.lost_answers for client in clients) > kills / 2
    assert {status for client in clients for status in client.other_statuses} <= {503}
    with closing(Database(database_url)) as database:
        assert_everything_is_held_once(database, clients)


def test_kills_of_the_database_lose_double_and_halve_nothing(killable: KillableDatabase) -> None:
    generator = random.Random(8)  # noqa: S311 - test data
    migrate(killable.url)

    with closing(KillableServer(killable.url)) as server, pushing_clients(server.port, SHARES) as clients:
        for _ in range(DATABASE_KILLS):
            clients[0].answered.clear()
            assert clients[0].answered.wait(30), "no request got through"
            time.sleep(generator.uniform(0, 0.3))
            killable.kill()

    assert {status for client in clients for status in client.other_statuses} <= {503}
    with closing(Database(killable.url)) as database:
        assert_everything_is_held_once(database, clients)

"""Transactions are run again, for a bounded time, when the engine asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlmodel import Session

from obd2_common.db.database import LONGEST_PAUSE_SECONDS, MAX_SECONDS, Database
from obd2_common.errors import DatabaseUnavailableError
from support.pauses import Pauses

DEADLOCK = OperationalError("INSERT", {}, pymysql.err.OperationalError(1213, "Deadlock found"))


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def retried() -> list[DBAPIError]:
    return []


@pytest.fixture
def database(tmp_path: Path, pauses: Pauses, retried: list[DBAPIError]) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'retry.db'}"
    opened = Database(url, sleep=pauses, monotonic=pauses.monotonic, on_retry=retried.append)
    opened.run(lambda session: session.connection().execute(text("CREATE TABLE notes (number INTEGER)")))
    yield opened
    opened.close()


def count_notes(database: Database) -> int:
    return database.read(
        lambda session: int(session.connection().execute(text("SELECT COUNT(*) FROM notes")).scalar_one())
    )


class Writer:
    """Writes a note and then fails, the first `failures` times."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.calls = 0
        self._failures = failures
        self._error = error

    def __call__(self, session: Session) -> str:
        self.calls += 1
        session.connection().execute(text("INSERT INTO notes VALUES (1)"))
        if self.calls <= self._failures:
            raise self._error
        return "written"


def test_work_is_committed_when_run_returns(database: Database, pauses: Pauses) -> None:
    answer = database.run(Writer(0, DEADLOCK))

    assert (answer, count_notes(database), pauses.seconds) == ("written", 1, [])


def test_work_that_waited_long_is_not_begun_again(tmp_path: Path, pauses: Pauses) -> None:
    seconds = iter([0.0, 0.0, 10.0, 20.0, 30.0])
    slow = Database(f"sqlite:///{tmp_path / 'slow.db'}", sleep=pauses, monotonic=lambda: next(seconds))
    slow.run(lambda session: session.connection().execute(text("CREATE TABLE notes (number INTEGER)")))
    writer = Writer(1000, DEADLOCK)

    with pytest.raises(DatabaseUnavailableError):
        slow.run(writer)
    slow.close()

    assert writer.calls == 2


def test_a_transient_error_starts_the_whole_work_again(
    database: Database, pauses: Pauses, retried: list[DBAPIError]
) -> None:
    writer = Writer(2, DEADLOCK)

    database.run(writer)

    assert writer.calls == 3
    assert count_notes(database) == 1
    assert len(pauses.seconds) == len(retried) == 2


def test_the_pauses_grow_up_to_a_second(database: Database, pauses: Pauses) -> None:
    database.run(Writer(12, DEADLOCK))

    assert len(pauses.seconds) == 12
    assert pauses.seconds[0] < 0.1
    assert 0.5 < max(pauses.seconds) <= 1.5 * LONGEST_PAUSE_SECONDS


def test_attempts_go_on_for_fifteen_seconds_and_then_nothing_is_stored(database: Database, pauses: Pauses) -> None:
    writer = Writer(1000, DEADLOCK)

    with pytest.raises(DatabaseUnavailableError):
        database.run(writer)

    assert MAX_SECONDS - LONGEST_PAUSE_SECONDS < pauses.monotonic() < MAX_SECONDS + LONGEST_PAUSE_SECONDS
    assert writer.calls == len(pauses.seconds) + 1
    assert count_notes(database) == 0


def test_work_that_is_tried_once_ends_with_the_engines_reason(database: Database, pauses: Pauses) -> None:
    writer = Writer(1000, DEADLOCK)

    with pytest.raises(DatabaseUnavailableError, match="Deadlock found"):
        database.once(writer)

    assert (writer.calls, pauses.seconds, count_notes(database)) == (1, [], 0)


def test_the_unavailable_error_shows_no_statement(database: Database) -> None:
    with pytest.raises(DatabaseUnavailableError) as caught:
        database.run(Writer(1000, DEADLOCK))

    assert "INSERT" not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(ValueError("a bug"), id="a bug"),
        pytest.param(
            IntegrityError("INSERT", {}, pymysql.err.IntegrityError(1062, "Duplicate entry")), id="a duplicate key"
        ),
    ],
)
def test_any_other_error_ends_the_work_at_once_and_stores_nothing(
    database: Database, pauses: Pauses, error: Exception
) -> None:
    with pytest.raises(type(error)):
        database.run(Writer(1, error))

    assert (count_notes(database), pauses.seconds) == (0, [])


def test_a_database_that_answers_has_a_ping(database: Database) -> None:
    database.ping()


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    nowhere = Database(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'obd2.db'}")

    with pytest.raises(DatabaseUnavailableError):
        nowhere.ping()
    nowhere.close()

"""Whatever breaks inside a request's transaction: it is stored whole, or not at all and the client is told."""

from collections.abc import Iterator
from typing import Any

import pytest

from obd2_common.db.database import MAX_SECONDS, Database
from obd2_common.errors import DatabaseUnavailableError
from support.ingest_setup import Server, all_rows
from support.pauses import Pauses
from support.pi_rows import EXAMPLES, example, reading, readings
from support.statement_faults import (
    COMMIT,
    Breaker,
    cut_socket,
    kill_session,
    server_error,
    sqlite_error,
    statement_faults,
)

pytestmark = pytest.mark.kill

ON_SERVER = pytest.mark.databases("server")
ON_SQLITE = pytest.mark.databases("sqlite")
TABLES: dict[str, list[object]] = {
    "connection_log": [example("connection_log", event_type="drive_end", drive_id=33)],
    "drive_summary": [EXAMPLES["drive_summary"]],
    "profiles": [EXAMPLES["profiles"]],
    "realtime_data": [*readings(1, 20, new=1), 7],
    "startup_log": [{"id": 1}],
}
RECEIVED = sum(map(len, TABLES.values()))
CHANGED: dict[str, list[object]] = {
    "realtime_data": [*readings(1, 5, drive_id=34), *readings(6, 20), *readings(21, 40)],
    "drive_summary": [example("drive_summary", barometric_kpa_at_start=99.5), example("drive_summary", id=34)],
}
REBUILT: dict[str, list[object]] = {"realtime_data": [reading(number, value=-1.0) for number in range(1, 10)]}
CONTENT = ("connection_log", "drive_summary", "profiles", "realtime_data", "quarantine", "device_epochs", "jobs")
HISTORY = ("sync_cursors", "sync_history", "unknown_columns", "devices")
VOLATILE = {"receipt_id", "quarantine_id", "job_id", "created_at", "updated_at"}


@pytest.fixture
def server(database_url: str) -> Iterator[Server]:
    pauses = Pauses()
    database = Database(database_url, sleep=pauses, monotonic=pauses.monotonic)
    yield Server(database)
    database.close()


@pytest.fixture
def killer(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def device(number: int) -> str:
    return f"pi-{number}"


def content(server: Server, of: str) -> dict[str, list[dict[str, Any]]]:
    """Return everything stored for a device, without names that differ from device to device or run to run."""
    return {
        name: sorted(
            (
                {
                    column: str(value).replace(of, "<device>")
                    for column, value in row.items()
                    if column not in VOLATILE and not column.endswith("digest")
                }
                for row in all_rows(server.database, name, of)
            ),
            key=str,
        )
        for name in CONTENT + HISTORY
    }


def whole_request(server: Server) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """Store the request once undisturbed; return its number of statements and what is then stored."""
    server.send({}, device="another")  # An engine's first connection asks what it is talking to.
    with statement_faults(server.database) as faults:
        server.send(TABLES, device=device(0))
    assert faults.executed[-1] == COMMIT
    return len(faults.executed), content(server, device(0))


def assert_survives_everywhere(server: Server, breaker: Breaker, *, after_commit: bool = False) -> None:
    """Break each statement once, and expect what an undisturbed request leaves."""
    count, expected = whole_request(server)
    assert count > 10
    for number in range(1, count + 1):
        with statement_faults(server.database, breaker, breaks_at=number, after_commit=after_commit) as faults:
            receipt = server.send(TABLES, device=device(number))

        statement = faults.executed[number - 1]
        assert len(faults.executed) > count, f"nothing broke at {statement}"
        assert sum(receipt.total(name) for name in ("inserted", "updated", "quarantined")) == RECEIVED
        stored = content(server, device(number))
        is_repeated = after_commit and statement == COMMIT
        for name in CONTENT if is_repeated else CONTENT + HISTORY:
            if is_repeated and name == "quarantine":
                assert len(stored[name]) == len(expected[name])
            else:
                assert stored[name] == expected[name], f"{name} after a fault at {number}: {statement[:60]}"


def assert_refused_everywhere(server: Server, breaker: Breaker, *, times: int) -> None:
    """Break each statement for good, and expect nothing to be stored until it comes again."""
    count, expected = whole_request(server)
    nothing: dict[str, list[Any]] = {name: [] for name in CONTENT + HISTORY}
    for number in range(1, count + 1):
        with (
            statement_faults(server.database, breaker, breaks_at=number, times=times),
            pytest.raises(DatabaseUnavailableError),
        ):
            server.send(TABLES, device=device(number))
        assert content(server, device(number)) == nothing, f"after a fault at {number}"

        server.ingest.failures.clear()
        server.send(TABLES, device=device(number))
        assert content(server, device(number)) == expected


@ON_SERVER
@pytest.mark.parametrize("code", [1020, 1205, 1213, 2013])
def test_a_conflict_or_a_lost_connection_at_any_statement_is_retried(server: Server, code: int) -> None:
    assert_survives_everywhere(server, server_error(code))


@ON_SERVER
def test_a_session_killed_at_any_statement_is_replaced(server: Server, killer: Database) -> None:
    assert_survives_everywhere(server, kill_session(killer))


@ON_SERVER
def test_a_connection_cut_at_any_statement_is_replaced(server: Server) -> None:
    assert_survives_everywhere(server, cut_socket)


@ON_SERVER
def test_a_commit_whose_answer_is_lost_is_not_doubled(server: Server) -> None:
    assert_survives_everywhere(server, server_error(2013), after_commit=True)


@ON_SQLITE
def test_a_locked_file_at_any_statement_is_retried(server: Server) -> None:
    assert_survives_everywhere(server, sqlite_error("database is locked"))


@ON_SERVER
@pytest.mark.parametrize("code", [1213])
def test_a_conflict_that_does_not_end_is_told_and_nothing_is_stored(server: Server, code: int) -> None:
    assert_refused_everywhere(server, server_error(code), times=10_000)


@ON_SERVER
@pytest.mark.parametrize("code", [1114, 1146, 1227])
def test_a_fault_that_no_retry_mends_is_told_and_nothing_is_stored(server: Server, code: int) -> None:
    assert_refused_everywhere(server, server_error(code), times=10_000)


@ON_SQLITE
@pytest.mark.parametrize("message", ["disk I/O error", "database is locked"])
def test_a_disk_that_fails_is_told_and_nothing_is_stored(server: Server, message: str) -> None:
    assert_refused_everywhere(server, sqlite_error(message), times=10_000)


@ON_SERVER
@pytest.mark.parametrize("code", [1062, 1264, 1406])
def test_an_error_about_values_at_any_statement_stores_all_or_nothing(server: Server, code: int) -> None:
    count, expected = whole_request(server)
    for number in range(1, count + 1):
        with statement_faults(server.database, server_error(code, ends_transaction=False), breaks_at=number):
            try:
                receipt = server.send(TABLES, device=device(number))
            except DatabaseUnavailableError:
                receipt = None

        stored = content(server, device(number))
        if receipt is None:
            assert all(rows == [] for rows in stored.values())
            continue
        assert sum(receipt.total(name) for name in ("inserted", "updated", "quarantined")) == RECEIVED
        in_tables = sum(len(stored[name]) for name in ("connection_log", "drive_summary", "profiles", "realtime_data"))
        assert in_tables + len(stored["quarantine"]) == RECEIVED
        assert len(stored["sync_history"]) == len(expected["sync_history"])


def test_a_commit_that_fails_and_leaves_its_transaction_open_stores_nothing(server: Server) -> None:
    full = sqlite_error("database or disk is full", ends_transaction=False)
    breaker = full if server.database.is_sqlite else server_error(1105, ends_transaction=False)
    count, _ = whole_request(server)

    with statement_faults(server.database, breaker, breaks_at=count), pytest.raises(DatabaseUnavailableError):
        server.send(TABLES, device=device(1))
    server.send({}, device=device(2))

    assert all(rows == [] for rows in content(server, device(1)).values())


@pytest.mark.parametrize("tables", [CHANGED, REBUILT], ids=["changed rows", "a rebuilt database"])
def test_rows_that_come_again_survive_a_fault_at_any_statement(server: Server, tables: dict[str, list[object]]) -> None:
    is_sqlite = server.database.is_sqlite
    breaker = sqlite_error("database is locked") if is_sqlite else server_error(1213)
    server.send(TABLES, device=device(0))
    with statement_faults(server.database) as undisturbed:
        server.send(tables, device=device(0))
    expected = content(server, device(0))

    for number in range(1, len(undisturbed.executed) + 1):
        server.send(TABLES, device=device(number))
        with statement_faults(server.database, breaker, breaks_at=number):
            server.send(tables, device=device(number))
        assert content(server, device(number)) == expected, f"after a fault at {number}"


def test_tries_end_after_a_time(server: Server) -> None:
    breaker = sqlite_error("database is locked") if server.database.is_sqlite else server_error(1213)

    with (
        statement_faults(server.database, breaker, breaks_at=1, times=10_000) as faults,
        pytest.raises(DatabaseUnavailableError),
    ):
        server.send(TABLES)

    assert 10 < len(faults.executed) < 10 * MAX_SECONDS


def test_a_database_that_is_away_takes_the_rows_when_it_is_back(server: Server) -> None:
    breaker = sqlite_error("disk I/O error") if server.database.is_sqlite else server_error(2003)
    with statement_faults(server.database, breaker, breaks_at=1, times=10_000):
        for _ in range(3):
            with pytest.raises(DatabaseUnavailableError):
                server.send(TABLES)

    receipt = server.send(TABLES)

    assert receipt.total("inserted") == RECEIVED - 2
    assert server.count("realtime_data") == 20
    assert server.rows("devices")[0]["last_failure_at"] == server.clock.now

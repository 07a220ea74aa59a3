"""The Pi stand-in against a server that answers well, badly, or not at all."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from obd2_cli.push import Progress, PushResult, PushTarget, TableStatus, Verdict, push_database
from obd2_cli.simulate import DatabasePlan, DriveKind, DrivePlan, write_pi_database
from obd2_common.errors import InvalidInputError
from obd2_common.synced_specs import DELTA_TABLES
from sync_server_fake import Reply, SeenRequest, SyncServerFake, receipt, sync_server

NOW = datetime(2026, 7, 11, 18, 2, 44, tzinfo=UTC)
Push = Callable[..., PushResult]


@pytest.fixture
def server() -> Iterator[SyncServerFake]:
    with sync_server() as fake:
        fake.answer = receipt
        yield fake


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A drive of two and a half batches of readings, and something in every table."""
    path = tmp_path / "obd.db"
    drive = DrivePlan(DriveKind.SHORT_HOP, datetime(2026, 6, 1, 13, tzinfo=UTC), drive_id=3, duration_seconds=165)
    write_pi_database(path, DatabasePlan((drive,), fills_every_table=True))
    return path


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def push(server: SyncServerFake, source: Path, slept: list[float]) -> Push:
    def run(*, path: Path = source, is_faithful: bool = False, **options: Any) -> PushResult:  # noqa: ANN401
        target = PushTarget(server.url, "chi-eclipse-01", "secret", is_faithful=is_faithful)
        return push_database(path, target, sleep=slept.append, clock=lambda: NOW, **options)

    return run


def stored(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def failing(table: str, *replies: Reply) -> Callable[[SeenRequest], Reply]:
    """Answer the first requests of one table with these replies, everything else well."""
    left = list(replies)

    def answer(request: SeenRequest) -> Reply:
        return left.pop(0) if left and request.body and request.table == table else receipt(request)

    return answer


def test_every_row_of_every_table_arrives_once_in_sweeps(push: Push, server: SyncServerFake, source: Path) -> None:
    result = push()

    assert result.is_ok
    for table in DELTA_TABLES:
        assert len(server.rows(table)) == stored(source, f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608
        assert result.tables[table].counts["inserted"] == len(server.rows(table))
    assert server.tables_in_order == [*DELTA_TABLES, "realtime_data", "realtime_data"]
    sizes = [
        len(each.json()["tables"]["realtime_data"]["rows"]) for each in server.seen if each.table == "realtime_data"
    ]
    assert sizes[:2] == [500, 500]
    assert 0 < sizes[2] < 500


def test_a_reading_is_sent_as_it_is_stored(push: Push, server: SyncServerFake, source: Path) -> None:
    push()

    columns = ["id", "timestamp", "parameter_name", "value", "unit", "profile_id", "data_source", "drive_id"]
    rows = server.rows("realtime_data")
    assert list(rows[0]) == columns
    assert [tuple(row.values()) for row in rows] == stored(source, "SELECT * FROM realtime_data ORDER BY id")
    assert [row["id"] for row in server.rows("drive_summary")] == [3]
    assert list(server.rows("drive_summary")[0])[-1] == "id"


def test_a_request_looks_like_the_pis(push: Push, server: SyncServerFake) -> None:
    push()

    headers = dict(server.seen[0].headers)
    assert headers["Accept-Encoding"] == "identity"
    assert headers["Connection"] == "close"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Api-Key"] == "secret"
    assert headers["User-Agent"].startswith("Python-urllib/3.")
    assert int(headers["Content-Length"]) == len(server.seen[0].body)
    assert "Expect" not in headers
    assert {request.path for request in server.seen} == {"/api/v1/sync"}
    assert {request.json()["batchId"] for request in server.seen} == {"chi-eclipse-01-2026-07-11T18:02:44Z"}


def test_the_cursor_travels_with_every_batch(push: Push, server: SyncServerFake) -> None:
    push()

    cursors = [
        each.json()["tables"]["realtime_data"]["lastSyncedId"] for each in server.seen if each.table == "realtime_data"
    ]
    assert cursors == [0, 500, 1000]


def test_a_second_push_sends_nothing(push: Push, server: SyncServerFake) -> None:
    push()
    server.seen.clear()

    result = push()

    assert result.is_ok
    assert server.seen == []
    assert {receipt.status for receipt in result.tables.values()} == {TableStatus.EMPTY}


def test_the_source_is_never_written(push: Push, source: Path) -> None:
    before = source.read_bytes()

    push(is_flushed=True)

    assert source.read_bytes() == before
    assert sorted(each.name for each in source.parent.iterdir()) == ["obd.db", "obd.db.pushed.db"]


def test_the_cursors_are_kept_as_the_pi_keeps_them(push: Push, source: Path) -> None:
    push(state=source.with_name("state.db"))

    log = dict(stored(source.with_name("state.db"), "SELECT table_name, last_synced_id FROM sync_log"))
    row = stored(source.with_name("state.db"), "SELECT * FROM sync_log WHERE table_name = 'drive_summary'")
    batch = "chi-eclipse-01-2026-07-11T18:02:44Z"
    assert log["realtime_data"] == stored(source, "SELECT max(id) FROM realtime_data")[0][0]
    assert row == [("drive_summary", 3, "2026-07-11T18:02:44Z", batch, "ok", "2026-06-01T13:00:18.250Z")]


def test_rows_that_came_later_are_sent_alone(push: Push, server: SyncServerFake, source: Path) -> None:
    push()
    server.seen.clear()
    change(source, "INSERT INTO realtime_data (parameter_name, value) VALUES ('RPM', 800)")

    result = push()

    assert result.rows_sent == 1
    assert server.tables_in_order == ["realtime_data"]


def test_an_updated_row_is_sent_again_and_rewinds_the_cursor(
    push: Push, server: SyncServerFake, source: Path, tmp_path: Path
) -> None:
    change(source, "INSERT INTO drive_summary (drive_id) VALUES (4), (5), (6)")
    push()
    server.seen.clear()
    change(source, "UPDATE drive_summary SET starting_battery_v = 12.1 WHERE drive_id = 3")

    result = push()

    assert [row["id"] for row in server.rows("drive_summary")] == [3, 4, 5, 6]
    assert result.tables["drive_summary"].batches == 2
    cursor = stored(
        tmp_path / "obd.db.pushed.db", "SELECT last_synced_id FROM sync_log WHERE table_name = 'drive_summary'"
    )
    assert cursor == [(6,)]
    assert push().rows_sent == 0


def test_an_update_in_a_table_without_stamps_is_not_sent(push: Push, server: SyncServerFake, source: Path) -> None:
    push()
    server.seen.clear()
    change(source, "UPDATE realtime_data SET drive_id = 9")

    push()

    assert server.seen == []


@pytest.mark.parametrize("status", [201, 202, 204])
def test_any_success_moves_the_cursor_whatever_the_body(push: Push, server: SyncServerFake, status: int) -> None:
    body = b"" if status == 204 else b"not json"
    server.answer = lambda _: Reply(status, body)

    result = push()

    assert result.is_ok
    assert push().rows_sent == 0
    assert result.tables["statistics"].counts["inserted"] == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 422, 307, 308])
def test_a_refusal_fails_the_table_at_once_and_the_others_go_on(
    push: Push, server: SyncServerFake, slept: list[float], status: int
) -> None:
    server.answer = failing("dtc_log", Reply(status))

    result = push(is_faithful=True)

    assert not result.is_ok
    assert result.tables["dtc_log"].status is TableStatus.FAILED
    assert str(status) in result.tables["dtc_log"].detail
    assert slept == []
    assert [name for name, each in result.tables.items() if not each.is_ok] == ["dtc_log"]
    assert server.tables_in_order.count("dtc_log") == 1


def test_a_failed_table_keeps_its_cursor_and_goes_with_the_next_push(
    push: Push, server: SyncServerFake, tmp_path: Path
) -> None:
    server.answer = failing("realtime_data", Reply(), Reply(422))
    push()

    state = "SELECT last_synced_id, status FROM sync_log WHERE table_name = 'realtime_data'"
    after_failure = stored(tmp_path / "obd.db.pushed.db", state)
    result = push()

    assert after_failure == [(500, "failed")]
    assert result.is_ok
    assert server.rows("realtime_data")[-result.rows_sent]["id"] == 501


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_trouble_is_retried_with_the_same_body(
    push: Push, server: SyncServerFake, slept: list[float], status: int
) -> None:
    server.answer = failing("alert_log", Reply(status), Reply(status))

    result = push()

    assert result.is_ok
    assert slept == [1.0, 2.0]
    assert result.tables["alert_log"].tries == 3
    assert len({request.body for request in server.seen if request.table == "alert_log"}) == 1


def test_trouble_that_stays_is_given_up_after_four_tries(
    push: Push, server: SyncServerFake, slept: list[float]
) -> None:
    server.answer = failing("alert_log", *[Reply(503)] * 4)

    result = push()

    assert slept == [1.0, 2.0, 4.0]
    assert result.tables["alert_log"].status is TableStatus.FAILED
    assert result.tables["statistics"].status is TableStatus.OK


def test_nobody_listening_is_retried_too(source: Path, slept: list[float]) -> None:
    with sync_server() as gone:
        url = gone.url

    result = push_database(source, PushTarget(url, "pi", "secret"), sleep=slept.append)

    assert not result.is_ok
    assert slept == [1.0, 2.0, 4.0] * 10
    assert result.tables["statistics"].detail.startswith("no answer")


@pytest.mark.parametrize("reply", [Reply(is_cut=True), Reply(body=b"{}", promised_bytes=50)])
def test_a_connection_cut_in_mid_answer_ends_the_sweep(
    push: Push, server: SyncServerFake, slept: list[float], reply: Reply
) -> None:
    server.answer = failing("dtc_log", reply)

    result = push()

    assert result.abort_reason.startswith("dtc_log: connection cut")
    assert result.tables["realtime_data"].status is TableStatus.SKIPPED
    assert server.tables_in_order[-1] == "dtc_log"
    assert slept == []
    assert push().is_ok


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_is_reported_and_moves_no_cursor(push: Push, server: SyncServerFake, status: int) -> None:
    server.answer = failing("dtc_log", Reply(status, location=f"{server.url}/api/v1/sync/"))

    result = push()

    assert not result.is_ok
    assert result.tables["dtc_log"].status is TableStatus.REDIRECTED
    assert "lose them" in result.tables["dtc_log"].detail
    assert [request.method for request in server.seen if request.path.endswith("/")] == []


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_faithful_push_follows_a_redirect_as_a_get_and_loses_the_rows(
    push: Push, server: SyncServerFake, status: int
) -> None:
    server.answer = failing("dtc_log", Reply(status, location=f"{server.url}/api/v1/sync/"))

    result = push(is_faithful=True)

    assert result.is_ok
    assert [(each.method, each.body) for each in server.seen if each.path == "/api/v1/sync/"] == [("GET", b"")]
    assert push().rows_sent == 0


def test_a_receipt_that_does_not_add_up_is_reported(push: Push, server: SyncServerFake) -> None:
    short = b'{"tablesProcessed": {"alert_log": {"inserted": 0, "updated": 0, "errors": 0}}}'
    server.answer = failing("alert_log", Reply(body=short))

    result = push()

    assert result.tables["alert_log"].status is TableStatus.MISCOUNTED
    assert not result.is_ok


def test_a_flush_pings_first_and_ends_with_the_counter(push: Push, server: SyncServerFake) -> None:
    result = push(is_flushed=True)

    last = server.seen[-1].json()
    assert result.is_ok
    assert (result.ping, result.counter) == (Verdict.OK, Verdict.OK)
    assert (server.seen[-2].method, server.seen[-2].path, server.seen[-2].body) == ("GET", "/api/v1/ping", b"")
    assert (last["tables"], last["driveCounter"]) == ({}, {"lastDriveId": 3})


def test_without_an_answer_to_the_ping_there_is_no_flush(
    push: Push, server: SyncServerFake, slept: list[float]
) -> None:
    server.answer = lambda request: Reply(503) if request.path == "/api/v1/ping" else receipt(request)

    result = push(is_flushed=True)

    assert not result.is_ok
    assert (result.ping, result.counter) == (Verdict.FAILED, None)
    assert slept == []
    assert server.seen[-1].path == "/api/v1/ping"


def test_an_old_file_with_few_tables_and_columns_will_do(push: Push, server: SyncServerFake, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    change(old, "CREATE TABLE realtime_data (id INTEGER PRIMARY KEY, timestamp, parameter_name, value, unit)")
    change(old, "INSERT INTO realtime_data VALUES (1, '2026-04-16 08:00:01', 'RPM', 800.5, 'rpm')")

    result = push(path=old, is_flushed=True)

    assert result.is_ok
    assert server.rows("realtime_data") == [
        {"id": 1, "timestamp": "2026-04-16 08:00:01", "parameter_name": "RPM", "value": 800.5, "unit": "rpm"}
    ]
    assert result.tables["dtc_log"].status is TableStatus.ABSENT
    assert result.counter is None


def test_a_file_in_wal_mode_is_read(push: Push, source: Path) -> None:
    change(source, "PRAGMA journal_mode = WAL")

    assert push().is_ok


def test_cursors_of_another_device_or_of_lost_rows_do_not_count(
    push: Push, server: SyncServerFake, source: Path
) -> None:
    first = push()
    change(source, "UPDATE realtime_data SET value = value + 1 WHERE id = 1")

    rebuilt = push()
    other = push_database(source, PushTarget(server.url, "another", "secret"))

    assert rebuilt.rows_sent == other.rows_sent == first.rows_sent


def test_a_fresh_push_sends_everything_again(push: Push) -> None:
    first = push()

    assert push(is_fresh=True).rows_sent == first.rows_sent


def test_progress_is_told_from_none_to_all(push: Push) -> None:
    told: list[Progress] = []

    result = push(on_progress=told.append)

    assert told[0].rows_sent == 0
    assert told[-1].rows_sent == told[-1].rows_expected == result.rows_sent
    assert [each.rows_sent for each in told] == sorted(each.rows_sent for each in told)


@pytest.mark.parametrize(
    ("url", "device", "key"), [("ftp://x", "pi", "k"), ("http://x", "", "k"), ("http://x", "pi", "")]
)
def test_a_target_nothing_could_be_sent_to_is_refused(url: str, device: str, key: str) -> None:
    with pytest.raises(InvalidInputError):
        PushTarget(url, device, key)


def test_a_target_does_not_show_its_key() -> None:
    assert "secret" not in repr(PushTarget("http://x", "pi", "secret"))


def test_what_is_no_database_is_refused(push: Push, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database at all, but long enough to be looked at" * 30)

    with pytest.raises(InvalidInputError, match="cannot be read"):
        push(path=tmp_path / "text.db")
    with pytest.raises(InvalidInputError, match="is no file"):
        push(path=tmp_path / "missing.db")


def test_a_state_file_that_is_something_else_is_left_alone(push: Push, source: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    change(other, "CREATE TABLE mine (x)")

    with pytest.raises(InvalidInputError, match="no file of cursors"):
        push(state=other)
    with pytest.raises(InvalidInputError, match="no file of cursors"):
        push(state=source)
    assert stored(other, "SELECT name FROM sqlite_master") == [("mine",)]

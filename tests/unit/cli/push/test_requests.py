"""What the Pi stand-in sends: every row once, in requests that look like the Pi's."""

from pathlib import Path

from obd2_cli.push import Progress, Verdict
from obd2_common.synced_specs import DELTA_TABLES
from support.pi_pushes import Push, stored
from support.sync_server_fake import Reply, SyncServerFake, receipt


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


def test_progress_is_told_from_none_to_all(push: Push) -> None:
    told: list[Progress] = []

    result = push(on_progress=told.append)

    assert told[0].rows_sent == 0
    assert told[-1].rows_sent == told[-1].rows_expected == result.rows_sent
    assert [each.rows_sent for each in told] == sorted(each.rows_sent for each in told)

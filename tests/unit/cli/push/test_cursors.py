"""What the Pi stand-in sends again, and what it knows to have arrived."""

from pathlib import Path

import pytest

from obd2_cli.push import PushTarget, TableStatus, push_database
from support.pi_pushes import Push, change, failing, stored
from support.sync_server_fake import Reply, SyncServerFake, receipt, sync_server


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


def test_cursors_belong_to_the_server_they_were_moved_by(push: Push, source: Path) -> None:
    first = push()
    with sync_server() as other:
        other.answer = receipt
        elsewhere = push_database(source, PushTarget(other.url, "chi-eclipse-01", "secret"))

    assert elsewhere.rows_sent == first.rows_sent


def test_cursors_of_before_they_knew_their_server_are_still_good(push: Push, tmp_path: Path) -> None:
    push()
    change(tmp_path / "obd.db.pushed.db", "ALTER TABLE pushed_source DROP COLUMN server")

    assert push().rows_sent == 0


def test_a_cursor_that_is_ahead_of_the_server_goes_back_to_it(push: Push, server: SyncServerFake) -> None:
    push()
    complete = {table: 10**6 for table in server.tables_in_order if table}
    server.seen.clear()

    result = push(ask=lambda _: {**complete, "realtime_data": 700})

    assert server.rows("realtime_data")[0]["id"] == 701
    assert set(server.tables_in_order) == {"realtime_data"}
    assert result.rewound == {"realtime_data": (server.rows("realtime_data")[-1]["id"], 700)}


def test_a_server_that_lost_the_device_gets_everything_again(push: Push) -> None:
    first = push()

    assert push(ask=lambda _: {}).rows_sent == first.rows_sent

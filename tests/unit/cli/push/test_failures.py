"""The Pi stand-in against a server that answers badly or not at all."""

from pathlib import Path

import pytest

from obd2_cli.push import PushTarget, TableStatus, push_database
from support.pi_pushes import Push, failing
from support.sync_server_fake import Reply, SyncServerFake, sync_server


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

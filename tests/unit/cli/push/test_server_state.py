"""What a push learns from the server before it sends anything."""

import json

import pytest

from obd2_cli.push import PushTarget, ServerRefusedError, ask_server
from support.sync_server_fake import Reply, SeenRequest, SyncServerFake


def target(server: SyncServerFake) -> PushTarget:
    return PushTarget(server.url, "chi-eclipse-01", "secret")


def test_the_largest_id_counts_rows_in_quarantine_too(server: SyncServerFake) -> None:
    tables = {
        "realtime_data": {"highWaterId": 500, "quarantinedIds": []},
        "alert_log": {"highWaterId": 3, "quarantinedIds": ["7", "x"]},
        "dtc_log": {"highWaterId": None, "quarantinedIds": []},
    }
    server.answer = lambda _: Reply(body=json.dumps({"tables": tables}).encode())

    assert ask_server(target(server)) == {"realtime_data": 500, "alert_log": 7, "dtc_log": 0}
    assert [request.path.partition("?")[0] for request in server.seen] == ["/api/v1/ping", "/api/v1/sync/state"]


def test_an_unknown_device_has_nothing_there(server: SyncServerFake) -> None:
    server.answer = lambda request: Reply(404) if "state" in request.path else Reply()

    assert ask_server(target(server)) == {}


@pytest.mark.parametrize("body", [b"{}", b"no JSON", b'{"tables": {"realtime_data": {}}}', b'{"tables": []}'])
def test_a_server_that_cannot_tell_is_taken_at_its_receipts(server: SyncServerFake, body: bytes) -> None:
    server.answer = lambda _: Reply(body=body)

    assert ask_server(target(server)) is None


@pytest.mark.parametrize("path", ["ping", "state"])
@pytest.mark.parametrize(("status", "words"), [(401, "refuses this key"), (403, "refuses this key"), (503, "HTTP 503")])
def test_a_refusal_is_an_error_that_says_why(server: SyncServerFake, path: str, status: int, words: str) -> None:
    def answer(request: SeenRequest) -> Reply:
        return Reply(status) if path in request.path else Reply()

    server.answer = answer

    with pytest.raises(ServerRefusedError, match=words):
        ask_server(target(server))


def test_nobody_listening_is_an_error_that_names_the_address() -> None:
    with pytest.raises(ServerRefusedError, match=r"no server answers at http://127\.0\.0\.1:9: "):
        ask_server(PushTarget("http://127.0.0.1:9", "chi-eclipse-01", "secret"))

"""`obd2 report` against a server: what it asks, and what it says when the server cannot answer."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic.alias_generators import to_camel
from typer.testing import CliRunner, Result

from obd2_api.schemas.devices import DeviceDocument
from obd2_api.schemas.health import Health
from obd2_cli.__main__ import build_app
from obd2_cli.server_client import ServerClient, ServerUnavailableError
from obd2_common.errors import ConfigurationError, NotFoundError
from support.report_documents import DRIVE, history, statistic, trend
from support.sync_server_fake import Reply, SeenRequest, SyncServerFake, sync_server

HEALTH: dict[str, Any] = {
    **{to_camel(name): None for name in Health.model_fields},
    "status": "degraded",
    "reasons": [],
    "version": "0.1.0",
    "uptime": "1m",
    "driveCount": 1,
    "lastAnalysis": None,
    "components": {"api": "up", "mysql": "up", "ollama": "down", "ollamaModel": "unknown"},
    "lastSync": {"deviceId": "chi-eclipse-01", "syncedAt": "2026-07-11T18:02:44Z", "batchId": "b"},
    "pendingDrives": 2,
}


DEVICE: dict[str, Any] = {
    **{to_camel(name): None for name in DeviceDocument.model_fields},
    "deviceId": "chi-eclipse-01",
    "displayName": "Eclipse",
    "openEpoch": 1,
    "firstSeenAt": "2026-07-11T18:02:44Z",
    "lastSeenAt": "2026-07-11T18:02:44Z",
    "requestCount": 1,
    "emptyRequestCount": 0,
    "epochs": [
        {
            "epoch": epoch,
            "openedAt": "2026-07-11T18:02:44Z",
            "reason": "",
            "driveCounter": 0,
            "maxDriveId": 0,
            "tables": [],
        }
        for epoch in (1, 2)
    ],
    "unknownColumns": [],
    "notes": {"vehicles": [], "lacksEra": False, "powerLosses": [], "calibrations": [], "recommendations": []},
    "unknownUnits": [],
}


@pytest.fixture
def server() -> Iterator[SyncServerFake]:
    """A server that knows one drive."""
    documents = {
        "/api/v1/drives": {"drives": [DRIVE], "nextCursor": None},
        "/api/v1/drives/chi-eclipse-01/33": DRIVE,
        "/api/v1/health": HEALTH,
        "/api/v1/devices": {"devices": [DEVICE], "nextCursor": None},
    }

    def answer(request: SeenRequest) -> Reply:
        path = request.path.partition("?")[0]
        if path not in documents:
            return Reply(404, json.dumps({"detail": "No such drive"}).encode())
        return Reply(body=json.dumps(documents[path]).encode())

    with sync_server() as running:
        running.answer = answer
        yield running


def run(server: SyncServerFake, *arguments: str) -> Result:
    command = ["report", *arguments, "--url", server.url, "--api-key", "k"]
    return CliRunner().invoke(build_app("report"), command)


def test_the_command_lists_shows_one_and_only_reads(server: SyncServerFake) -> None:
    listed = run(server)
    alone = run(server, "33", "--device", "chi-eclipse-01")
    trends = run(server, "--trends", "--device", "chi-eclipse-01")

    assert (listed.exit_code, alone.exit_code, trends.exit_code) == (0, 0, 0)
    assert "Drives of Eclipse (chi-eclipse-01)" in listed.output
    assert "--limit" not in listed.output
    assert "More waits to be computed" in listed.output
    assert "Drive 33 of chi-eclipse-01" in alone.output
    assert "No trends of chi-eclipse-01" in trends.output
    assert {request.method for request in server.seen} == {"GET"}


def test_the_list_is_in_the_units_chosen(server: SyncServerFake) -> None:
    listed = run(server, "--units", "imperial")

    assert " mi " in listed.output
    assert " 8.8 " in listed.output
    assert " km " not in listed.output


def test_trends_are_drawn_over_their_own_drives(server: SyncServerFake) -> None:
    known = server.answer
    points = [
        {
            "epoch": 1,
            "driveKey": str(day),
            "startedAt": f"2026-07-{day:02}T18:00:00Z",
            "mean": mean,
            "minimum": 0.0,
            "maximum": 9.0,
            "sampleCount": 9,
            "grade": None,
        }
        for day, mean in ((1, 99.0), (2, 1.0), (3, None), (4, 3.0), (5, 8.0), (6, 99.0))
    ]
    course = {"parameter": "LONG_FUEL_TRIM_1", "name": "long fuel trim", "unit": "%", "scope": "closed_loop_warm"}
    moving = trend(is_shown=True, firstAt="2026-07-02T18:00:00Z", lastAt="2026-07-05T18:00:00Z")
    drive = {
        **DRIVE,
        "statistics": [statistic("LONG_FUEL_TRIM_1", "all"), statistic("LONG_FUEL_TRIM_1", "closed_loop_warm")],
        "history": history(7, trends=[moving]),
    }

    def answer(request: SeenRequest) -> Reply:
        if request.path.startswith("/api/v1/trends?"):
            document = {"deviceId": "chi-eclipse-01", "eras": [], "points": points, **course}
            return Reply(body=json.dumps(document).encode())
        if request.path.startswith("/api/v1/drives/"):
            return Reply(body=json.dumps(drive).encode())
        return known(request)

    server.answer = answer

    shown = run(server, "--trends", "--device", "chi-eclipse-01")

    assert "▁▃█" in shown.output
    (asked,) = (request.path for request in server.seen if "/trends" in request.path)
    assert "scope=closed_loop_warm" in asked


def test_a_drive_that_does_not_exist_is_said(server: SyncServerFake) -> None:
    missing = run(server, "34", "--device", "chi-eclipse-01")

    assert isinstance(missing.exception, NotFoundError)
    assert "No such drive" in str(missing.exception)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--device", "nobody"], "no device nobody has ever sent anything; known are chi-eclipse-01"),
        (["7", "--device", "nobody"], "no device nobody has ever sent anything"),
        (["--trends", "--device", "nobody"], "no device nobody has ever sent anything"),
        (["--epoch", "9"], "no device has epoch 9; there is 1, 2"),
        (["--device", "chi-eclipse-01", "--epoch", "9"], "chi-eclipse-01 has no epoch 9; there is 1, 2"),
    ],
)
def test_a_device_or_epoch_that_does_not_exist_is_said(server: SyncServerFake, arguments: list[str], said: str) -> None:
    known = server.answer

    def answer(request: SeenRequest) -> Reply:
        if request.path.partition("?")[0] == "/api/v1/drives":
            return Reply(body=json.dumps({"drives": [], "nextCursor": None}).encode())
        return known(request)

    server.answer = answer

    missing = run(server, *arguments)

    assert isinstance(missing.exception, NotFoundError)
    assert said in str(missing.exception)


def test_a_list_that_ends_before_the_drives_do_says_so(server: SyncServerFake) -> None:
    known = server.answer

    def answer(request: SeenRequest) -> Reply:
        if request.path.partition("?")[0] == "/api/v1/drives":
            return Reply(body=json.dumps({"drives": [DRIVE, DRIVE], "nextCursor": None}).encode())
        return known(request)

    server.answer = answer

    assert "The latest 1 are shown; --limit shows more." in run(server, "--limit", "1").output
    assert "--limit" not in run(server, "--limit", "2").output


def test_pages_are_followed_up_to_the_limit(server: SyncServerFake) -> None:
    server.answer = lambda request: Reply(
        body=json.dumps({"drives": [DRIVE], "nextCursor": "more" if "cursor" not in request.path else None}).encode()
    )

    with ServerClient(server.url, "k") as client:
        assert len(client.drives(limit=50)) == 2
        assert len(client.drives(limit=1)) == 1


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (Reply(401, b'{"detail": "Invalid API key"}'), ConfigurationError, "Invalid API key. Give --api-key"),
        (Reply(503, b'{"detail": "busy"}'), ServerUnavailableError, "says: busy"),
        (Reply(500, b"oops"), ServerUnavailableError, "says: 500"),
        (Reply(200, b"<html>"), ServerUnavailableError, "no OBD2-Server of this version"),
        (Reply(is_cut=True), ServerUnavailableError, "no server answers"),
    ],
)
def test_what_a_server_cannot_do_is_said_in_one_sentence(
    server: SyncServerFake, reply: Reply, kind: type[Exception], said: str
) -> None:
    server.answer = lambda _: reply

    refused = run(server)

    assert isinstance(refused.exception, kind)
    assert said in str(refused.exception)


@pytest.mark.parametrize(("url", "key"), [("http://127.0.0.1:99999", "k"), ("http://127.0.0.1:1", "k\u00e9y\n")])
def test_an_address_or_a_key_that_cannot_be_is_refused(url: str, key: str) -> None:
    with pytest.raises((ConfigurationError, ServerUnavailableError)), ServerClient(url, key) as client:
        client.health()


def test_json_gives_a_drive_as_the_api_writes_it(server: SyncServerFake) -> None:
    shown = json.loads(run(server, "33", "--json").stdout)

    assert {name: shown[name] for name in ("deviceId", "driveKey", "grade")} == {
        name: DRIVE[name] for name in ("deviceId", "driveKey", "grade")
    }
    assert set(shown) == set(DRIVE)


def test_json_gives_a_list_of_drives(server: SyncServerFake) -> None:
    shown = json.loads(run(server, "--json").stdout)

    assert [drive["driveKey"] for drive in shown["drives"]] == [DRIVE["driveKey"]]

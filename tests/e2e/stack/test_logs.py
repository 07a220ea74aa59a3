"""What the containers of ours write: one JSON object per line to standard output, no key, nothing elsewhere."""

import json
import subprocess

import pytest

from support.stack_running import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


def logs(stack: Stack, service: str) -> subprocess.CompletedProcess[str]:
    container = stack.compose("ps", "--all", "--quiet", service).split()[0]
    return subprocess.run(  # noqa: S603 - our own arguments
        [stack.docker, "logs", container], capture_output=True, check=True, text=True, timeout=60
    )


@pytest.mark.parametrize("service", ["api", "analyzer", "backup"])
def test_every_line_of_a_service_is_an_event_on_standard_output(stack: Stack, service: str) -> None:
    written = logs(stack, service)

    events = [json.loads(line) for line in written.stdout.splitlines()]
    assert events
    assert all({"event", "level", "timestamp", "logger"} <= event.keys() for event in events)
    assert written.stderr == ""


def test_a_sync_is_logged_with_its_request_its_device_and_its_batch_and_without_the_key(stack: Stack) -> None:
    body = {"deviceId": "e2e-logged", "batchId": "e2e-logged-2026-07-11T18:02:44Z", "tables": {}}

    with stack.client() as client:
        client.post("/api/v1/sync", json=body, headers={"X-Request-ID": "e2e-request"}).raise_for_status()

    written = logs(stack, "api").stdout
    (event,) = [
        event for line in written.splitlines() if (event := json.loads(line)).get("request_id") == "e2e-request"
    ]
    assert (event["device_id"], event["batch_id"], event["status"]) == (body["deviceId"], body["batchId"], 200)
    assert stack.key not in written

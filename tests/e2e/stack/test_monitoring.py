"""The monitoring profile: Prometheus finds every service, and Alertmanager hears the dead man's switch."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from compose_file import ComposeMissingError
from stack_images import require_images
from stack_running import Stack, free_port

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

PATIENCE_SECONDS = 180


@pytest.fixture(scope="module")
def ports(stack: Stack) -> Iterator[tuple[int, int]]:
    """Where Prometheus and Alertmanager answer."""
    try:
        require_images(stack.docker, "prom/prometheus:v3.5.3", "prom/alertmanager:v0.33.1")
    except ComposeMissingError as error:
        pytest.skip(str(error))
    prometheus, alertmanager = free_port(), free_port()
    stack.set_variable("PROMETHEUS_PORT", str(prometheus))
    stack.set_variable("ALERTMANAGER_PORT", str(alertmanager))
    stack.make("up", profile="monitoring")
    yield prometheus, alertmanager
    stack.compose("rm", "--stop", "--force", "prometheus", "alertmanager")


def eventually(ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is asked for
    """Ask until the answer is something; scrapes come every half minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := ask()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(1)
    return answer


def test_every_service_is_found_and_scraped(ports: tuple[int, int]) -> None:
    def all_up() -> bool:
        with httpx.Client(base_url=f"http://127.0.0.1:{ports[0]}", timeout=10) as client:
            targets = client.get("/api/v1/targets").json()["data"]["activeTargets"]
        return {target["labels"]["job"] for target in targets if target["health"] == "up"} == {
            "api",
            "analyzer",
            "backup",
            "alertmanager",
            "prometheus",
        }

    assert eventually(all_up)


def test_the_dead_mans_switch_reaches_the_alertmanager(ports: tuple[int, int]) -> None:
    def alerts() -> list[str]:
        with httpx.Client(base_url=f"http://127.0.0.1:{ports[1]}", timeout=10) as client:
            return [alert["labels"]["alertname"] for alert in client.get("/api/v2/alerts").json()]

    assert "Watchdog" in eventually(alerts)

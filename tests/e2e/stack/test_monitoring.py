"""The monitoring profile: Prometheus finds every service, and alerts arrive at the addresses they are to go to."""

import subprocess
from collections.abc import Callable, Iterator

import httpx
import pytest

from support.alert_listener import LISTENER
from support.compose_file import ComposeMissingError
from support.stack_images import require_images
from support.stack_running import FILES, Stack, eventually, free_port

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

SCRAPED_SECONDS = 180
"""Scrapes come every half minute."""


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
    for name in ("alert", "watchdog"):
        (stack.secrets_dir / f"{name}_url").write_text(f"http://listener:8000/{name}")
    stack.files = f"{FILES}:compose.alerts.yaml"
    stack.make("up", profile="monitoring")
    yield prometheus, alertmanager
    stack.compose("rm", "--stop", "--force", "prometheus", "alertmanager")
    stack.files = FILES


@pytest.fixture
def heard(stack: Stack, ports: tuple[int, int]) -> Iterator[Callable[[], set[str]]]:
    """What arrived at a listener beside Alertmanager: paths with names of alerts."""
    assert ports
    name = f"{stack.project}-listener"
    place = ("--network", f"{stack.project}_alerts", "--network-alias", "listener", "--name", name)
    command = [stack.docker, "run", "--detach", *place, "python:3.13-slim-trixie", "python", "-c", LISTENER]
    subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603 - our own arguments

    def lines() -> set[str]:
        logs = subprocess.run([stack.docker, "logs", name], check=True, capture_output=True, text=True, timeout=60)  # noqa: S603
        return set(logs.stdout.splitlines())

    yield lines
    subprocess.run([stack.docker, "rm", "--force", name], check=True, capture_output=True, timeout=60)  # noqa: S603


def test_every_service_is_found_and_scraped(ports: tuple[int, int]) -> None:
    def all_up() -> bool:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{ports[0]}", timeout=10) as client:
                targets = client.get("/api/v1/targets").json()["data"]["activeTargets"]
        except httpx.TransportError:  # its port is open before it listens
            return False
        return {target["labels"]["job"] for target in targets if target["health"] == "up"} == {
            "api",
            "analyzer",
            "backup",
            "alertmanager",
            "prometheus",
        }

    assert eventually(all_up, SCRAPED_SECONDS)


def test_alerts_and_the_dead_mans_switch_reach_their_addresses(
    ports: tuple[int, int], heard: Callable[[], set[str]]
) -> None:
    alert = {"labels": {"alertname": "Rehearsal", "severity": "critical"}}

    httpx.post(f"http://127.0.0.1:{ports[1]}/api/v2/alerts", json=[alert], timeout=10).raise_for_status()

    assert eventually(lambda: heard() >= {"/alert Rehearsal", "/watchdog Watchdog"}, SCRAPED_SECONDS)
    assert "/alert Watchdog" not in heard()

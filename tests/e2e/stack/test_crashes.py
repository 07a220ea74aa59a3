"""Containers that die or restart during a push: everything comes back and every row is there once."""

import pytest

from support.stack_running import Stack, source_counts

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

ATTEMPTS = 8
"""The Pi sweeps every few seconds and takes up where it was; a database needs some sweeps to come back."""


@pytest.mark.parametrize("service", ["api", "analyzer", "backup", "mysql", "ollama"])
def test_a_service_that_is_killed_during_a_push_loses_and_doubles_nothing(stack: Stack, service: str) -> None:
    device = f"e2e-kill-{service}"
    file = stack.simulate(device, "--seed", "8", "--kind", "city", "--duration", "1800")

    pushing = stack.begin_push(file, device)
    stack.kill(service)
    pushing.communicate(timeout=300)
    stack.push_all(file, device, attempts=ATTEMPTS)
    stack.wait(service)

    counts = stack.counts(device)
    assert counts == source_counts(file, counts)
    assert stack.get("/api/v1/health")["status"] == "healthy"


def test_a_database_restarted_in_good_order_during_a_push_loses_and_doubles_nothing(stack: Stack) -> None:
    device = "e2e-restart-mysql"
    file = stack.simulate(device, "--seed", "9", "--kind", "city", "--duration", "1800")

    pushing = stack.begin_push(file, device)
    stack.make("restart", service="mysql")
    pushing.communicate(timeout=300)
    stack.wait("mysql", "api")
    stack.push_all(file, device, attempts=ATTEMPTS)

    counts = stack.counts(device)
    assert counts == source_counts(file, counts)


def test_without_ollama_a_sync_is_taken_and_health_says_degraded(stack: Stack) -> None:
    file = stack.simulate("no-ollama", "--seed", "10", "--kind", "short_hop", "--duration", "60")
    stack.compose("stop", "ollama")

    stack.push_all(file, "e2e-no-ollama")
    health = stack.get("/api/v1/health")
    stack.wait("ollama")

    assert (health["status"], health["components"]["ollama"]) == ("degraded", "down")

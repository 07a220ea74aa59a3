"""Who can reach what: the LAN reaches SSH and the api, everybody else reaches nothing."""

import subprocess

import pytest

from support.ansible_target import Target

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]

PORTS = (22, 3306, 8000, 9090, 9093, 9100, 11434)
CONNECT = """
import socket, sys
for port in map(int, sys.argv[2:]):
    try:
        socket.create_connection((sys.argv[1], port), timeout=2).close()
        print(port)
    except OSError:
        pass
"""


def open_ports(*command: str, address: str) -> list[int]:
    """Return which ports of an address answer whoever runs the command."""
    arguments = [*command, "-", address, *map(str, PORTS)]
    finished = subprocess.run(arguments, input=CONNECT, check=True, capture_output=True, text=True, timeout=120)  # noqa: S603
    return [int(port) for port in finished.stdout.split()]


def test_the_lan_reaches_ssh_and_the_api_only(target: Target) -> None:
    assert open_ports("python3", address=target.address) == [22, 8000]


def test_a_neighbour_outside_the_lan_reaches_nothing(target: Target) -> None:
    stranger = (target.docker, "run", "--rm", "--interactive", "python:3.13-slim-trixie", "python")

    assert open_ports(*stranger, address=target.address) == []


def test_a_run_that_would_lock_itself_out_is_refused(target: Target) -> None:
    refused = target.play("--tags", "base", variables={"obd2_lan": ["192.0.2.0/24"]})

    assert refused.returncode != 0
    assert "the firewall would end it" in " ".join(refused.stdout.split())
    assert target.health()["status"] == "healthy"

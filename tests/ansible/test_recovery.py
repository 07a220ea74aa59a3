"""What dies comes back by itself: processes, the engine, the machine."""

import pytest

from support.ansible_target import HEALTHY_WITHIN_SECONDS, Target, eventually

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]

PROCESSES = {
    "api": "python -m obd2_api",
    "analyzer": "python -m obd2_analyzer",
    "backup": "python -m obd2_backup",
    "mysql": "mysqld",
    "ollama": "python -m e2e.ollama_image.ollama serve",
}
"""Service and what its process is called on the host."""
ENGINE_PROCESSES = {"docker": ("dockerd", "containerd"), "podman": ("/usr/bin/conmon",)}


def pids(target: Target, process: str) -> set[str]:
    """Return the processes whose command line begins so."""
    return set(target.try_shell(f"pgrep -f '^[^ ]*{process}'").stdout.split())


def wait_for_others(target: Target, process: str, before: set[str]) -> None:
    """Wait until other processes have taken the place of these."""
    eventually(lambda: (now := pids(target, process)) and not now & before, HEALTHY_WITHIN_SECONDS)


@pytest.mark.parametrize("service", PROCESSES)
def test_a_killed_process_comes_back_by_itself(target: Target, service: str) -> None:
    before = pids(target, PROCESSES[service])
    assert before

    target.shell(f"kill -9 {' '.join(before)}")

    wait_for_others(target, PROCESSES[service], before)
    target.wait_until_healthy()


def test_a_killed_engine_comes_back_by_itself(target: Target) -> None:
    for process in ENGINE_PROCESSES[target.engine]:
        before = pids(target, f"{process}( |$)")
        assert before, process

        target.shell(f"kill -9 {' '.join(before)}")

        wait_for_others(target, f"{process}( |$)", before)
        eventually(lambda: target.try_shell(f"{target.engine} ps").returncode == 0, HEALTHY_WITHIN_SECONDS)
        target.wait_until_healthy()


def test_after_a_boot_the_service_is_healthy_by_itself_and_its_rows_are_there(target: Target) -> None:
    file = target.simulate("kept-over-boot", "--seed", "8", "--kind", "short_hop", "--duration", "60")
    target.push(file, "ansible-boot")

    target.restart()
    took = target.wait_until_healthy()

    assert took < HEALTHY_WITHIN_SECONDS
    devices = {device["deviceId"] for device in target.health()["devices"]}
    assert "ansible-boot" in devices
    assert target.shell("nft list table inet obd2_firewall").startswith("table inet obd2_firewall")

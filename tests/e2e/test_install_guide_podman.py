"""docs/install.md is true: its commands make a bare Debian 13 with podman into a server."""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.booted_debian import BootedDebian, MissingDebianError, booted_debian
from support.compose_file import ComposeMissingError, require_compose
from support.document_blocks import ROOT, blocks_to_run
from support.document_shell import Ran, read_back, written_down
from support.stack_images import OLLAMA_IMAGE, build_ollama, full_name, require_images

PAGE = ROOT / "docs" / "install.md"
IMAGES = ("python:3.13-slim-trixie", "mysql:9.7")
"""What the guide's builds begin with, beside Ollama; they are not fetched from a registry here."""
OPTIONS = (
    *("--volume", "/var/lib/containers"),
    *(part for device in ("/dev/fuse", "/dev/net/tun") if Path(device).exists() for part in ("--device", device)),
)
AS_A_MACHINE_OF_ITS_OWN = """
apt-get update && apt-get install --yes --no-install-recommends podman
umount --lazy /sys/fs/cgroup/blkio || true
files=$(awk '/Max open files/ {print $5}' /proc/self/limits)
processes=$(awk '/Max processes/ {print $4}' /proc/self/limits)
mkdir -p /etc/containers/containers.conf.d
printf '[containers]\\ndefault_ulimits = ["nofile=%s:%s", "nproc=%s:%s"]\\n' $files $files $processes $processes \\
  >/etc/containers/containers.conf.d/01-limits.conf
"""
"""A container may not raise limits, as builds do, and systemd and runc disagree about one controller of cgroup v1."""

pytestmark = [pytest.mark.stack, pytest.mark.timeout(2400)]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BootedDebian]:
    try:
        docker = require_compose()
        require_images(docker, *IMAGES)
        ollama = build_ollama(docker, tmp_path_factory.mktemp("ollama") / "image")
        with booted_debian(f"obd2-test-podman-{secrets.token_hex(3)}", *OPTIONS) as booted:
            prepared = booted.run("export DEBIAN_FRONTEND=noninteractive\n" + AS_A_MACHINE_OF_ITS_OWN)
            assert prepared.returncode == 0, prepared.stdout
            booted.load_into_podman(*IMAGES, ollama)
            named = booted.run(f"podman tag {full_name(ollama)} {full_name(OLLAMA_IMAGE)}")
            assert named.returncode == 0, named.stdout
            booted.copy_checkout("/opt/obd2")
            yield booted
    except (ComposeMissingError, MissingDebianError) as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def ran(machine: BootedDebian) -> list[Ran]:
    commands, script = written_down(blocks_to_run(PAGE, "podman"), {})
    return read_back(commands, machine.run(f"export DEBIAN_FRONTEND=noninteractive\n{script}").stdout, {})


def test_every_command_of_the_guide_succeeds(ran: list[Ran]) -> None:
    failed = [f"{done.block.place}: {done.command.text}\n{done.output[-3000:]}" for done in ran if done.status]

    assert failed == []
    assert len(ran) > 10


@pytest.mark.usefixtures("ran")
def test_the_stack_is_healthy_and_takes_a_drive(machine: BootedDebian, tmp_path: Path) -> None:
    health = json.loads(machine.run("curl --silent localhost:8000/api/v1/health").stdout)
    key = machine.run("cat /opt/obd2/secrets/api_key").stdout.split()[0]
    simulate = [sys.executable, "-m", "obd2_cli", "simulate", "pi.db", "--kind", "short_hop", "--duration", "60"]
    subprocess.run(simulate, cwd=tmp_path, check=True, capture_output=True)  # noqa: S603 - our own arguments

    push = [sys.executable, "-m", "obd2_cli", "push", "pi.db", "--device", "podman", "--verify", "--api-key", key]
    pushed = subprocess.run(  # noqa: S603
        [*push, "--url", f"http://{machine.address}:8000"], cwd=tmp_path, check=False, capture_output=True, text=True
    )

    assert health["status"] == "healthy"
    assert pushed.returncode == 0, pushed.stdout + pushed.stderr
    assert "The server holds all of it." in pushed.stdout


@pytest.mark.usefixtures("ran")
def test_no_unit_failed_and_nothing_changes_when_the_settings_are_given_again(machine: BootedDebian) -> None:
    again = machine.run("cd /opt/obd2 && python3 quadlet/units.py && quadlet/secrets.sh secrets")

    assert (again.returncode, again.stdout) == (0, "")
    assert machine.run("systemctl --failed --no-legend --plain").stdout == ""

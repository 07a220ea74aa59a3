"""Runs podman's own generator over unit files: this machine's, or that of Debian 13 in a container."""

import shutil
import subprocess
from pathlib import Path

import pytest

GENERATOR = Path("/usr/libexec/podman/quadlet")
IMAGE = "obd2-test/quadlet:trixie"
DOCKERFILE = """
FROM debian:trixie-slim
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends podman >/dev/null
"""


def generated_units(folder: Path) -> str:
    """Return the systemd units podman makes of a folder's units; skips where there is no generator.

    Raises:
        AssertionError: podman refuses a unit.
    """
    finished = _generate(folder)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def _generate(folder: Path) -> subprocess.CompletedProcess[str]:
    if GENERATOR.exists():
        return subprocess.run(  # noqa: S603 - podman's own program
            [GENERATOR, "-dryrun"], env={"QUADLET_UNIT_DIRS": str(folder)}, capture_output=True, text=True, check=False
        )
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip("no podman and no container engine")
    base = subprocess.run([docker, "image", "inspect", "debian:trixie-slim"], capture_output=True, check=False)  # noqa: S603
    if base.returncode:
        pytest.skip("no podman, and no engine that has the image debian:trixie-slim")
    built = subprocess.run(  # noqa: S603
        [docker, "build", "--quiet", "--tag", IMAGE, "-"],
        input=DOCKERFILE.encode(),
        capture_output=True,
        check=False,
    )
    if built.returncode:
        pytest.skip("no podman, and none can be installed into a container")
    command = [docker, "run", "--rm", "--volume", f"{folder}:/units:ro", "--env", "QUADLET_UNIT_DIRS=/units"]
    return subprocess.run(  # noqa: S603
        [*command, IMAGE, str(GENERATOR), "-dryrun"], capture_output=True, text=True, check=False
    )

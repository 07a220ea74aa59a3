"""Prometheus' and Alertmanager's own checkers, on the folder of their configuration."""

import shutil
import subprocess

import pytest

from support.compose_file import ROOT

MONITORING = ROOT / "monitoring"


def run_tool(tool: str, image: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a checker on the folder, from the PATH or from an image that has it; skips where neither is.

    Continuous integration has neither where it has no container engine, and says so in its summary.
    """
    found = shutil.which(tool)
    if found is not None:
        return subprocess.run([found, *arguments], cwd=MONITORING, capture_output=True, text=True, check=False)  # noqa: S603
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip(f"no {tool} and no container engine")
    present = subprocess.run([docker, "image", "inspect", image], capture_output=True, check=False)  # noqa: S603
    if present.returncode:
        pytest.skip(f"no {tool}, and no engine that has the image {image}")
    command = [docker, "run", "--rm", "--network", "none", "--volume", f"{MONITORING}:/m:ro", "--workdir", "/m"]
    return subprocess.run(  # noqa: S603
        [*command, "--entrypoint", tool, image, *arguments], capture_output=True, text=True, check=False
    )

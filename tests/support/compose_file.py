"""Reads compose.yaml as the compose command understands it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent"}


class ComposeMissingError(Exception):
    """This machine has no compose command; the text says so."""


def read_compose(*files: str, env_file: str = ".env.example", **environment: str) -> dict[str, Any]:
    """Return the stack with every profile, resolved.

    Args:
        files: compose files, compose.yaml alone when there are none.
        env_file: where variables come from.
        environment: further variables.

    Skips the test that asks where there is no compose command.

    Raises:
        subprocess.CalledProcessError: when it refuses the files.
    """
    try:
        docker = require_compose()
    except ComposeMissingError as error:
        pytest.skip(str(error))
    named = [part for name in files or ("compose.yaml",) for part in ("--file", name)]
    finished = subprocess.run(  # noqa: S603 - our own arguments
        [docker, "compose", "--env-file", env_file, "--profile", "*", *named, "config", "--format", "json"],
        cwd=ROOT,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    config: dict[str, Any] = json.loads(finished.stdout)
    return config


def require_compose() -> str:
    """Return the path of the docker command.

    Raises:
        ComposeMissingError: it is absent, or has no compose.
    """
    docker = shutil.which("docker")
    if docker is None:
        raise ComposeMissingError("no compose command: docker is not installed")
    finished = subprocess.run([docker, "compose", "version"], capture_output=True, check=False, timeout=60)  # noqa: S603
    if finished.returncode:
        raise ComposeMissingError("no compose command: docker has no compose plugin")
    return docker

"""The images of ours: small, nobody's, labelled, and without what only a build needs."""

import json
import subprocess
from typing import Any

import pytest

from support.stack_running import TAG, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

LIMIT_BYTES = 220_000_000
OURS = ("api", "analyzer", "backup")
BUILD_ONLY = "gcc cc g++ make ld strip git curl wget"
FIND_PIP = "import importlib.util as u; print([name for name in ('pip', 'setuptools', 'wheel') if u.find_spec(name)])"


def image(stack: Stack, service: str) -> dict[str, Any]:
    finished = subprocess.run(  # noqa: S603 - our own arguments
        [stack.docker, "image", "inspect", f"obd2-{service}:{TAG}"], capture_output=True, check=True, timeout=60
    )
    (found,) = json.loads(finished.stdout)
    inspected: dict[str, Any] = found
    return inspected


@pytest.mark.parametrize("service", OURS)
def test_an_image_is_small_labelled_healthy_by_itself_and_nobodys(stack: Stack, service: str) -> None:
    found = image(stack, service)

    assert found["Size"] <= LIMIT_BYTES
    assert found["Config"]["User"] == "10001:10001"
    assert found["Config"]["Healthcheck"]["Test"][:4] == ["CMD", "python", "-m", "obd2_common.probe"]
    labels = found["Config"]["Labels"]
    assert labels["org.opencontainers.image.title"] == f"obd2-{service}"
    assert labels["org.opencontainers.image.version"] == TAG
    assert labels["org.opencontainers.image.revision"] not in {"", "unknown"}


@pytest.mark.parametrize("service", OURS)
def test_an_image_holds_nothing_that_only_a_build_needs(stack: Stack, service: str) -> None:
    tools = stack.inside(service, "sh", "-c", f"for tool in {BUILD_ONLY}; do command -v $tool; done")

    assert tools.stdout == ""
    assert stack.python(service, FIND_PIP) == "[]"


def test_the_backup_image_has_a_database_client_of_its_own(stack: Stack) -> None:
    assert stack.inside("backup", "mariadb-dump", "--version").returncode == 0

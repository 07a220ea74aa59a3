"""Podman builds the next version on the host; for Docker the folder bare shows it from the first version on."""

import pytest

from support.ansible_target import PATIENCE_SECONDS, Target, eventually
from support.bare_target import BUILD_PATIENCE_SECONDS, PYTHON_IMAGE
from support.stack_images import FAKE_OLLAMA

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(2 * BUILD_PATIENCE_SECONDS)]

BUILT = "0.0.10"


@pytest.mark.parametrize("provisioned", ["podman"], indirect=True, scope="session")
def test_a_version_that_was_built_on_the_host_answers(target: Target) -> None:
    target.load(PYTHON_IMAGE, FAKE_OLLAMA)
    target.variables |= {
        "obd2_server_version": BUILT,
        "obd2_server_images": "build",
        "obd2_server_ollama_image": FAKE_OLLAMA,
    }
    target.patience_seconds = BUILD_PATIENCE_SECONDS

    target.converge(playbook="upgrade.yml")

    target.patience_seconds = PATIENCE_SECONDS
    eventually(lambda: target.health().get("build", "").startswith(f"{BUILT} "), 60)
    made = target.shell("podman image ls --format '{{.Repository}}:{{.Tag}}'").split()
    assert {f"localhost/obd2-{name}:{BUILT}" for name in ("api", "analyzer", "backup", "ollama")} <= set(made)

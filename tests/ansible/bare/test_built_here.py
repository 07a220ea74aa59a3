"""The default: the host builds the images itself, from the commit the playbook lies in."""

import subprocess

import pytest

from support.ansible_target import OWN_IMAGES, Target
from support.compose_file import ROOT

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(3600)]


def test_the_api_that_answers_is_the_checkouts_commit(bare: Target) -> None:
    ask = ["git", "rev-parse", "--short=12", "HEAD"]
    commit = subprocess.run(ask, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603

    version, revision = bare.health()["build"].split()

    assert version.endswith(f"-{commit}")
    assert revision == commit
    assert bare.shell("readlink /opt/obd2/current") == f"/opt/obd2/releases/{version}"


def test_the_build_leaves_each_image_once(bare: Target) -> None:
    names = bare.shell("docker image ls --format '{{.Repository}}'").split()

    assert sorted(name for name in names if name.startswith("obd2-")) == sorted([*OWN_IMAGES, "obd2-test/ollama"])
    assert "<none>" not in names


def test_a_second_run_changes_nothing(bare: Target) -> None:
    changed, said = bare.converge()

    assert changed == 0, said

"""Another version takes the place of the running one, or the running one comes back with its data."""

from pathlib import Path
from typing import Any

import pytest

from support.ansible_target import OWN_IMAGES, TAG, Target, derive_images, eventually
from support.broken_migration import BROKEN_MIGRATION, VERSIONS_IN_IMAGES

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]

BROKEN, NEXT = "0.0.8", "0.0.9"


def bring(target: Target, folder: Path, tag: str, *lines: str) -> dict[str, Any]:
    """Make a version, bring its images to the target and return the variables that deploy it."""
    derive_images(target.docker, folder, tag, *lines)
    archive = f"/srv/images-{tag}.tar"
    target.bring_images(archive, *(f"{name}:{tag}" for name in OWN_IMAGES))
    return {"obd2_server_version": tag, "obd2_server_image_archive": archive}


def dumps(target: Target) -> set[str]:
    """Return the whole dumps that upgrades and restores left."""
    return {name for name in target.shell("ls /mnt/raid5/obd2/dumps").split() if name.endswith(".sql.gz")}


def test_an_upgrade_whose_migration_fails_leaves_version_and_rows_as_they_were(target: Target, tmp_path: Path) -> None:
    file = target.simulate("upgraded", "--seed", "11", "--kind", "short_hop", "--duration", "120")
    target.push(file, "ansible-upgraded")
    (tmp_path / "broken.py").write_text(BROKEN_MIGRATION.format(head=target.health()["schemaVersion"]))
    version = bring(target, tmp_path, BROKEN, f"COPY broken.py {VERSIONS_IN_IMAGES}/9999_broken.py")
    known = dumps(target)

    refused = target.play(playbook="upgrade.yml", variables=version)

    assert refused.returncode != 0
    assert f"The upgrade to {BROKEN} failed; {TAG} runs again" in " ".join(refused.stdout.split())
    target.wait_until_healthy()
    assert target.health()["build"].startswith(f"{TAG} ")
    assert target.shell("readlink /opt/obd2/current") == f"/opt/obd2/releases/{TAG}"
    assert len(dumps(target) - known) == 1
    target.push(file, "ansible-upgraded")
    changed, said = target.converge()
    assert changed == 0, said


def test_an_upgrade_keeps_every_row_and_the_old_version_to_go_back_to(target: Target, tmp_path: Path) -> None:
    version = bring(target, tmp_path, NEXT)
    known = dumps(target)

    target.converge(playbook="upgrade.yml", variables=version)

    target.variables.update(version)
    eventually(lambda: target.health().get("build", "").startswith(f"{NEXT} "), 60)
    assert {"ansible-upgraded"} <= {device["deviceId"] for device in target.health()["devices"]}
    assert target.shell("ls /opt/obd2/releases").split() == [TAG, BROKEN, NEXT]
    assert len(dumps(target) - known) == 1
    changed, said = target.converge()
    assert changed == 0, said


def test_of_the_old_versions_the_one_that_ran_last_stays_and_others_go_with_their_images(target: Target) -> None:
    before = tags(target)

    changed, said = target.converge("--tags", "upgrade", variables={"obd2_server_keep_releases": 1})

    assert changed > 0, said
    assert before == {TAG, BROKEN, NEXT}
    assert tags(target) == {TAG, NEXT}
    assert target.shell("ls /opt/obd2/releases").split() == [TAG, NEXT]
    target.wait_until_healthy()
    assert target.health()["build"].startswith(f"{NEXT} ")
    changed, said = target.converge("--tags", "upgrade", variables={"obd2_server_keep_releases": 1})
    assert changed == 0, said


def tags(target: Target) -> set[str]:
    """Return the versions of which the target has every image of ours."""
    listed = target.shell(f"{target.engine} image ls --format '{{{{.Repository}}}}:{{{{.Tag}}}}'").split()
    images = {image.removeprefix("localhost/") for image in listed}
    versions = {image.partition(":")[2] for image in images if image.startswith("obd2-")}
    return {version for version in versions if images >= {f"{name}:{version}" for name in OWN_IMAGES}}

"""Versions from elsewhere: files out of a tar file or a repository, images built here or pulled from a registry."""

import subprocess
from pathlib import Path

import pytest

from support.ansible_target import OWN_IMAGES, PATIENCE_SECONDS, Target, eventually
from support.bare_target import REGISTRY_IMAGE
from support.compose_file import ROOT

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(3600)]

ARCHIVED, CLONED = "0.0.2", "0.0.3"
REGISTRY = "127.0.0.1:5000/chi"
TOLD = "RUN [\"python\", \"-c\", \"open('/opt/venv/obd2-build', 'w').write('%s pulled')\"]"


def run(*command: str | Path) -> bytes:
    """Run a command in the checkout; return what it said."""
    finished = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=PATIENCE_SECONDS)  # noqa: S603
    return finished.stdout


def upgrade(target: Target, version: str, **variables: str) -> None:
    """Deploy another version, which stays the wanted one."""
    target.variables |= {"obd2_server_version": version, **variables}
    target.converge(playbook="upgrade.yml")
    eventually(lambda: target.health().get("build", "").startswith(f"{version} "), 60)


def bring_repository(target: Target, folder: Path) -> str:
    """Put the checkout's commit onto the target's disk as a bare repository with a branch; return the commit."""
    commit = run("git", "rev-parse", "HEAD").decode().strip()
    run("git", "init", "--quiet", "--bare", folder / "obd2.git")
    run("git", "push", "--quiet", folder / "obd2.git", f"{commit}:refs/heads/kept")
    packed = run("tar", "--create", "--file", "-", "--directory", folder, "obd2.git")
    unpack = [
        target.docker,
        "exec",
        "-i",
        target.name,
        "tar",
        "--extract",
        "--no-same-owner",
        "--directory",
        "/srv",
        "--file",
        "-",
    ]
    subprocess.run(unpack, input=packed, check=True, timeout=PATIENCE_SECONDS)  # noqa: S603
    return commit


def fill_registry(target: Target, present: str, version: str) -> None:
    """Run a registry on the target's loopback and push the present images to it as another version."""
    target.shell(f"docker run --detach --name registry --publish 127.0.0.1:5000:5000 {REGISTRY_IMAGE}")
    for name in OWN_IMAGES[1:]:
        target.shell(f"docker tag {name}:{present} {REGISTRY}/{name}:{version}")
    lines = "\n".join([f"FROM obd2-api:{present}", "USER 0", TOLD % version, "USER 10001"])
    target.shell(f"docker build --quiet --tag {REGISTRY}/obd2-api:{version} - <<'END'\n{lines}\nEND")
    for name in OWN_IMAGES:
        target.shell(f"docker push --quiet {REGISTRY}/{name}:{version} && docker image rm {REGISTRY}/{name}:{version}")


def test_a_tar_file_with_a_folder_around_everything_becomes_the_version(bare: Target, tmp_path: Path) -> None:
    archive = tmp_path / "download.tar.gz"
    run("git", "archive", f"--prefix=OBD2-Server-{ARCHIVED}/", "--output", archive, "HEAD")

    upgrade(bare, ARCHIVED, obd2_server_source="archive", obd2_server_archive=str(archive))

    assert bare.health()["build"] == f"{ARCHIVED} unknown"
    assert bare.shell("ls /opt/obd2/current/Makefile /opt/obd2/current/compose.yaml")


def test_a_repository_gives_the_files_and_a_registry_the_images(bare: Target, tmp_path: Path) -> None:
    commit = bring_repository(bare, tmp_path)
    fill_registry(bare, bare.health()["build"].split()[0], CLONED)

    upgrade(
        bare,
        CLONED,
        obd2_server_source="git",
        obd2_server_repository="file:///srv/obd2.git",
        obd2_server_revision="kept",
        obd2_server_images="registry",
        obd2_server_registry=REGISTRY,
    )

    assert bare.health()["build"] == f"{CLONED} pulled"
    assert bare.shell("git -C /opt/obd2/current rev-parse HEAD") == commit
    assert REGISTRY not in bare.shell("docker image ls")
    changed, said = bare.converge()
    assert changed == 0, said


def test_an_archive_of_something_else_is_refused_and_the_service_stays(bare: Target, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("not it")
    run("tar", "--create", "--file", tmp_path / "other.tar", "--directory", tmp_path, "note.txt")
    other = {"obd2_server_version": "0.0.9", "obd2_server_source": "archive"}

    refused = bare.play("--tags", "upgrade", variables={**other, "obd2_server_archive": str(tmp_path / "other.tar")})
    unnamed = bare.play("--tags", "upgrade", variables={**other, "obd2_server_archive": ""})

    assert "holds no compose.yaml" in " ".join(refused.stdout.split())
    assert "name the tar file in obd2_server_archive" in " ".join(unnamed.stdout.split())
    assert bare.health()["status"] == "healthy"

"""Old versions go with their images; the running one and the last that ran stay. Played here, on a stand-in engine."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from support.suite_settings import SuiteSettings

ROOT = Path(__file__).parents[3]
PROGRAMS = ROOT / ".venv-ansible" / "bin"
RAN, BROKEN, RUNNING = ["0.0.6", "0.0.7"], "0.0.8", "0.0.9"
PLAY = {
    "hosts": "localhost",
    "connection": "local",
    "gather_facts": False,
    "tasks": [{"ansible.builtin.include_role": {"name": "obd2_server", "tasks_from": "old_releases.yml"}}],
}
ENGINE = "#!/bin/sh\necho \"$@\" >>'{log}'\necho Untagged: all\n"

pytestmark = pytest.mark.skipif(
    not PROGRAMS.exists() and not SuiteSettings().require_ansible,
    reason="ansible is not installed, `make test-ansible` does that",
)


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """Versions that came in their order; the one before the running one never answered."""
    folder = tmp_path / "root" / "releases"
    for second, name in enumerate([*RAN, BROKEN, RUNNING]):
        release = folder / name
        release.mkdir(parents=True)
        if name != BROKEN:
            (release / ".answered").touch()
            os.utime(release / ".answered", (second, second))
        os.utime(release, (second, second))
    return folder


def remove_old_releases(releases: Path, engine: str, keep: int) -> str:
    """Play the tasks with a stand-in for the engine; return how it was called."""
    work = releases.parents[1]
    (work / "play.json").write_text(json.dumps([PLAY]))
    program, log = work / engine, work / "log"
    program.write_text(ENGINE.format(log=log))
    program.chmod(0o755)
    variables = {
        "ansible_python_interpreter": str(PROGRAMS / "python"),
        "obd2_server_root": str(releases.parent),
        "obd2_server_release": RUNNING,
        "obd2_server_keep_releases": keep,
        "obd2_server_engine": engine,
    }
    command = [
        str(PROGRAMS / "ansible-playbook"),
        "-i",
        "localhost,",
        "play.json",
        "--extra-vars",
        json.dumps(variables),
    ]
    environment = {
        "PATH": f"{work}:/usr/bin:/bin",
        "HOME": str(work),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_ROLES_PATH": str(ROOT / "ansible" / "roles"),
    }
    finished = subprocess.run(  # noqa: S603 - our own arguments
        command, cwd=work, env=environment, capture_output=True, check=False, text=True, timeout=240
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return log.read_text()


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_what_never_ran_and_what_ran_first_goes_with_its_images(releases: Path, engine: str) -> None:
    called = remove_old_releases(releases, engine, keep=1)

    assert {release.name for release in releases.iterdir()} == {"0.0.7", RUNNING}
    removed = {image.rpartition(":")[2] for image in called.split() if ":" in image}
    assert removed == {"0.0.6", BROKEN}


def test_the_running_version_stays_even_when_no_other_shall(releases: Path) -> None:
    called = remove_old_releases(releases, "docker", keep=0)

    assert [release.name for release in releases.iterdir()] == [RUNNING]
    assert f":{RUNNING}" not in called

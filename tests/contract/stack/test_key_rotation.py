"""`make rotate-key` and `make keys`, with a stand-in for the container engine."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


class Host:
    """A folder with a stack's settings and secrets, and a docker that only notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.key_file = folder / "secrets" / "api_key"
        self.key_file.parent.mkdir()
        self.key_file.write_text("the-first-key")
        self.key_file.chmod(0o444)
        (folder / "env").write_text("")
        self._calls = folder / "calls"
        self._calls.touch()
        docker = folder / "bin" / "docker"
        docker.parent.mkdir()
        docker.write_text(f'#!/bin/sh\necho "$@" >> {self._calls}\n')
        docker.chmod(0o755)
        self._folder = folder

    def make(self, target: str, **variables: str) -> subprocess.CompletedProcess[str]:
        given = [f"{name}={value}" for name, value in variables.items()]
        return subprocess.run(  # noqa: S603
            ["make", target, f"ENV_FILE={self._folder}/env", f"SECRETS_DIR={self._folder}/secrets", *given],  # noqa: S607
            cwd=ROOT,
            env={"PATH": f"{self._folder}/bin:{os.defpath}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def keys(self) -> list[str]:
        return self.key_file.read_text().split("\n")

    @property
    def calls(self) -> str:
        return self._calls.read_text()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_an_exchange_puts_a_new_key_before_the_old_one_and_ends_by_taking_the_old_one_away(host: Host) -> None:
    begun = host.make("rotate-key")
    new, old = host.keys
    finished = host.make("rotate-key", finish="1")

    assert (begun.returncode, finished.returncode) == (0, 0), begun.stderr + finished.stderr
    assert (len(new), old, host.keys) == (40, "the-first-key", [new])
    assert host.calls.count("restart api") == 2
    assert host.key_file.stat().st_mode & 0o777 == 0o444
    assert new not in begun.stdout + begun.stderr + finished.stdout + finished.stderr


def test_an_exchange_under_way_is_finished_before_the_next_begins(host: Host) -> None:
    host.make("rotate-key")
    before = host.keys

    again = host.make("rotate-key")

    assert again.returncode != 0
    assert "make rotate-key finish=1" in again.stderr
    assert host.keys == before


def test_keys_are_looked_after_inside_the_api_s_container(host: Host) -> None:
    asked = host.make("keys", do="create pi --device chi-eclipse-01")

    assert asked.returncode == 0
    assert "exec -T api obd2 keys create pi --device chi-eclipse-01\n" in host.calls

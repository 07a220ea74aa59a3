"""`make audit`'s program, with stand-ins for pip-audit and docker: what it says, and with which exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CLEAN = {"dependencies": [{"name": "fastapi", "version": "1.0", "vulns": []}], "fixes": []}
HOLE = {"id": "GHSA-1234", "fix_versions": ["1.1"], "aliases": [], "description": "bad"}
HOLED = {"dependencies": [{"name": "fastapi", "version": "1.0", "vulns": [HOLE]}], "fixes": []}
SKIPPED = {"dependencies": [{"name": "fastapi", "skip_reason": "not found"}], "fixes": []}
UNREACHABLE = "Traceback ...\nrequests.exceptions.ConnectionError: Max retries exceeded: Name or service not known"
WAITING = """\
Inst libssl3t64 [3.5.1-1] (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64]) []
Inst tzdata [2026a-0] (2026b-0 Debian:13.2/stable [all])
Conf libssl3t64 (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])
"""
ONLY_OTHERS = "Inst tzdata [2026a-0] (2026b-0 Debian:13.2/stable [all])\n"


class Auditor:
    """A machine on which pip-audit and docker say what a test wants."""

    def __init__(self, folder: Path) -> None:
        self._bin = folder / "bin"
        self._bin.mkdir()
        self.requirements = folder / "api.txt"
        self.requirements.write_text("fastapi==1.0 --hash=sha256:0\n")
        self.calls = folder / "calls"
        self.calls.touch()

    def has(self, name: str, *, says: str = "", complains: str = "", status: int = 0) -> None:
        (self._bin / f"{name}.out").write_text(says)
        (self._bin / f"{name}.err").write_text(complains)
        program = self._bin / name
        program.write_text(
            f'#!/bin/sh\necho {name} "$@" >> {self.calls}\ncat {program}.out\ncat {program}.err >&2\nexit {status}\n'
        )
        program.chmod(0o755)

    def audit(self, *arguments: str) -> tuple[int, str]:
        ended = subprocess.run(  # noqa: S603
            [sys.executable, ROOT / "requirements" / "audit.py", *arguments],
            env={"PATH": f"{self._bin}:{os.defpath}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    def both(self, *options: str) -> tuple[int, str]:
        return self.audit(*options, "--requirements", str(self.requirements), "--images", "obd2-api:0.1.0")


@pytest.fixture
def machine(tmp_path: Path) -> Auditor:
    auditor = Auditor(tmp_path)
    auditor.has("pip-audit", says=json.dumps(CLEAN))
    auditor.has("docker")
    return auditor


def test_a_clean_machine_is_told_so_with_0(machine: Auditor) -> None:
    status, said = machine.both()

    assert status == 0
    assert "api.txt: no known hole in 1 packages" in said
    assert "obd2-api:0.1.0: no security update waits, 0 other updates" in said
    assert said.endswith("2 audited, 0 of them could not be checked\n")


def test_a_known_hole_is_named_with_its_remedy_and_ends_with_1(machine: Auditor) -> None:
    machine.has("pip-audit", says=json.dumps(HOLED), complains="Found 1 known vulnerability", status=1)

    status, said = machine.both("--offline-ok")

    assert status == 1
    assert "FOUND" in said
    assert "1 known holes: fastapi 1.0: GHSA-1234, mended in 1.1" in said


def test_a_waiting_security_update_ends_with_1_and_other_updates_do_not(machine: Auditor) -> None:
    machine.has("docker", says=WAITING)
    waiting = machine.both()
    machine.has("docker", says=ONLY_OTHERS)
    others = machine.both()

    assert waiting[0] == 1
    assert "1 security updates wait: libssl3t64 3.5.1-1 -> 3.5.1-1+deb13u1; 1 other updates" in waiting[1]
    assert (others[0], "no security update waits, 1 other updates" in others[1]) == (0, True)


@pytest.mark.parametrize(
    ("says", "complains", "tool_status", "reason"),
    [
        ("", UNREACHABLE, 1, "could not reach the advisory database"),
        ("", "ERROR:pip_audit: 503 Server Error", 1, "could not reach the advisory database"),
        (json.dumps(SKIPPED), "No known vulnerabilities found", 0, "not checked: fastapi"),
        ("", "usage: no such option", 2, "not checked: usage: no such option"),
        ("{}", "", 0, "not checked: pip-audit ended with 0"),
    ],
    ids=["no network", "server error", "skipped", "broken", "half an answer"],
)
def test_what_could_not_be_checked_is_never_called_clean(
    machine: Auditor, says: str, complains: str, tool_status: int, reason: str
) -> None:
    machine.has("pip-audit", says=says, complains=complains, status=tool_status)

    strict, lenient = machine.both(), machine.both("--offline-ok")

    assert (strict[0], lenient[0]) == (3, 0)
    assert reason in strict[1]
    assert "no known hole" not in strict[1]
    assert "1 of them could not be checked" in lenient[1]


@pytest.mark.parametrize(
    ("docker_status", "complains", "reason"),
    [
        (65, "E: Failed to fetch", "could not reach the package lists of its distribution"),
        (64, "", "it has no apt"),
        (125, "Unable to find image 'obd2-api:0.1.0' locally", "Unable to find image"),
    ],
)
def test_an_image_that_could_not_be_asked_is_not_called_up_to_date(
    machine: Auditor, docker_status: int, complains: str, reason: str
) -> None:
    machine.has("docker", complains=complains, status=docker_status)

    status, said = machine.both()

    assert (status, reason in said) == (3, True)


def test_a_hole_goes_before_what_could_not_be_checked(machine: Auditor) -> None:
    machine.has("pip-audit", says=json.dumps(HOLED), status=1)
    machine.has("docker", status=65)

    assert machine.both()[0] == 1


def test_a_machine_without_the_tools_is_told_which(tmp_path: Path) -> None:
    bare = Auditor(tmp_path)

    status, said = bare.both()

    assert status == 3
    assert "pip-audit is not installed" in said


def test_requirements_that_are_not_there_are_a_wrong_call(machine: Auditor) -> None:
    status, said = machine.audit("--requirements", "nowhere.txt")

    assert (status, "there is no nowhere.txt" in said) == (2, True)


def test_the_tools_are_asked_for_what_is_pinned_and_nothing_is_installed_or_pulled(machine: Auditor) -> None:
    machine.both()

    calls = machine.calls.read_text()
    assert "--require-hashes --disable-pip" in calls
    assert "--rm --pull=never" in calls
    assert "Error-Mode=any" in calls


def test_make_audits_every_pinned_file_and_every_image_of_ours() -> None:
    command = ["make", "--dry-run", "--no-print-directory", "audit", "ENV_FILE=.env.example", "offline_ok=1"]
    planned = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603

    pinned = {f"requirements/{path.name}" for path in (ROOT / "requirements").glob("*.txt")}
    assert {word for word in planned.split() if word in pinned} == pinned
    assert all(f"obd2-{name}:0.1.0" in planned for name in ("api", "analyzer", "backup", "ollama"))
    assert "--offline-ok" in planned

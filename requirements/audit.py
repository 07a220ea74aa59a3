"""Looks for known holes in the pinned Python packages, and for security updates our images lack; `make audit` runs it.

Exit status: 0 nothing was found and everything was checked; 1 something was found; 2 it was called wrongly; 3 nothing
was found, but not everything could be checked, as without the internet (0 instead with ``--offline-ok``).
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOUND, UNCHECKED = 1, 3
PACKAGES_TIMEOUT_SECONDS = 900
IMAGE_TIMEOUT_SECONDS = 300
NO_APT, NO_LISTS = 64, 65
_UNREACHABLE = re.compile(
    r"connect|resol(ve|ution)|unreachable|time[ds]? ?out|max retries|proxy|temporar|HTTP ?Error|(Client|Server) Error|"
    r"ServiceError|SSL",
    re.IGNORECASE,
)
_PIP_AUDIT = [
    "pip-audit",
    "--vulnerability-service=osv",  # a package index that is only a mirror knows no holes and calls that clean
    "--require-hashes",
    "--disable-pip",
    "--progress-spinner=off",
    "--format=json",
    "--requirement",
]
_ASK_APT = f"""
command -v apt-get >/dev/null || exit {NO_APT}
apt-get -qq -o APT::Update::Error-Mode=any update >/dev/null || exit {NO_LISTS}
apt-get -qq --simulate dist-upgrade
"""
"""Without that mode apt-get takes lists it could not fetch for empty ones, and everything for up to date."""
_UPDATE = re.compile(r"^Inst (\S+) (?:\[(\S+)\] )?\((\S+) ([^)]*)\)", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """What became of one thing that was to be checked."""

    subject: str
    said: str
    status: int = 0


def judge_packages(name: str, returned: int, output: str, errors: str) -> Finding:
    """Say what pip-audit found; its own status does not tell holes from failure.

    Args:
        name: of the requirements file.
        returned: the exit status.
        output: a JSON document when it could do its work.
        errors: what it wrote beside.
    """
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = errors.strip().splitlines()[-1:] or [f"pip-audit ended with {returned}"]
        is_far = bool(_UNREACHABLE.search(errors))
        return Finding(
            name, "not checked: " + ("could not reach the advisory database" if is_far else reason[0]), UNCHECKED
        )
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}"
        + (f", mended in {hole['fix_versions'][0]}" if hole.get("fix_versions") else "")
        for package in packages
        for hole in package.get("vulns", [])
    ]
    if holes:
        return Finding(name, f"{len(holes)} known holes: " + "; ".join(holes), FOUND)
    if skipped := [package["name"] for package in packages if package.get("skip_reason")]:
        return Finding(name, f"not checked: {', '.join(skipped)}", UNCHECKED)
    return Finding(name, f"no known hole in {len(packages)} packages")


def judge_image(image: str, returned: int, output: str, errors: str) -> Finding:
    """Say which security updates of its distribution an image lacks.

    Args:
        image: its name.
        returned: status of the container that asked apt.
        output: apt's simulated upgrade.
        errors: what went wrong.
    """
    if returned == NO_APT:
        return Finding(image, "not checked: it has no apt", UNCHECKED)
    if returned == NO_LISTS:
        return Finding(image, "not checked: could not reach the package lists of its distribution", UNCHECKED)
    if returned:
        reason = errors.strip().splitlines()[-1:] or [f"the container ended with {returned}"]
        return Finding(image, f"not checked: {reason[0]}", UNCHECKED)
    updates = _UPDATE.findall(output)
    security = [f"{name} {old} -> {new}" for name, old, new, source in updates if "security" in source.lower()]
    others = f"{len(updates) - len(security)} other updates"
    if security:
        return Finding(image, f"{len(security)} security updates wait: {'; '.join(security)}; {others}", FOUND)
    return Finding(image, f"no security update waits, {others}")


def exit_status(findings: Sequence[Finding], *, is_offline_ok: bool) -> int:
    """Return the status of the whole: what was found goes before what could not be checked."""
    statuses = {finding.status for finding in findings}
    if FOUND in statuses:
        return FOUND
    return UNCHECKED if UNCHECKED in statuses and not is_offline_ok else 0


def main(arguments: Sequence[str]) -> int:
    """Check what the arguments name, say what was found and return the exit status."""
    parser = argparse.ArgumentParser(description="Look for known holes in Python packages and images.")
    parser.add_argument("--requirements", nargs="*", type=Path, default=[], help="pinned requirements with hashes")
    parser.add_argument("--images", nargs="*", default=[], help="images that are here; Debian's or Ubuntu's")
    parser.add_argument("--offline-ok", action="store_true", help="what could not be checked is no failure")
    asked = parser.parse_args(arguments)
    if missing := [str(path) for path in asked.requirements if not path.is_file()]:
        parser.error(f"there is no {', '.join(missing)}")
    findings = []
    for path in asked.requirements:
        findings.append(judge_packages(str(path), *_run([*_PIP_AUDIT, str(path)], PACKAGES_TIMEOUT_SECONDS)))
        _say(findings[-1])
    for image in asked.images:
        command = ["docker", "run", "--rm", "--pull=never", "--user=0:0", "--entrypoint=sh", image, "-c", _ASK_APT]
        findings.append(judge_image(image, *_run(command, IMAGE_TIMEOUT_SECONDS)))
        _say(findings[-1])
    status = exit_status(findings, is_offline_ok=asked.offline_ok)
    unchecked = sum(finding.status == UNCHECKED for finding in findings)
    sys.stdout.write(f"{len(findings)} audited, {unchecked} of them could not be checked\n")
    return status


def _run(command: list[str], timeout_seconds: float) -> tuple[int, str, str]:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_seconds, check=False)  # noqa: S603
    except FileNotFoundError:
        return 127, "", f"{command[0]} is not installed"
    except subprocess.TimeoutExpired:
        return 124, "", f"{command[0]} timed out"
    return done.returncode, done.stdout, done.stderr


def _say(finding: Finding) -> None:
    mark = {0: "ok", FOUND: "FOUND", UNCHECKED: "?"}[finding.status]
    sys.stdout.write(f"{mark:<6}{finding.subject}: {finding.said}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

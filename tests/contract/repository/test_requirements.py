"""The pinned requirements are complete: whoever installs from them gets what the packages ask for, at one version."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[3]
EVERYTHING = ("common", "services/api", "services/analyzer", "services/backup", "cli", "cli[all]")
PACKAGES = {
    "dev": EVERYTHING,
    "host": EVERYTHING,
    "api": ("common", "services/api", "cli"),
    "analyzer": ("common", "services/analyzer"),
    "backup": ("common", "services/backup", "cli"),
}
"""File below requirements -> the packages, or their extras, that are installed on it."""


def pinned(name: str) -> dict[str, set[str]]:
    """Return library -> versions pinned, of which there may be several for different Pythons."""
    found: dict[str, set[str]] = {}
    for library, version in re.findall(
        r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE
    ):
        found.setdefault(canonicalize_name(library), set()).add(version)
    return found


def asked_for(package: str) -> list[str]:
    """Return what a package requires, or what one of its extras adds."""
    folder, _, extra = package.rstrip("]").partition("[")
    project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
    found: list[str] = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return found


@pytest.mark.parametrize("name", PACKAGES)
def test_everything_the_packages_ask_for_is_pinned(name: str) -> None:
    wanted = [
        Requirement(text) for package in PACKAGES[name] for text in asked_for(package) if not text.startswith("obd2-")
    ]
    versions = pinned(name)

    assert [need.name for need in wanted if canonicalize_name(need.name) not in versions] == [], "run `make lock`"
    assert [
        str(need)
        for need in wanted
        for version in versions[canonicalize_name(need.name)]
        if Version(version) not in need.specifier
    ] == [], "run `make lock`"


@pytest.mark.parametrize("name", sorted(set(PACKAGES) - {"dev"}))
def test_what_is_installed_is_what_the_tests_ran_on(name: str) -> None:
    tested = pinned("dev")

    assert {library: versions for library, versions in pinned(name).items() if tested.get(library) != versions} == {}, (
        "run `make lock`"
    )

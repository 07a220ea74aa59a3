"""The packages of the repository agree with one another and with the tools that name them."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from obd2_common import __version__

ROOT = Path(__file__).parents[3]
FOLDERS = sorted(
    path.parent for pattern in ("common", "services/*", "cli") for path in ROOT.glob(f"{pattern}/pyproject.toml")
)
IDS = [folder.name for folder in FOLDERS]


def project_file(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())


def requirements(folder: Path) -> list[Requirement]:
    return [Requirement(text) for text in project_file(folder)["project"]["dependencies"]]


@pytest.mark.parametrize("folder", FOLDERS, ids=IDS)
def test_a_package_is_named_after_its_folder_and_shares_version_python_and_licence(folder: Path) -> None:
    project = project_file(folder)["project"]
    root = project_file(ROOT)["project"]

    assert project["name"] == f"obd2-{folder.name}"
    assert project["version"] == root["version"] == __version__
    assert (project["requires-python"], project["license"]) == (root["requires-python"], root["license"])
    assert project["description"].endswith(".")


@pytest.mark.parametrize("folder", FOLDERS, ids=IDS)
def test_a_package_is_typed_and_built_from_its_own_source(folder: Path) -> None:
    module = f"obd2_{folder.name}"
    wheel = project_file(folder)["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert wheel["packages"] == [f"src/{module}"]
    assert (folder / "src" / module / "py.typed").is_file()
    assert [path.name for path in (folder / "src").iterdir() if path.suffix != ".egg-info"] == [module]


@pytest.mark.parametrize("folder", FOLDERS, ids=IDS)
def test_a_package_lists_its_dependencies_once_and_in_order(folder: Path) -> None:
    names = [canonicalize_name(requirement.name) for requirement in requirements(folder)]

    assert names == sorted(set(names))


def test_packages_that_need_one_library_need_the_same_versions_of_it() -> None:
    wanted: dict[str, set[str]] = {}
    for folder in FOLDERS:
        for requirement in requirements(folder):
            wanted.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))

    assert {name: versions for name, versions in wanted.items() if len(versions) > 1} == {}


def test_the_tools_know_every_package() -> None:
    tools = project_file(ROOT)["tool"]
    modules = {f"obd2_{folder.name}" for folder in FOLDERS}
    sources = {str((folder / "src").relative_to(ROOT)) for folder in FOLDERS}
    wanted = {need.name for folder in FOLDERS for need in requirements(folder) if need.name.startswith("obd2-")}
    makefile = (ROOT / "Makefile").read_text()
    listed = re.search(r"^PACKAGES := (.*)$", makefile, re.MULTILINE)

    assert set(tools["importlinter"]["root_packages"]) == modules
    assert set(tools["mypy"]["mypy_path"]) == {*sources, "tests"}
    assert set(tools["uv"]["sources"]) >= wanted
    assert listed is not None
    assert set(listed.group(1).split()) == {str(folder.relative_to(ROOT)) for folder in FOLDERS}


def test_every_package_has_its_layers_checked() -> None:
    contracts = project_file(ROOT)["tool"]["importlinter"]["contracts"]
    layered = {name for contract in contracts for name in contract.get("containers", ())}

    assert layered == {f"obd2_{folder.name}" for folder in FOLDERS}


def test_every_dependency_is_pinned_with_hashes_and_no_address() -> None:
    pins = (ROOT / "requirements" / "dev.txt").read_text()
    pinned = {
        canonicalize_name(match) for match in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", pins, re.MULTILINE)
    }
    wanted = {canonicalize_name(requirement.name) for folder in FOLDERS for requirement in requirements(folder)}
    blocks = re.split(r"\n(?=[A-Za-z])", pins)

    assert {name for name in wanted if not name.startswith("obd2-")} - pinned == set()
    assert [block.splitlines()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block] == []
    assert re.findall(r"https?://\S+|--index-url|--find-links", pins) == []

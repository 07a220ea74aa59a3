"""A role's interface is its defaults, and documents, checks and examples agree with it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "ansible"
ROLES = sorted(path for path in (FOLDER / "roles").iterdir() if path.is_dir())
EXAMPLE = FOLDER / "inventory" / "example" / "group_vars" / "obd2"
SHARED = {
    "obd2_lan",
    "obd2_port",
    "obd2_engine",
    "obd2_volume",
    "obd2_nas",
    "obd2_nas_path",
    "obd2_monitoring",
    "obd2_alerts",
}
"""What more than one role takes its defaults from."""


def read(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    return yaml.safe_load(path.read_text())


def defaults(role: Path) -> dict[str, Any]:
    found: dict[str, Any] = read(role / "defaults" / "main.yml")
    return found


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_default_is_checked_and_nothing_else(role: Path) -> None:
    options = read(role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]

    assert set(options) == set(defaults(role))
    assert all(option["description"] for option in options.values())


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_is_described_and_names_its_variables_after_itself(role: Path) -> None:
    description = (role / "README.md").read_text()

    assert description.startswith(f"# {role.name}\n")
    assert "(defaults/main.yml)" in description
    assert f"(roles/{role.name}/README.md)" in (FOLDER / "README.md").read_text()
    assert [name for name in defaults(role) if not name.startswith(f"{role.name}_")] == []


def test_the_example_turns_knobs_that_exist() -> None:
    known = SHARED | {name for role in ROLES for name in defaults(role)}
    example = read(EXAMPLE / "main.yml")

    assert set(example) - known == {"chi_srv_01_address"}
    named = set(re.findall(r"vault_\w+", (EXAMPLE / "main.yml").read_text()))
    assert named == set(read(EXAMPLE / "vault.example.yml"))


def test_settings_of_the_example_are_those_of_the_stack() -> None:
    known = set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert set(read(EXAMPLE / "main.yml")["obd2_server_settings"]) <= known


def test_only_what_ansible_core_brings_is_used() -> None:
    modules = {
        module
        for path in FOLDER.rglob("*.yml")
        for module in re.findall(r"^ +(\w+\.\w+\.\w+):", path.read_text(), re.MULTILINE)
    }

    assert modules
    assert {module for module in modules if not module.startswith("ansible.builtin.")} == set()


def test_no_secret_is_in_the_repository() -> None:
    vault = read(EXAMPLE / "vault.example.yml")

    assert {name: value for name, value in vault.items() if value} == {}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_what_one_engine_can_the_other_can(role: Path) -> None:
    tasks = [path.name for path in (role / "tasks").glob("*.yml")]
    included = {
        name
        for path in (role / "tasks").glob("*.yml")
        for name in re.findall(r'"\{\{ \w+_(?:engine|name) \}\}([\w.]*\.yml)"', path.read_text())
    }

    missing = {engine + name for engine in ("docker", "podman") for name in included} - set(tasks)
    assert missing == set()

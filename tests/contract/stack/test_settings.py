"""Every setting of every service can be given in the stack, by compose and by podman, or there is a reason why not."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any

import pytest
from pydantic_settings import BaseSettings

import obd2_analyzer
import obd2_api
import obd2_backup
import obd2_common
from obd2_common.settings import CommonSettings
from support.compose_file import read_compose
from support.quadlet_units import container_units, given_variables

PACKAGES = {"api": obd2_api, "analyzer": obd2_analyzer, "backup": obd2_backup, "migrate": obd2_common}
UNITS = container_units()
IMAGES_OWN = {
    "DATA_DIR": "only the embedded server keeps anything there",
    "OPS_HOST": "the image's: the stack's own network",
    "OPS_PORT": "the image's: Prometheus and the health checks ask 9100",
    "HOST": "the default: API_ADDRESS says where the engine listens",
}
"""What a container is never given."""
STACKS_OWN = {
    "DATABASE_URL": "each service has a user of its own; the name of the database is MYSQL_DATABASE",
    "BACKUP_DIR": "where the volume is mounted",
    "BACKUP_SCRATCH_DATABASE": "made beside the database, with the user's rights",
    "OLLAMA_BASE_URL": "the stack's own; another one lies beyond a network without a way out",
    "PORT": "inside the container; PORT in .env says which port of this machine leads there",
}
"""What is fixed to one value."""
ELSEWHERE = {
    "API_KEY_PREVIOUS": "the second line of the secret api_key, which `make rotate-key` writes",
    "OLLAMA_PULL": "a one-shot fetches the model: the server that answers has no way out",
    "ANALYZER_THRESHOLDS_FILE": "a file, mounted by compose.thresholds.yaml",
}
"""What compose does not hand on by itself."""
IN_UNITS = {"OLLAMA_MODEL": "the same for the unit that fetches it; changed there by a drop-in"}
"""What is fixed in the podman units beyond that."""
USED_BY_MIGRATE = {"LOG_LEVEL", "LOG_FORMAT"}


def settings_of(package: ModuleType) -> set[str]:
    """Return the names of all settings any module of a service defines."""
    found: set[str] = set()
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith(".__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)
    kinds: list[type[BaseSettings]] = [CommonSettings]
    for kind in kinds:
        kinds += kind.__subclasses__()
        if kind.__module__.startswith((package.__name__, "obd2_common")):
            found |= {name.upper() for name in kind.model_fields}
    return found


def secrets_of(service: dict[str, Any]) -> set[str]:
    return {(secret.get("target") or secret["source"]).rpartition("/")[2].upper() for secret in service["secrets"]}


def read_service(name: str, **environment: str) -> dict[str, Any]:
    found: dict[str, Any] = read_compose(**environment)["services"][name]
    return found


@pytest.mark.parametrize("name", PACKAGES)
def test_compose_hands_on_every_setting_of_a_service(name: str) -> None:
    settings = settings_of(PACKAGES[name])
    secrets = secrets_of(read_service(name))
    wanted = settings - IMAGES_OWN.keys() - STACKS_OWN.keys() - ELSEWHERE.keys() - secrets
    if name == "migrate":
        wanted = USED_BY_MIGRATE

    environment = read_service(name, **dict.fromkeys(wanted, "chosen"))["environment"]

    assert {variable for variable, value in environment.items() if value == "chosen"} == wanted
    assert environment.keys() | secrets <= settings, "a variable no setting reads"


@pytest.mark.parametrize("name", PACKAGES)
def test_compose_fixes_only_what_belongs_to_the_stack(name: str) -> None:
    fixed = {variable for variable, value in read_service(name)["environment"].items() if value is not None}

    assert fixed <= STACKS_OWN.keys() | {"OLLAMA_MODEL"}


def test_the_rules_numbers_are_mounted_by_a_file_of_their_own() -> None:
    plain = read_service("analyzer")
    ours = read_compose("compose.yaml", "compose.thresholds.yaml")["services"]["analyzer"]

    (mount,) = ours["volumes"]
    assert ours["environment"]["ANALYZER_THRESHOLDS_FILE"] == mount["target"]
    assert (mount["read_only"], mount["bind"].get("create_host_path", False)) == (True, False)
    assert {key for key in ours if ours[key] != plain.get(key)} == {"environment", "volumes"}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_podman_unit_is_given_the_variables_that_compose_hands_on_and_no_others(name: str) -> None:
    handed_on = {variable for variable, value in read_service(name)["environment"].items() if value is None}
    unit = UNITS[name]
    fixed = {line.partition("=")[0] for line in unit["Container"].get("Environment", [])}

    assert given_variables(name) == handed_on
    # systemd reads all values, of which podman takes those whose names are listed.
    assert unit["Service"]["EnvironmentFile"] == ["/etc/obd2/stack.env"]
    assert unit["Container"]["EnvironmentFile"] == [f"/opt/obd2/quadlet/{name}.env"]
    assert fixed <= STACKS_OWN.keys() | IN_UNITS.keys()

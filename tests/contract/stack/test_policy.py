"""What every container of the stack must have, read from compose.yaml as compose resolves it."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.compose_file import read_compose

SERVICES = (
    "alertmanager",
    "analyzer",
    "api",
    "backup",
    "migrate",
    "mysql",
    "ollama",
    "ollama-pull",
    "prometheus",
)
ONE_SHOTS = {"migrate", "ollama-pull"}
OUTSIDE = {"api": {"edge"}, "ollama-pull": {"egress"}, "prometheus": {"alerts"}, "alertmanager": {"alerts"}}
"""Who may be on a network with a way out, and on which."""
SECRETS = {
    "analyzer": {"db_analyzer_password"},
    "api": {"api_key", "db_api_password"},
    "backup": {"db_backup_password"},
    "migrate": {"db_migrate_password"},
    "mysql": {
        "mysql_root_password",
        "db_migrate_password",
        "db_api_password",
        "db_analyzer_password",
        "db_backup_password",
    },
}
NAMES_A_VERSION = re.compile(r":v?\d+(\.\d+)+$")


def test_the_services_are_these(stack: dict[str, Any]) -> None:
    assert sorted(stack["services"]) == sorted(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_do_as_little_as_possible(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    for forbidden in ("privileged", "network_mode", "pid", "ipc", "devices", "userns_mode"):
        assert not service.get(forbidden), forbidden


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_limited_and_its_log_is_rotated(service: dict[str, Any]) -> None:
    limits = service["deploy"]["resources"]["limits"]

    assert float(limits["cpus"]) > 0
    assert int(limits["memory"]) >= 64 * 1024 * 1024
    assert 0 < limits["pids"] <= 500
    assert service["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_to_a_version(service: dict[str, Any]) -> None:
    assert NAMES_A_VERSION.search(service["image"]), service["image"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOTS))
def test_a_service_comes_back_by_itself_and_has_time_to_stop(service: dict[str, Any]) -> None:
    assert service["restart"] == "unless-stopped"
    assert service["stop_grace_period"]


@pytest.mark.parametrize("name", sorted(ONE_SHOTS))
def test_a_one_shot_ends(service: dict[str, Any]) -> None:
    assert service["restart"] in {"no", "on-failure:5"}
    assert service["healthcheck"] == {"disable": True}


@pytest.mark.parametrize("name", ["mysql", "ollama", "prometheus", "alertmanager"])
def test_what_we_do_not_build_has_a_health_check_here(service: dict[str, Any]) -> None:
    assert service["healthcheck"]["test"][0] == "CMD"
    assert "curl" not in service["healthcheck"]["test"]


@pytest.mark.parametrize("name", ["api", "analyzer", "backup"])
def test_a_service_of_ours_waits_for_a_healthy_migrated_database_and_not_for_its_neighbours(
    service: dict[str, Any],
) -> None:
    waits_for = {name: (wait["condition"], wait.get("restart", False)) for name, wait in service["depends_on"].items()}

    assert waits_for == {
        "mysql": ("service_healthy", True),
        "migrate": ("service_completed_successfully", False),
    }


def test_only_named_services_can_reach_out(stack: dict[str, Any]) -> None:
    internal = {name for name, network in stack["networks"].items() if network.get("internal")}
    reaching_out = {
        name: outside for name, service in stack["services"].items() if (outside := set(service["networks"]) - internal)
    }

    assert reaching_out == OUTSIDE


def test_only_the_api_is_published_to_the_lan(stack: dict[str, Any]) -> None:
    published = {
        name: {(port["host_ip"], port["target"]) for port in service["ports"]}
        for name, service in stack["services"].items()
        if service.get("ports")
    }

    assert published == {
        "api": {("0.0.0.0", 8000)},  # noqa: S104 - compared, not bound
        "prometheus": {("127.0.0.1", 9090)},
        "alertmanager": {("127.0.0.1", 9093)},
    }


def test_a_container_sees_its_own_secrets_only_and_none_in_its_environment(stack: dict[str, Any]) -> None:
    given = {
        name: {secret["source"] for secret in service["secrets"]}
        for name, service in stack["services"].items()
        if service.get("secrets")
    }
    told = {
        f"{name}: {variable}"
        for name, service in stack["services"].items()
        for variable, value in (service.get("environment") or {}).items()
        if value and re.search(r"KEY|PASSWORD|TOKEN|SECRET", variable) and not str(value).startswith("/run/secrets/")
    }

    assert given == SECRETS
    assert told == set()


def test_the_api_reads_the_vault_and_writes_only_the_spool(stack: dict[str, Any]) -> None:
    mounts = {mount["target"]: mount for mount in stack["services"]["api"]["volumes"]}

    assert set(mounts) == {"/backups", "/backups/.spool"}
    assert mounts["/backups"]["read_only"] is True
    assert mounts["/backups/.spool"]["volume"]["subpath"] == ".spool"


def test_host_files_are_mounted_read_only(stack: dict[str, Any]) -> None:
    writable = [
        f"{name}: {mount['source']}"
        for name, service in stack["services"].items()
        for mount in service.get("volumes") or []
        if mount["type"] == "bind" and not mount.get("read_only")
    ]

    assert writable == []


@pytest.mark.parametrize("variable", ["OBD2_VERSION", "OLLAMA_MODEL"])
def test_what_must_be_set_is_asked_for_by_name(stack: dict[str, Any], variable: str, tmp_path: Path) -> None:
    assert stack
    env_file = tmp_path / "env"
    others = {"OBD2_VERSION": "0.1.0", "OLLAMA_MODEL": "tiny"}
    env_file.write_text("".join(f"{name}={value}\n" for name, value in others.items() if name != variable))

    with pytest.raises(subprocess.CalledProcessError) as refused:
        read_compose(env_file=str(env_file))

    assert f"set {variable} in .env" in refused.value.stderr


def test_the_proxy_of_the_scaled_stack_is_as_hardened_and_takes_the_apis_place(stack: dict[str, Any]) -> None:
    scaled = read_compose("compose.yaml", "compose.scale.yaml")["services"]
    proxy, api = scaled["proxy"], stack["services"]["api"]

    for key in ("read_only", "cap_drop", "security_opt", "logging", "restart"):
        assert proxy[key] == api[key], key
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", proxy["user"])
    assert set(proxy["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert proxy["ports"][0]["published"] == api["ports"][0]["published"]
    assert not scaled["api"].get("ports")
    assert [scaled[name]["deploy"]["replicas"] for name in ("api", "analyzer")] == [2, 2]

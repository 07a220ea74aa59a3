"""The podman units say the same as compose.yaml, and podman's generator takes them."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from support.compose_file import ROOT
from support.quadlet_generator import generated_units
from support.quadlet_units import FOLDER, Unit, container_units, read_unit

UNITS = container_units()
HOST_FOLDERS = {
    "mysql-data": "/srv/obd2/mysql",
    "backups": "/srv/obd2/backups",
    "ollama-models": "/srv/obd2/models",
    "prometheus-data": "/srv/obd2/prometheus",
    "alertmanager-data": "/srv/obd2/alertmanager",
}
CHECKOUT = "/opt/obd2"
SECONDS = {"h": 3600, "m": 60, "s": 1}
PODMANS_OWN = ["/run/secrets:size=1m,mode=0755,noexec,nosuid,nodev"]
"""Where podman makes the mount points of secrets; on a read-only root it can make none."""
ONE_SHOTS = {"migrate", "ollama-pull"}


@pytest.fixture
def unit(name: str) -> Unit:
    return UNITS[name]


def full_image(image: str) -> str:
    if image.startswith("obd2-"):
        return f"localhost/{image}"
    return f"docker.io/{image}" if "/" in image else f"docker.io/library/{image}"


def seconds(text: str) -> int:
    return sum(int(count) * SECONDS[kind] for count, kind in re.findall(r"(\d+)([hms])", text))


def mount(volume: dict[str, Any]) -> str:
    mode = ":ro" if volume.get("read_only") else ""
    if volume["type"] == "volume":
        subpath = (volume.get("volume") or {}).get("subpath")
        source = HOST_FOLDERS[volume["source"]] + (f"/{subpath}" if subpath else "")
    else:
        source = f"{CHECKOUT}/{Path(volume['source']).relative_to(ROOT)}"
    return f"{source}:{volume['target']}{mode}"


def test_every_service_and_network_has_its_unit(stack: dict[str, Any]) -> None:
    networks = {path.stem.removeprefix("obd2-"): read_unit(path) for path in FOLDER.glob("*.network")}

    assert set(UNITS) == set(stack["services"])
    assert set(networks) == set(stack["networks"])
    for name, unit in networks.items():
        assert ("Internal" in unit["Network"]) == bool(stack["networks"][name].get("internal")), name


@pytest.mark.parametrize("name", UNITS)
def test_image_user_and_command_are_the_same(service: dict[str, Any], unit: Unit) -> None:
    container = unit["Container"]
    user, group = service["user"].split(":")
    entrypoint, *arguments = service.get("entrypoint") or [None]

    assert container["Image"] == [full_image(service["image"])]
    assert (container["User"], container["Group"]) == ([user], [group])
    assert container.get("Entrypoint", [None]) == [entrypoint]
    assert shlex.split(container.get("Exec", [""])[0]) == [*arguments, *(service.get("command") or [])]


@pytest.mark.parametrize("name", UNITS)
def test_hardening_and_limits_are_the_same(service: dict[str, Any], unit: Unit) -> None:
    container = unit["Container"]
    limits = service["deploy"]["resources"]["limits"]

    for key, value in {
        "ReadOnly": "true",
        "ReadOnlyTmpfs": "false",
        "DropCapability": "all",
        "NoNewPrivileges": "true",
        "PidsLimit": str(limits["pids"]),
        "PodmanArgs": f"--cpus={limits['cpus']} --memory={int(limits['memory']) // 1024**2}m",
    }.items():
        assert container[key] == [value], key
    # Podman gives a tmpfs the owner of the folder it covers and knows no option for that.
    folders = [re.sub(r"[ug]id=\d+,", "", folder) for folder in service.get("tmpfs", [])]
    assert container.get("Tmpfs", []) == [*(PODMANS_OWN if service.get("secrets") else []), *folders]


@pytest.mark.parametrize("name", UNITS)
def test_networks_ports_and_mounts_are_the_same(service: dict[str, Any], unit: Unit, name: str) -> None:
    container = unit["Container"]
    ports = [f"{port['host_ip']}:{port['published']}:{port['target']}" for port in service.get("ports", [])]

    assert container["Network"] == [f"obd2-{network}.network" for network in sorted(service["networks"])]
    assert container["NetworkAlias"] == [name]
    assert container.get("PublishPort", []) == ports
    assert container.get("Volume", []) == [mount(volume) for volume in service.get("volumes", [])]


@pytest.mark.parametrize("name", UNITS)
def test_variables_and_secrets_are_the_same(service: dict[str, Any], unit: Unit) -> None:
    container = unit["Container"]
    environment: dict[str, str | None] = service.get("environment") or {}
    fixed = {f"{name}={value}" for name, value in environment.items() if value is not None}
    user, group = service["user"].split(":")
    secrets = [
        f"obd2-{secret['source']},type=mount,target={Path(secret.get('target') or secret['source']).name},"
        f"uid={user},gid={group},mode=0400"
        for secret in service.get("secrets", [])
    ]

    assert set(container.get("Environment", [])) == fixed
    assert ("EnvironmentFile" in container) == (None in environment.values())
    assert container.get("Secret", []) == secrets


@pytest.mark.parametrize("name", UNITS)
def test_order_and_time_to_stop_are_the_same(service: dict[str, Any], unit: Unit, name: str) -> None:
    waits_for = {f"obd2-{needed}.service" for needed in service.get("depends_on") or {}}

    assert set(unit["Unit"].get("After", [""])[0].split()) == waits_for
    assert set(unit["Unit"].get("Wants", [""])[0].split()) == waits_for
    if name in ONE_SHOTS:
        assert unit["Service"]["Type"] == ["oneshot"]
        return
    grace = seconds(service["stop_grace_period"])
    assert unit["Container"]["StopTimeout"] == [str(grace)]
    assert int(unit["Service"]["TimeoutStopSec"][0]) > grace
    assert unit["Service"]["Restart"] == ["always"]


@pytest.mark.parametrize("name", sorted(set(UNITS) - ONE_SHOTS))
def test_health_is_asked_for_in_the_same_way_and_start_waits_for_it(service: dict[str, Any], unit: Unit) -> None:
    container = unit["Container"]
    check = service.get("healthcheck")
    command = shlex.join(check["test"][1:]) if check else "python -m obd2_common.probe http://127.0.0.1:9100/readyz"

    assert container["HealthCmd"] == [command]
    assert container["Notify"] == ["healthy"]
    assert int(unit["Service"]["TimeoutStartSec"][0]) > seconds(container["HealthStartPeriod"][0])
    if check:
        assert seconds(container["HealthInterval"][0]) == seconds(check["interval"])
        assert seconds(container["HealthStartPeriod"][0]) == seconds(check["start_period"])


def test_the_folders_belong_to_who_writes_them(stack: dict[str, Any]) -> None:
    made = {
        folder: f"{user}:{group}"
        for folder, user, group in re.findall(
            r"^d (\S+) \d+ (\w+) (\w+)$", (FOLDER / "obd2.tmpfiles.conf").read_text(), re.MULTILINE
        )
    }
    writers = {
        mount(volume).split(":")[0]: service["user"]
        for service in stack["services"].values()
        for volume in service.get("volumes", [])
        if volume["type"] == "volume" and not volume.get("read_only")
    }

    assert {folder: made.get(folder) for folder in writers} == writers


def test_podmans_generator_takes_every_unit() -> None:
    generated = generated_units(FOLDER)

    for name in UNITS:
        assert f"obd2-{name}.service" in generated

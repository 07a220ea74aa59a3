"""The variables of .env mean the same on podman: units with a host's settings say what compose.yaml says with them."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.compose_file import ROOT, read_compose
from support.quadlet_generator import generated_units
from support.quadlet_units import Unit, given_variables, read_unit

SETTINGS = {
    "COMPOSE_PROFILES": "monitoring",
    "OBD2_VERSION": "9.8.7-abc",
    "OLLAMA_MODEL": "obd2-mechanic:small",
    "MYSQL_IMAGE": "registry.lan:5000/mysql:9.8",
    "PROMETHEUS_IMAGE": "prom/prometheus:v4",
    "ALERTMANAGER_IMAGE": "quay.io/prometheus/alertmanager:v1",
    "API_ADDRESS": "10.27.27.10",
    "PORT": "8100",
    "MYSQL_DATABASE": "cars",
    "MYSQL_BUFFER_POOL": "8G",
    "OLLAMA_KEEP_ALIVE": "-1",
    "OLLAMA_NUM_CTX": "8192",
    "PROMETHEUS_PORT": "9190",
    "ALERTMANAGER_PORT": "9193",
    "PROMETHEUS_RETENTION": "30d",
    **{f"{name}_CPUS": "3.5" for name in ("API", "ANALYZER", "BACKUP", "MYSQL", "OLLAMA")},
    **{f"{name}_MEMORY": "3g" for name in ("API", "ANALYZER", "BACKUP", "MYSQL", "OLLAMA")},
}
BYTES = {"m": 1024**2, "g": 1024**3}
PLAIN = {"OBD2_VERSION": "0.1.0", "OLLAMA_MODEL": "llama3.1:8b"}


def write_units(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Write the units with these settings into the folder's folder `units`."""
    folder.mkdir(exist_ok=True)
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    places = ["--settings", str(folder / ".env"), "--into", str(folder / "units")]
    command = [sys.executable, str(ROOT / "quadlet" / "units.py"), *places, *arguments]
    return subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)  # noqa: S603


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Unit]:
    folder = tmp_path_factory.mktemp("host")
    finished = write_units(folder, "--program", "/opt/elsewhere", "--data", "/mnt/disk", **SETTINGS)
    assert finished.returncode == 0, finished.stderr
    return {
        path.stem.removeprefix("obd2-"): read_unit(path) for path in sorted((folder / "units").glob("obd2-*.container"))
    }


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("compose") / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in SETTINGS.items()))
    services: dict[str, Any] = read_compose(env_file=str(file))["services"]
    return services


def limits(unit: Unit) -> tuple[float, int]:
    """Return processors and bytes."""
    found = re.fullmatch(r"--cpus=(\S+) --memory=(\d+)([mg])", unit["Container"]["PodmanArgs"][0])
    assert found
    return float(found[1]), int(found[2]) * BYTES[found[3]]


def test_every_service_has_the_composed_image_limits_and_ports(units: dict[str, Unit], stack: dict[str, Any]) -> None:
    assert set(units) == set(stack)
    for name, service in stack.items():
        container = units[name]["Container"]
        wanted = service["deploy"]["resources"]["limits"]
        ports = [f"{port['host_ip']}:{port['published']}:{port['target']}" for port in service.get("ports", [])]

        assert container["Image"][0].endswith(service["image"]), name
        assert limits(units[name]) == (float(wanted["cpus"]), int(wanted["memory"])), name
        assert container.get("PublishPort", []) == ports, name


def test_every_service_has_the_composed_command_and_variables(units: dict[str, Unit], stack: dict[str, Any]) -> None:
    for name, service in stack.items():
        container = units[name]["Container"]
        arguments = [*(service.get("entrypoint") or [None])[1:], *(service.get("command") or [])]
        variables = dict(pair.split("=", 1) for pair in container.get("Environment", []))
        given = given_variables(name) if "EnvironmentFile" in container else set()

        assert shlex.split(container.get("Exec", [""])[0]) == arguments, name
        wanted = {key: value for key, value in (service.get("environment") or {}).items() if value is not None}
        handed_on = {key: value for key, value in SETTINGS.items() if key in given}
        assert {**handed_on, **variables} == wanted, name


def test_values_and_their_names_come_from_where_the_host_keeps_them(units: dict[str, Unit], tmp_path: Path) -> None:
    write_units(tmp_path, "--program", "/opt/elsewhere", **PLAIN)
    unit = read_unit(tmp_path / "units" / "obd2-api.container")

    assert unit["Service"]["EnvironmentFile"] == [str(tmp_path / ".env")]
    assert unit["Container"]["EnvironmentFile"] == ["/opt/elsewhere/quadlet/api.env"]
    assert "EnvironmentFile" not in units["mysql"]["Service"]


def test_images_have_a_registry_and_folders_are_the_hosts(units: dict[str, Unit]) -> None:
    assert units["api"]["Container"]["Image"] == ["localhost/obd2-api:9.8.7-abc"]
    assert units["mysql"]["Container"]["Image"] == ["registry.lan:5000/mysql:9.8"]
    assert units["prometheus"]["Container"]["Image"] == ["docker.io/prom/prometheus:v4"]
    sources = {volume.split(":")[0] for unit in units.values() for volume in unit["Container"].get("Volume", [])}
    assert {source.split("/")[2] for source in sources} == {"elsewhere", "disk"}


def test_podmans_generator_takes_the_units_with_every_addition(tmp_path: Path) -> None:
    additions = (
        "compose.yaml:compose.alerts.yaml:compose.notices.yaml:compose.replica-folder.yaml:compose.replica-s3.yaml"
    )
    (tmp_path / "units").mkdir()
    finished = write_units(tmp_path, **SETTINGS, COMPOSE_FILE=additions, REPLICA_PATH="/mnt/share")
    assert finished.returncode == 0, finished.stderr

    generated = generated_units(tmp_path / "units")

    assert "-v /mnt/share:/replica:rslave" in generated
    assert "--config.file=/etc/alertmanager/webhook.yml" in generated
    assert "target=backup_replica_secret" in generated
    assert (tmp_path / "units" / "obd2-analyzer.container.d" / "notices.conf").exists()


def test_without_the_profile_nothing_watches_and_its_units_are_removed(tmp_path: Path) -> None:
    write_units(tmp_path, **PLAIN, COMPOSE_PROFILES="monitoring", COMPOSE_FILE="compose.alerts.yaml")

    finished = write_units(tmp_path, **PLAIN)

    assert "obd2-prometheus.container removed" in finished.stdout
    left = {path.name for path in (tmp_path / "units").rglob("*") if path.is_file()}
    assert not left & {"obd2-prometheus.container", "obd2-alertmanager.container", "alerts.conf"}
    assert "obd2-api.container" in left


def test_only_services_a_setting_reaches_are_named(tmp_path: Path) -> None:
    write_units(tmp_path, **PLAIN)

    same = write_units(tmp_path, **PLAIN).stdout.split()
    limit = write_units(tmp_path, **PLAIN, API_MEMORY="1g").stdout.split()
    shared = write_units(tmp_path, **PLAIN, API_MEMORY="1g", LOG_LEVEL="DEBUG").stdout.split()
    own = write_units(tmp_path, **PLAIN, API_MEMORY="1g", LOG_LEVEL="DEBUG", BACKUP_KEEP_DAILY="14").stdout.split()

    assert same == []
    assert limit == ["obd2-api.container", "changed"]
    assert own == ["obd2-backup.container", "changed"]
    assert shared[::2] == [f"obd2-{name}.container" for name in ("analyzer", "api", "backup", "migrate")]


def test_a_dry_run_tells_and_writes_nothing(tmp_path: Path) -> None:
    finished = write_units(tmp_path, "--check", **PLAIN)

    assert "obd2-api.container new" in finished.stdout
    assert not (tmp_path / "units").exists()


@pytest.mark.parametrize("value", ["a b", "%h", "x;y", "$HOME"], ids=["blank", "specifier", "semicolon", "variable"])
def test_a_value_that_means_something_to_systemd_is_refused(tmp_path: Path, value: str) -> None:
    finished = write_units(tmp_path, **{**PLAIN, "OLLAMA_MODEL": value})

    assert finished.returncode == 1
    assert finished.stderr.startswith("OLLAMA_MODEL=")
    assert not (tmp_path / "units").exists()

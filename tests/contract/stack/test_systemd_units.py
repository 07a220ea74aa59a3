"""The units without containers run what the images run, as one user, with the secrets each needs and no others."""

import re
from pathlib import Path

import pytest

from support.quadlet_units import Unit, container_units, read_unit

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "systemd"
UNITS = {path.stem.removeprefix("obd2-"): read_unit(path) for path in sorted(FOLDER.glob("obd2-*.service"))}
SERVICES = ("analyzer", "api", "backup")
CONTAINERS = container_units()


def settings(unit: Unit) -> dict[str, str]:
    return dict(part.split("=", 1) for line in unit["Service"]["Environment"] for part in line.split())


def test_every_service_of_ours_has_its_unit() -> None:
    assert set(UNITS) == {*SERVICES, "migrate"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_runs_the_program_of_the_image(name: str) -> None:
    entrypoint = re.search(
        r'^ENTRYPOINT \["python", "-m", "(\w+)"\]', (ROOT / "services" / name / "Dockerfile").read_text(), re.MULTILINE
    )

    assert entrypoint is not None
    assert UNITS[name]["Service"]["ExecStart"] == [f"/opt/obd2/venv/bin/python -m {entrypoint.group(1)}"]


@pytest.mark.parametrize("name", UNITS)
def test_a_service_logs_in_as_the_same_user_as_in_a_container(name: str) -> None:
    (in_container,) = [
        line.partition("=")[2]
        for line in CONTAINERS[name]["Container"]["Environment"]
        if line.startswith("DATABASE_URL=")
    ]

    assert settings(UNITS[name])["DATABASE_URL"] == in_container.replace("@mysql:", "@127.0.0.1:")


@pytest.mark.parametrize("name", UNITS)
def test_a_service_is_given_its_own_secrets_only(name: str) -> None:
    in_container = {
        re.sub(r"^obd2-(\w+),type=mount,target=(\w+),.*$", r"\2:/etc/obd2/secrets/\1", secret)
        for secret in CONTAINERS[name]["Container"]["Secret"]
    }

    assert set(UNITS[name]["Service"]["LoadCredential"]) == in_container
    assert UNITS[name]["Service"]["BindReadOnlyPaths"] == ["%d:/run/secrets"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_after_the_schema_is_right_and_again_after_a_crash(name: str) -> None:
    unit = UNITS[name]

    assert {"mariadb.service", "obd2-migrate.service", "network-online.target"} <= set(unit["Unit"]["After"][0].split())
    assert (unit["Service"]["Restart"], unit["Service"]["RestartSec"]) == (["on-failure"], ["10"])
    assert unit["Service"]["TimeoutStopSec"] == CONTAINERS[name]["Service"]["TimeoutStopSec"]
    assert unit["Install"]["WantedBy"] == ["multi-user.target"]


@pytest.mark.parametrize("name", UNITS)
def test_a_service_may_touch_nothing_but_what_is_named(name: str) -> None:
    service = UNITS[name]["Service"]

    assert (service["User"], service["ProtectSystem"], service["NoNewPrivileges"]) == (["obd2"], ["strict"], ["yes"])
    assert service["CapabilityBoundingSet"] == [""]
    assert service.get("ReadWritePaths", []) == {
        "api": ["/srv/obd2/backups/.spool"],
        "backup": ["/srv/obd2/backups"],
    }.get(name, [])


def test_the_operations_ports_do_not_meet_and_stay_inside() -> None:
    ports = [settings(UNITS[name])["OPS_PORT"] for name in SERVICES]

    assert len(set(ports)) == len(SERVICES)
    assert {settings(UNITS[name])["OPS_HOST"] for name in SERVICES} == {"127.0.0.1"}

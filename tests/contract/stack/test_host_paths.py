"""compose.hostpaths.yaml puts all data on folders of the host, in a way that Compose 2.26 understands as well."""

from typing import Any

import pytest

from support.compose_file import read_compose

FOLDERS = {
    "MYSQL_PATH": "/disk/mysql",
    "BACKUPS_PATH": "/disk/backups",
    "MODELS_PATH": "/disk/models",
    "PROMETHEUS_PATH": "/disk/prometheus",
    "ALERTMANAGER_PATH": "/disk/alertmanager",
}


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    return read_compose("compose.yaml", "compose.hostpaths.yaml", **FOLDERS)


def test_no_volume_stays_with_the_engine(stack: dict[str, Any]) -> None:
    devices = {volume["driver_opts"]["device"] for volume in stack["volumes"].values()}

    assert devices == set(FOLDERS.values())


def test_the_spool_is_mounted_as_a_folder_because_a_subpath_would_be_lost(stack: dict[str, Any]) -> None:
    mounts = {mount["target"]: mount for mount in stack["services"]["api"]["volumes"]}
    spool = mounts["/backups/.spool"]

    assert (spool["type"], spool["source"]) == ("bind", "/disk/backups/.spool")
    assert not spool["bind"].get("create_host_path")
    assert mounts["/backups"]["read_only"] is True


@pytest.mark.parametrize("service", ["mysql", "prometheus", "alertmanager"])
def test_a_folder_keeps_the_mode_it_was_given(stack: dict[str, Any], service: str) -> None:
    (data,) = (mount for mount in stack["services"][service]["volumes"] if mount["type"] == "volume")

    assert data["volume"]["nocopy"] is True

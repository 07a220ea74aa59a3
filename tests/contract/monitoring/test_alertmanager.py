"""Who hears of alerts: configurations Alertmanager takes, and what it takes to have them sent."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.compose_file import read_compose
from support.monitoring_tools import MONITORING, run_tool
from support.quadlet_generator import generated_units
from support.quadlet_units import FOLDER, read_unit

CONFIGURATIONS = sorted(MONITORING.glob("alertmanager*.yml"))
SENDING = (MONITORING / "alertmanager.webhook.yml").read_text()
IMAGE = "prom/alertmanager:v0.33.1"
SECRETS = ["alert_url", "watchdog_url"]


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_tool("amtool", IMAGE, *arguments)


@pytest.fixture(scope="module")
def alertmanagers() -> tuple[dict[str, Any], dict[str, Any]]:
    """The service as it stands, and with compose.alerts.yaml."""
    plain, ours = read_compose(), read_compose("compose.yaml", "compose.alerts.yaml")
    return plain["services"].pop("alertmanager"), ours["services"].pop("alertmanager")


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_alertmanager_takes_the_configuration(path: Path) -> None:
    checked = amtool("check-config", path.name)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (["alertname=DatabaseDown", "severity=critical"], "owner"),
        (["alertname=NoSync", "severity=warning"], "owner"),
        (["alertname=ClockSkew", "severity=info"], "owner-once"),
        (["alertname=Watchdog", "severity=none"], "dead-mans-switch"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_an_alert_goes_where_it_belongs(labels: list[str], receiver: str) -> None:
    routed = amtool("config", "routes", "test", "--config.file=alertmanager.webhook.yml", *labels)

    assert routed.stdout.strip() == receiver, routed.stderr


def test_the_dead_mans_switch_is_told_more_often_than_it_would_be_missed() -> None:
    route = SENDING.partition('alertname="Watchdog"')[2].partition("- matchers")[0]

    assert re.findall(r"(group_wait|repeat_interval): (\w+)", route) == [
        ("group_wait", "0s"),
        ("repeat_interval", "5m"),
    ]


def test_addresses_are_secrets_and_stand_in_no_file_of_the_repository() -> None:
    given = re.findall(r"\b(url\w*): (.+)", SENDING)

    assert set(given) == {("url_file", f"/run/secrets/{name}") for name in SECRETS}


def test_sending_adds_two_secrets_and_a_configuration_and_nothing_else(
    alertmanagers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    plain, ours = alertmanagers
    mounts = {mount["target"]: mount for mount in ours["volumes"]}

    assert {key for key in ours if ours[key] != plain.get(key)} == {"secrets", "volumes"}
    assert [secret["source"] for secret in ours["secrets"]] == SECRETS
    assert mounts.keys() == {mount["target"] for mount in plain["volumes"]}
    assert mounts["/etc/alertmanager/alertmanager.yml"]["source"].endswith("/alertmanager.webhook.yml")
    assert mounts["/etc/alertmanager/alertmanager.yml"]["read_only"] is True


def test_the_podman_drop_in_says_the_same_and_the_generator_takes_it(tmp_path: Path) -> None:
    drop_in = read_unit(FOLDER / "alerts" / "webhook.conf")["Container"]
    unit = read_unit(FOLDER / "obd2-alertmanager.container")["Container"]
    for file in (*FOLDER.glob("*.container"), *FOLDER.glob("*.network")):
        shutil.copy(file, tmp_path)
    (tmp_path / "obd2-alertmanager.container.d").mkdir()
    shutil.copy(FOLDER / "alerts" / "webhook.conf", tmp_path / "obd2-alertmanager.container.d")

    started = generated_units(tmp_path).partition("---obd2-alertmanager.service---")[2].partition("\n---")[0]
    (command,) = re.findall(r"^ExecStart=(.+)$", started, re.MULTILINE)

    assert drop_in["Exec"] == [unit["Exec"][0].replace("/alertmanager.yml", "/webhook.yml")]
    assert [secret.split(",")[0] for secret in drop_in["Secret"]] == [f"obd2-{name}" for name in SECRETS]
    assert re.findall(r"--config\.file=(\S+)", command) == ["/etc/alertmanager/webhook.yml"]
    assert "monitoring/alertmanager.webhook.yml:/etc/alertmanager/webhook.yml:ro" in command

"""Alerts and the dead man's switch reach the addresses of the vault, and other ones when those change."""

from collections.abc import Callable, Iterator

import pytest

from support.alert_listener import LISTENER
from support.ansible_target import Target, eventually
from support.bare_target import PYTHON_IMAGE, BareHost

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(3600)]

REHEARSAL = '[{"labels": {"alertname": "%s", "severity": "critical"}}]'
ARRIVED_SECONDS = 240


@pytest.fixture
def heard(bare: Target) -> Iterator[Callable[[], set[str]]]:
    """What arrived at a listener beside Alertmanager: paths with names of alerts."""
    bare.shell(f"cat >/srv/listener.py <<'END'{LISTENER}END")
    bare.shell(
        "docker run --detach --name listener --network obd2_alerts --network-alias listener"
        f" --volume /srv/listener.py:/listener.py:ro {PYTHON_IMAGE} python /listener.py"
    )
    yield lambda: set(bare.shell("docker logs listener").splitlines())
    bare.shell("docker rm --force listener")


def rehearse(target: Target, name: str) -> None:
    """Have Alertmanager believe that something is wrong."""
    post = "curl --fail --silent --show-error --header 'Content-Type: application/json' --data"
    target.shell(f"{post} '{REHEARSAL % name}' http://127.0.0.1:9093/api/v2/alerts")


def test_alerts_go_where_the_vault_says(bare: Target, host: BareHost, heard: Callable[[], set[str]]) -> None:
    addresses = host.vault["vault_obd2_secret_files"]
    alert, watchdog = (addresses[name].removeprefix("http://listener:8000") for name in ("alert_url", "watchdog_url"))
    rehearse(bare, "Rehearsal")
    eventually(lambda: heard() >= {f"{alert} Rehearsal", f"{watchdog} Watchdog"}, ARRIVED_SECONDS)

    host.vault["vault_obd2_secret_files"] = addresses | {"alert_url": f"{addresses['alert_url']}-elsewhere"}
    host.lock()
    bare.converge("--tags", "config")
    rehearse(bare, "Another")

    eventually(lambda: f"{alert}-elsewhere Another" in heard(), ARRIVED_SECONDS)
    assert f"{alert} Watchdog" not in heard()


def test_alerts_without_an_address_are_refused(bare: Target) -> None:
    without = {"obd2_server_secrets_dir": "/etc/obd2/other", "obd2_server_secret_files": {}}

    refused = bare.play("--tags", "config", "--check", variables=without)

    assert refused.returncode != 0
    assert "alert_url is neither in obd2_server_secret_files" in " ".join(refused.stdout.split())

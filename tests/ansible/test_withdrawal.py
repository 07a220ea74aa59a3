"""The service leaves the host and its data stays; deployed again, it finds them."""

import pytest

from support.ansible_target import Target

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]


def test_data_and_secrets_outlive_the_service(target: Target) -> None:
    file = target.simulate("outliving", "--seed", "13", "--kind", "short_hop", "--duration", "60")
    target.push(file, "ansible-outliving")
    key = target.shell("cat /etc/obd2/secrets/api_key")

    target.converge(playbook="uninstall.yml")
    left = target.shell(
        "ls /opt/obd2 /etc/systemd/system /etc/containers/systemd 2>/dev/null | grep -E '^obd2' || true"
    )
    running = target.shell(f"{target.engine} ps --all --quiet")
    target.converge()

    assert (left, running) == ("obd2-firewall.service", "")
    target.wait_until_healthy()
    assert "ansible-outliving" in {device["deviceId"] for device in target.health()["devices"]}
    assert target.shell("cat /etc/obd2/secrets/api_key") == key

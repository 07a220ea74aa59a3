"""What the playbook leaves behind, and that it leaves that alone afterwards."""

import stat

import pytest

from support.ansible_target import Target

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]


def test_a_second_run_changes_nothing(target: Target) -> None:
    changed, said = target.converge()

    assert changed == 0, said


def test_a_dry_run_on_a_provisioned_host_would_change_nothing(target: Target) -> None:
    changed, said = target.converge("--check", "--diff")

    assert changed == 0, said
    assert "\n--- before" not in said


def test_the_api_that_answers_is_the_deployed_build(target: Target) -> None:
    assert target.health()["build"].split() == [target.variables["obd2_server_version"], "tested"]


def test_every_unit_of_the_host_is_content(target: Target) -> None:
    assert target.shell("systemctl --failed --no-legend --plain") == ""
    for unit in ("obd2-firewall", "obd2-volume", "apt-daily-upgrade.timer", "obd2-watch.timer"):
        assert target.shell(f"systemctl is-enabled {unit}; systemctl is-active {unit}") == "enabled\nactive"


def test_secrets_are_roots_alone_and_in_no_process_list_setting_or_log(target: Target) -> None:
    folder = "/etc/obd2/secrets"
    names = target.shell(f"ls {folder}").split()
    secrets = [target.shell(f"cat {folder}/{name}") for name in names]

    assert len(names) == 6
    assert len(set(secrets)) == 6
    assert all(len(secret) == 40 for secret in secrets)
    assert target.shell(f"stat -c '%a %U' {folder}") == "700 root"
    processes = target.shell("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'")
    settings = target.shell(f"{target.engine} ps --all --quiet | xargs {target.engine} inspect")
    told = processes + settings + target.shell("journalctl --no-pager")
    assert [secret for secret in secrets if secret in told] == []


def test_nobody_but_the_containers_can_read_the_data(target: Target) -> None:
    lines = target.shell("stat -c '%n %a' /mnt/raid5/obd2/*").splitlines()
    modes = {name: int(mode, 8) for name, mode in (line.split() for line in lines)}

    assert modes
    assert [name for name, mode in modes.items() if mode & stat.S_IRWXO] == []

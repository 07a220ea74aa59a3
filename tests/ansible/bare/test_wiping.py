"""The service leaves the host with its data, and nobody else's; after that the host is as bare as before."""

import pytest

from support.ansible_target import MYSQL_IMAGE, Target
from support.bare_target import PYTHON_IMAGE, REGISTRY_IMAGE, BareHost
from support.stack_images import FAKE_OLLAMA

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(3600)]

ALSO = ("-e", "obd2_server_remove_data=true")
NAMED_LIKE_US = "find / -xdev -name '*obd2*' -not -path '/srv/*' -not -path '/root/*' -not -path '/tmp/*'"
FIREWALL_AND_UPGRADES = [
    "/etc/apt/apt.conf.d/52obd2-upgrades",
    "/etc/obd2",
    "/etc/systemd/system/obd2-firewall.service",
    "/etc/systemd/system/sysinit.target.wants/obd2-firewall.service",
    "/etc/systemd/timesyncd.conf.d/obd2.conf",
]
"""What is left on the system's disk, of the role base."""
UNMOUNT = "sed -i 's,^/srv/disk,#&,' /etc/fstab && systemctl daemon-reload && umount --lazy /mnt/raid5"
MOUNT = "sed -i 's,^#/srv/disk,/srv/disk,' /etc/fstab && systemctl daemon-reload && systemctl start mnt-raid5.mount"


def test_data_that_cannot_be_reached_is_not_said_to_be_removed(bare: Target) -> None:
    bare.shell("systemctl stop obd2-watch.timer && mv /mnt/raid5/.obd2-volume /mnt/raid5/.elsewhere")
    other_disk = bare.play(*ALSO, playbook="uninstall.yml")
    bare.shell("mv /mnt/raid5/.elsewhere /mnt/raid5/.obd2-volume")
    running = bare.shell("docker ps --quiet | wc -l")
    bare.shell(UNMOUNT)
    try:
        no_disk = bare.play(*ALSO, playbook="uninstall.yml")
    finally:
        bare.shell(f"{MOUNT} && systemctl start obd2-watch.timer")

    assert int(running) >= 7
    assert "this is not the disk of before, and nothing was removed" in " ".join(other_disk.stdout.split())
    assert "the data on it cannot be removed, and nothing was" in " ".join(no_disk.stdout.split())
    assert bare.shell("ls /opt/obd2/current/compose.yaml /etc/obd2/secrets/api_key /mnt/raid5/obd2/mysql/ibdata1")


def test_data_secrets_and_account_go_and_what_is_others_stays(bare: Target, host: BareHost) -> None:
    file = bare.simulate("wiped", "--seed", "21", "--kind", "short_hop", "--duration", "60")
    bare.push(file, "ansible-wiped")
    bare.shell("mkdir /mnt/raid5/photos && echo kept >/mnt/raid5/photos/one && echo kept >/mnt/raid5/obd2/note")
    bare.shell(f"docker rm --force other; docker run --detach --name other {PYTHON_IMAGE} sleep infinity")
    bare.shell("docker volume create others-data && docker network create others-net")

    _, said = bare.converge(*ALSO, playbook="uninstall.yml")

    on_the_volume = bare.shell("cd /mnt/raid5 && find . -mindepth 1 | sort").split()
    assert on_the_volume == ["./obd2", "./obd2/note", "./photos", "./photos/one"]
    assert "what is not ours in /mnt/raid5/obd2" in " ".join(said.split())
    assert bare.try_shell("getent passwd 10001; getent group 10001; getent passwd obd2; getent group obd2").stdout == ""
    assert bare.shell("ls /etc/obd2; ls -d /run/obd2* 2>/dev/null || true") == "firewall.nft"
    assert sorted(bare.shell(NAMED_LIKE_US).split()) == FIREWALL_AND_UPGRADES
    names = bare.shell(
        "docker ps --all --format '{{.Names}}'; docker volume ls --quiet; docker network ls --format '{{.Name}}';"
        " docker image ls --format '{{.Repository}}:{{.Tag}}'"
    ).split()
    assert {"other", "others-data", "others-net", PYTHON_IMAGE, MYSQL_IMAGE, REGISTRY_IMAGE} <= set(names)
    assert [name for name in names if name.startswith(("obd2-", "obd2_", "<none>"))] == [FAKE_OLLAMA]

    again, _ = bare.converge(*ALSO, playbook="uninstall.yml")
    bare.converge()

    assert again == 0
    bare.wait_until_healthy()
    assert bare.health()["devices"] == []
    given = host.vault["vault_obd2_database_passwords"]
    assert {name: bare.shell(f"cat /etc/obd2/secrets/{name}") for name in given} == given
    assert bare.shell("cat /mnt/raid5/photos/one; ls /mnt/raid5/.obd2-volume") == "kept\n/mnt/raid5/.obd2-volume"

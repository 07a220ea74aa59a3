"""Without its volume the service stops, says why and writes nothing beside it, until the volume is back."""

import pytest

from support.ansible_target import Target, eventually

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]

UNMOUNT = "sed -i 's,^/srv/disk,#&,' /etc/fstab && systemctl daemon-reload && umount --lazy /mnt/raid5"
MOUNT = "sed -i 's,^#/srv/disk,/srv/disk,' /etc/fstab && systemctl daemon-reload && systemctl start mnt-raid5.mount"


def test_a_volume_that_goes_away_stops_the_service_until_it_is_back(target: Target) -> None:
    target.shell(UNMOUNT)
    try:
        eventually(lambda: not target.health(), 240)
        refused = target.play()
        target.restart()
        eventually(lambda: target.try_shell("systemctl is-system-running").stdout.strip() in {"degraded", "running"})
        left_on_the_system_disk = target.shell("find /mnt/raid5 -mindepth 1")
        running = target.try_shell(f"{target.engine} ps --quiet").stdout
    finally:
        target.shell(MOUNT)
    said = target.shell("journalctl --no-pager --unit obd2-volume --unit obd2-watch")

    assert refused.returncode != 0
    assert "/mnt/raid5 is not mounted" in " ".join(refused.stdout.split())
    assert (left_on_the_system_disk, running) == ("", "")
    assert "/mnt/raid5 is not mounted" in said
    target.wait_until_healthy()


def test_another_disk_without_the_marker_is_refused(target: Target) -> None:
    target.shell("mv /mnt/raid5/.obd2-volume /mnt/raid5/.elsewhere")
    try:
        refused = target.play()
    finally:
        target.shell("mv /mnt/raid5/.elsewhere /mnt/raid5/.obd2-volume")

    assert refused.returncode != 0
    assert "this is not the disk that holds the data" in " ".join(refused.stdout.split())

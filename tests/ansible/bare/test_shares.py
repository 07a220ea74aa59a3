"""Shares of a NAS that is not there: their units are right, and the run stops with words before anything is written."""

import pytest

from support.ansible_target import Target

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]

PASSWORD = "share-secret-0001"
NAS = {"obd2_nas": True, "nas_username": "chi", "nas_password": PASSWORD}
KINDS = {
    "nfs4": ("nas.invalid:/export/obd2", "soft,timeo=100,retrans=3,_netdev", "/sbin/mount.nfs4"),
    "cifs": (
        "//nas.invalid/obd2",
        "credentials=/etc/obd2/nas-credentials,uid=10001,gid=10001,file_mode=0640,dir_mode=0750,_netdev",
        "/sbin/mount.cifs",
    ),
}
"""Kind, its source, the options it is mounted with, and the program systemd calls for that."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_share_that_does_not_answer_stops_the_run_and_its_units_are_right(bare: Target, kind: str) -> None:
    source, options, program = KINDS[kind]

    refused = bare.play("-vv", "--tags", "nas", variables={**NAS, "nas_type": kind, "nas_source": source})

    assert refused.returncode != 0
    assert f"{source} is not mounted at /mnt/nas" in " ".join(refused.stdout.split())
    assert PASSWORD not in refused.stdout
    assert (
        bare.shell("systemd-analyze verify /etc/systemd/system/mnt-nas.mount /etc/systemd/system/mnt-nas.timer 2>&1")
        == ""
    )
    shown = bare.shell("systemctl show --property What,Where,Type,Options --value mnt-nas.mount").splitlines()
    assert f"Type={kind}" in bare.shell("cat /etc/systemd/system/mnt-nas.mount")
    assert f"Options={options}" in bare.shell("cat /etc/systemd/system/mnt-nas.mount")
    assert {source, "/mnt/nas"} <= set(shown)
    assert bare.shell(f"test -x {program}; ls -A /mnt/nas") == ""
    if kind == "cifs":
        assert bare.shell("stat -c '%a %U' /etc/obd2/nas-credentials") == "600 root"

"""Second copies of the backups on a share; here a folder of the host, which is mounted and marked in the same way."""

from collections.abc import Iterator

import pytest

from support.ansible_target import Target, eventually

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]

VARIABLES = {"obd2_nas": True, "nas_type": "none", "nas_source": "/srv/disk/nas"}


@pytest.fixture
def shared(target: Target) -> Iterator[Target]:
    """The host with a share, which it loses again afterwards."""
    target.shell("install --directory --owner 10001 --group 10001 /srv/disk/nas")
    target.converge("--tags", "nas,config", variables=VARIABLES)
    yield target
    target.converge("--tags", "config")


def test_backups_are_copied_to_the_share_and_another_share_is_refused(shared: Target) -> None:
    changed, said = shared.converge("--tags", "nas,config", variables=VARIABLES)
    assert changed == 0, said
    assert shared.shell("stat -c %u /srv/disk/nas/.obd2-replica") == "10001"
    eventually(lambda: shared.try_shell("find /srv/disk/nas -name '*.sql.zst'").stdout, 240)

    shared.shell("rm /srv/disk/nas/.obd2-replica")
    refused = shared.play("--tags", "nas", variables=VARIABLES)

    assert refused.returncode != 0
    assert "is not the share of before" in " ".join(refused.stdout.split())

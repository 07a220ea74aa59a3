"""A dump out of the vault becomes the database again; one that is not whole changes nothing."""

import pytest

from support.ansible_target import Target, eventually

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]

VAULT = "/mnt/raid5/obd2/backups"


def dumps(target: Target) -> list[str]:
    """Return the dumps in the vault, oldest first."""
    return target.try_shell(f"cd {VAULT} && ls _server/database/*.sql.zst").stdout.split()


def devices(target: Target) -> set[str]:
    """Return who has rows."""
    return {device["deviceId"] for device in target.health()["devices"] or []}


def test_the_database_is_as_it_was_when_the_dump_was_made(target: Target) -> None:
    file = target.simulate("restored", "--seed", "12", "--kind", "short_hop", "--duration", "60")
    target.push(file, "ansible-before-dump")
    known = len(dumps(target))
    # The first dump comes minutes after a start; the one that is due next may have begun before the rows came.
    eventually(lambda: len(dumps(target)) > known + 1, 480)
    dump = dumps(target)[-1]
    target.push(file, "ansible-after-dump")

    target.converge(playbook="restore.yml", variables={"obd2_server_restore_dump": dump})

    target.wait_until_healthy()
    assert "ansible-before-dump" in devices(target)
    assert "ansible-after-dump" not in devices(target)


def test_a_dump_that_is_not_whole_is_refused_before_anything_stops(target: Target) -> None:
    target.shell("head -c 1000 /dev/zero | gzip >/srv/torn.sql.gz")

    refused = target.play(playbook="restore.yml", variables={"obd2_server_restore_file": "/srv/torn.sql.gz"})

    assert refused.returncode != 0
    assert target.health()["status"] == "healthy"


def test_a_dump_that_cannot_be_loaded_gives_way_to_the_database_of_before(target: Target) -> None:
    before = devices(target)
    target.shell("printf 'CREATE TABLE x (;\\n-- Dump completed\\n' | gzip >/srv/wrong.sql.gz")

    refused = target.play(playbook="restore.yml", variables={"obd2_server_restore_file": "/srv/wrong.sql.gz"})

    assert refused.returncode != 0
    assert "service runs on the database of before" in " ".join(refused.stdout.split())
    target.wait_until_healthy()
    assert devices(target) == before
